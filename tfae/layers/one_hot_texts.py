"""Texts of several columns as one-hot vectors, and back."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="tfae")
class OneHotTexts(keras.layers.Layer):
    """Texts of several columns as concatenated one-hot vectors.

    Each vector has an additional last element for all texts that are unknown in its
    column.

    Args:
        texts: List of the texts of each column, lists of strings.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of strings, `(batch, columns)`.

    Returns:
        Tensor of shape `(batch, width)`; the width is the number of texts plus the
        number of columns.

    Example:
    >>> from tfae.layers.one_hot_texts import OneHotTexts
    >>> layer = OneHotTexts([["f", "m"]])
    >>> layer(keras.ops.convert_to_tensor([["m"], ["?"]])).numpy().tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    def __init__(self, texts, **kwargs):
        super().__init__(**kwargs)
        self.texts = tuple(map(tuple, texts))
        known = sorted({text for column in self.texts for text in column})
        # One table of all texts takes fewer operations than one for each column. NumPy
        # would pad all texts to the length of the longest.
        self._lookup = keras.layers.StringLookup(vocabulary=np.array(known, object))
        places = {text: place for place, text in enumerate(known, start=1)}
        self._own = tuple(_own_places(column, places) for column in self.texts)
        self._build_at_init()

    def call(self, inputs):
        found = self._lookup(inputs)
        vectors = [
            ops.one_hot(
                ops.take(own, found[:, at]), len(column) + 1, dtype=self.compute_dtype
            )
            for at, (column, own) in enumerate(zip(self.texts, self._own, strict=True))
        ]
        return ops.concatenate(vectors, axis=-1)

    def inverse(self, values):
        """The most likely text of each column, a list of tensors `(batch,)`.

        Args:
            values: Tensor of shape `(batch, width)`.
        """
        import tensorflow as tf

        start, found = 0, []
        for column in self.texts:
            likeliest = ops.argmax(values[:, start : start + len(column)], axis=-1)
            found.append(tf.gather(tf.constant(column), likeliest))
            start += len(column) + 1
        return found

    def compute_output_shape(self, input_shape):
        return (input_shape[0], sum(len(column) + 1 for column in self.texts))

    def get_config(self):
        return {**super().get_config(), "texts": [[*one] for one in self.texts]}


def _own_places(column, places):
    """Array from indices of all texts to those of a column, or to the unknown one."""
    own = np.full(1 + len(places), len(column))
    own[[places[text] for text in column]] = np.arange(len(column))
    return own
