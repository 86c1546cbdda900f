"""Checks of the range of targets, for arrays and streams.

Arrays are checked as a whole. Streams are checked batch by batch before the step, since
XLA would drop an assertion.
"""

import contextlib
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae.models.batch import Batch

ROUNDING = 1e-3  # of data that were scaled to a range
# As a share of its size: data not trained on may lie slightly outside.
LOOSE = 0.1
# Marks of the message inside TensorFlow's message.
BEGIN, END = "<<", ">>"


class Range(NamedTuple):
    """Values that targets may have, and the error message for others.

    Attributes:
        low: Float.
        high: Float.
        rule: First sentence of the message, such as "The model's outputs lie in [0,
            1]."
        mend: Last sentence of the message.
        margin: Float, how far outside values may lie, owing to rounding or because a
            loss is still defined there.
        of_training: Whether it applies only to training, since other data may hold
            values that the model cannot reconstruct, such as anomalies.
    """

    low: float
    high: float
    rule: str
    mend: str
    margin: float = ROUNDING
    of_training: bool = False

    def loosened(self):
        """The range for data other than training data."""
        return self._replace(margin=max(self.margin, LOOSE * (self.high - self.low)))

    def check(self, values, name="targets"):
        """Raises `ValueError` if an array or tensor holds other values."""
        values = np.asarray(values)
        if values.dtype.kind not in "biuf" or not values.size:
            return
        low, high = float(values.min()), float(values.max())
        if low < self.low - self.margin or high > self.high + self.margin:
            raise ValueError(
                f"{self.rule} Received: {name} with values from {low:g} to {high:g}. "
                f"{self.mend}"
            )

    def checked(self, dataset, targets_of):
        """A `tf.data.Dataset` that raises for a batch with other values.

        Args:
            dataset: `tf.data.Dataset` of batches.
            targets_of: Function from a `Batch` to the targets, or to `None` if there
                are none to check.
        """

        def see(*parts):
            values = targets_of(Batch.of(parts))
            if values is not None and (values.dtype.is_floating or _is_whole(values)):
                low, high = (
                    tf.cast(reduce(values), tf.float32)
                    for reduce in (tf.reduce_min, tf.reduce_max)
                )
                outside = (low < self.low - self.margin) | (
                    high > self.high + self.margin
                )
                message = tf.strings.join(
                    [
                        f"{BEGIN}{self.rule} Received: targets with values from ",
                        *(tf.strings.as_string(low, shortest=True), " to "),
                        tf.strings.as_string(high, shortest=True),
                        f". {self.mend}{END}",
                    ]
                )
                tf.debugging.Assert(~outside, [message])
            return parts if isinstance(dataset.element_spec, tuple) else parts[0]

        return dataset.map(see)


def _is_whole(values):
    return values.dtype.is_integer and values.dtype != tf.bool


@contextlib.contextmanager
def in_words():
    """Context that turns the error of a rejected stream into a `ValueError`."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        _, begin, rest = error.message.partition(BEGIN)
        message, end, _ = rest.partition(END)
        if not (begin and end):
            raise
        raise ValueError(message.replace('\\"', '"')) from None


def of_likelihood(likelihood):
    """The `Range` of values that a likelihood is defined for, or `None`."""
    if likelihood is None or not likelihood.bounds:
        return None
    low, high = likelihood.bounds
    return Range(
        low,
        high,
        f"The {type(likelihood).__name__} likelihood is defined for values in "
        f"[{low}, {high}].",
        'Divide pixels by 255, scale other data, or use likelihood="gaussian".',
    )


def of_loss(loss, bounds):
    """The `Range` of targets of a loss, or `None`.

    A cross-entropy is not defined outside its range. Other losses are defined there,
    but bounded outputs cannot match targets far outside their bounds, such as pixels up
    to 255.

    Args:
        loss: Loss given to `compile`.
        bounds: Pair of floats, the bounds of the outputs, or `None`.
    """
    if takes_probabilities(loss):
        return Range(
            0,
            1,
            "A binary cross-entropy takes targets in [0, 1].",
            "Divide pixels by 255, scale other data, or use a linear output, "
            'output_activation="linear", and loss="mse".',
        )
    if bounds is None:
        return None
    low, high = bounds
    return Range(
        low,
        high,
        f"The model's outputs lie in [{low}, {high}].",
        "Divide pixels by 255, scale other data, or use a linear output, "
        'output_activation="linear".',
        margin=high - low,
        of_training=True,
    )


def takes_probabilities(loss):
    """Whether a loss is a binary cross-entropy, under any of its Keras names."""
    from tfae.losses import SummedBinaryCrossentropy

    if loss is None or isinstance(loss, (dict, list, tuple)):
        return False
    found = keras.losses.get(loss)
    kinds = (keras.losses.BinaryCrossentropy, SummedBinaryCrossentropy)
    return isinstance(found, kinds) or found is keras.losses.binary_crossentropy
