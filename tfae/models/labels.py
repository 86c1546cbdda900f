"""Labels that a model with a number of classes can take, as arrays and as streams."""

import numpy as np
import tensorflow as tf


def check(labels, num_classes):
    """Raises `ValueError` unless an array holds whole numbers from 0 to the last class.

    One-hot rows, `(n, num_classes)`, pass as they are.
    """
    labels = np.asarray(labels)
    if not labels.size or labels.shape[1:] == (num_classes,):
        return
    rule = _rule(num_classes)
    if labels.dtype.kind not in "biuf" or (labels != np.floor(labels)).any():
        raise ValueError(
            f"{rule} Received: labels such as {labels.flat[0]!r}. Number the classes."
        )
    low, high = labels.min(), labels.max()
    if low < 0 or high >= num_classes:
        raise ValueError(f"{rule} Received: labels from {low} to {high}")


def checked(dataset, num_classes, labels_of):
    """A `tf.data.Dataset` that fails at labels that `check` would refuse.

    Not in the training step, from which XLA would leave the check out.

    Args:
        dataset: `tf.data.Dataset` of batches.
        num_classes: Integer.
        labels_of: Function from a batch, a tuple, to its labels, or to `None`.
    """

    def see(*batch):
        labels = labels_of(batch)
        if labels is not None and labels.shape[1:] != (num_classes,):
            number = tf.cast(labels, tf.float32)
            right = (number >= 0) & (number < num_classes)
            right &= number == tf.floor(number)
            tf.debugging.Assert(tf.reduce_all(right), [_rule(num_classes), labels])
        return batch

    return dataset.map(see)


def _rule(num_classes):
    return f"Labels must be whole numbers from 0 to {num_classes - 1}."
