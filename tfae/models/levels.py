"""Checks of images with discrete pixel levels, in arrays and streams."""

import numpy as np
import tensorflow as tf

# Of a value to its level, relative to the distance between levels.
TOLERANCE = 1e-3
AT_ONCE = 5_000  # images checked at once
ITSELF = "A model of pixels predicts the inputs themselves."
REMEDY = 'Binarize them, binarize="fixed", or use levels=256 for bytes.'


def check(levels, inputs, name):
    """Raises `ValueError` if an array holds other values.

    Args:
        levels: Integer, number of levels, equally spaced in [0, 1].
        inputs: Array of shape `(n, ...)`.
        name: Name of the data for the message.
    """
    for first in range(0, len(inputs), AT_ONCE):
        values = np.asarray(inputs[first : first + AT_ONCE], "float64")
        positions = values * (levels - 1)
        right = abs(positions - positions.round()) <= TOLERANCE
        right &= (values >= 0) & (values <= 1)
        if not right.all():
            raise ValueError(
                f"{_rule(levels)} Received: {name} with the value "
                f"{values[~right][0]:g}. {REMEDY}"
            )


def check_targets(inputs, targets):
    """Raises `ValueError` if targets of `fit` are not its inputs."""
    same = targets is None or targets is inputs
    if not same and not np.array_equal(inputs, targets):
        raise ValueError(
            f"{ITSELF} Received: targets of shape {np.shape(targets)}. Leave labels "
            "out: fit(x)."
        )


def checked(dataset, levels):
    """A `tf.data.Dataset` of batches that raises for invalid values or targets."""

    def see(*batch):
        positions = tf.cast(batch[0], tf.float64) * (levels - 1)
        right = abs(positions - tf.round(positions)) <= TOLERANCE
        right &= (positions >= 0) & (positions <= levels - 1)
        found = tf.boolean_mask(positions, ~right) / (levels - 1)
        tf.debugging.Assert(
            tf.reduce_all(right), [f"{_rule(levels)} {REMEDY} Received:", found]
        )
        if len(batch) > 1:
            same = tf.reduce_all(tf.equal(batch[0], tf.cast(batch[1], batch[0].dtype)))
            tf.debugging.Assert(same, [f"{ITSELF} Leave targets out.", batch[1]])
        return batch if len(batch) > 1 else batch[0]

    return dataset.map(see)


def _rule(levels):
    return f"The model takes {levels} levels, equally spaced in [0, 1]."
