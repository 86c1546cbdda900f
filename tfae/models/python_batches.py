"""Data as Python objects: lists, generators, and the batches of a PyDataset."""

import types

import keras
import numpy as np
import tensorflow as tf

from tfae.models.batch import Batch


class _Batches(keras.utils.PyDataset):
    """A `PyDataset` whose batches are tuples without `None`."""

    def __init__(self, inner, see=None):
        super().__init__(inner.workers, inner.use_multiprocessing, inner.max_queue_size)
        self.inner, self.see = inner, see

    def __getitem__(self, index):
        batch = _as_tuple(self.inner[index])
        if self.see is not None:
            # Keras takes the first batch here, before it starts other processes.
            self.see, see = None, self.see
            see(batch)
        return batch

    @property
    def num_batches(self):
        return self.inner.num_batches

    def on_epoch_begin(self):
        self.inner.on_epoch_begin()

    def on_epoch_end(self):
        self.inner.on_epoch_end()


def is_of_python(data):
    """Whether data are a `PyDataset` or a generator of batches."""
    return isinstance(data, keras.utils.PyDataset | types.GeneratorType)


def of_python(data, see=None):
    """A generator or `PyDataset` of tuples without `None`.

    Args:
        data: Generator or `PyDataset`.
        see: Function to call on the first batch, or `None`.
    """
    if isinstance(data, keras.utils.PyDataset):
        return _Batches(data, see)

    def batches():
        for index, batch in enumerate(data):
            batch = _as_tuple(batch)
            if see is not None and index == 0:
                see(batch)
            yield batch

    return batches()


def _as_tuple(batch):
    """A batch as a tuple without `None`: (inputs,), or with targets and weights."""
    inputs, targets, weights = Batch.of(batch)[:3]
    if weights is not None:
        first = keras.tree.flatten(inputs)[0]
        return inputs, first if targets is None else targets, weights
    return (inputs,) if targets is None else (inputs, targets)


def as_array(values):
    """An array from a list of numbers or texts; other values unchanged."""
    if not isinstance(values, list):
        return values
    if any(getattr(one, "ndim", 0) for one in values):
        return values  # several arrays
    try:
        return np.asarray(values)
    except ValueError:  # of different lengths
        return np.asarray(values, object)


class Given:
    """The data of `fit`, in an object that Keras does not track."""

    def __init__(self, inputs):
        self._inputs = inputs

    def examples(self):
        """Array of the examples, or of a stream's first ones; `None` for generators."""
        inputs = self._inputs
        if isinstance(inputs, tf.data.Dataset):
            batch = next(iter(inputs.take(1)), None)
            inputs = None if batch is None else Batch.of(batch).inputs
        elif isinstance(inputs, keras.utils.PyDataset):
            inputs = Batch.of(inputs[0]).inputs
        return np.asarray(inputs) if hasattr(inputs, "shape") else None
