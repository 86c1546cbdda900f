"""Checks of the labels of a model with classes, in arrays and streams."""

import keras
import numpy as np
import tensorflow as tf

from tfae.models import checks


def check(labels, num_classes, lowest=0):
    """Raises `ValueError` unless an array holds whole numbers from 0 to the last class.

    One-hot rows, `(n, num_classes)`, are accepted; so is `lowest`, -1, if it stands for
    unknown labels.
    """
    labels = np.asarray(labels)
    if not labels.size or labels.shape[1:] == (num_classes,):
        return
    rule = _rule(num_classes, lowest)
    if labels.dtype.kind not in "biuf" or (labels != np.floor(labels)).any():
        raise ValueError(
            f"{rule} Received: labels such as {labels.ravel()[:1].tolist()[0]!r}. "
            "Number the classes: np.unique(labels, return_inverse=True)[1]."
        )
    low, high = labels.min(), labels.max()
    if low < lowest or high >= num_classes:
        raise ValueError(f"{rule} Received: labels from {low} to {high}")


def checked(dataset, num_classes, labels_of, lowest=0):
    """A `tf.data.Dataset` that raises for labels that `check` would reject.

    XLA would drop the check from the training step.

    Args:
        dataset: `tf.data.Dataset` of batches.
        num_classes: Integer.
        labels_of: Function from a batch, a tuple, to its labels, or to `None`.
        lowest: As for `check`.
    """

    def see(*batch):
        labels = labels_of(batch)
        if labels is not None and labels.shape[1:] != (num_classes,):
            number = tf.cast(labels, tf.float32)
            right = (number >= lowest) & (number < num_classes)
            right &= number == tf.floor(number)
            tf.debugging.Assert(
                tf.reduce_all(right), [_rule(num_classes, lowest), labels]
            )
        return batch

    spec = dataset.element_spec
    given = labels_of(spec if isinstance(spec, tuple) else (spec,))
    if getattr(given, "dtype", None) == tf.string:
        raise ValueError(
            f"{_rule(num_classes, lowest)} Received: strings. Number the classes, as "
            "by keras.layers.StringLookup(num_oov_indices=0)."
        )
    return dataset.map(see)


def partly_known(inputs, labels, num_classes):
    """`inputs` of `fit` or `evaluate`, once their labels have been checked.

    Args:
        inputs: Arrays, or a `tf.data.Dataset`, whose batches may have labels.
        labels: Array of labels, `(n,)` or `(n, 1)`, -1 for unknown ones, or `None`.
        num_classes: Integer.

    Raises:
        ValueError: If the labels are not whole numbers from -1 to the last class.
    """
    if not isinstance(inputs, tf.data.Dataset):
        if labels is not None:
            _check_numbers(np.shape(labels), num_classes)
            check(labels, num_classes, lowest=-1)
        return inputs
    if not _has_labels(inputs):
        return inputs
    _check_numbers(inputs.element_spec[1].shape, num_classes)
    return checked(inputs, num_classes, lambda batch: batch[1], lowest=-1)


def check_given(inputs, labels):
    """Raises `ValueError` unless `fit` got labels with the inputs."""
    if not isinstance(inputs, tf.data.Dataset | list):
        checks.check_array(inputs)
    given = isinstance(inputs, tf.data.Dataset) and _has_labels(inputs)
    if not given and labels is None:
        raise ValueError(
            "The model is trained with labels. Received: inputs alone. Call fit(x, "
            "labels) on arrays, or fit on a tf.data.Dataset of pairs, with -1 for "
            "labels that are unknown."
        )


def check_every_class(known, num_classes):
    """Raises `ValueError` if some class has no label."""
    found = np.unique(np.asarray(known)[np.asarray(known) >= 0])
    if len(found) < num_classes:
        raise ValueError(
            f"There must be labels of each of the {num_classes} classes. Received: "
            f"labels of {len(found)}. Use fewer components or classes, or more labels."
        )


def known_examples(inputs, labels):
    """The labelled examples and their labels, in an order independent of the data's.

    Args:
        inputs: Data of `fit`: arrays, or a `tf.data.Dataset` with labels, which is read
            once.
        labels: Array of labels, -1 for unknown ones, or `None`.

    Returns:
        Pair of tensors.

    Raises:
        ValueError: If the stream is infinite.
    """
    batches = [(inputs, labels)]
    if isinstance(inputs, tf.data.Dataset):
        if inputs.cardinality() == tf.data.INFINITE_CARDINALITY:
            raise ValueError(
                "Labelled examples are collected from all data. Received: an infinite "
                "stream. Pass these examples to `remember` before `fit`."
            )
        batches = [batch[:2] for batch in inputs]
    found, known = [], []
    for examples, classes in batches:
        classes = np.asarray(classes).reshape(-1)
        found.extend(np.asarray(examples)[classes >= 0])
        known.extend(classes[classes >= 0])
    order = sorted(range(len(known)), key=lambda index: found[index].tobytes())
    floats = keras.config.floatx()
    return (
        tf.constant(np.array([found[index] for index in order], floats)),
        tf.constant(np.array([known[index] for index in order], "int32")),
    )


def told(labels, count):
    """Labels of a batch as integers `(count,)`: -1 for all if there are none."""
    if labels is None:
        return tf.fill((count,), -1)
    return tf.cast(tf.reshape(labels, (-1,)), tf.int32)


def _has_labels(dataset):
    spec = dataset.element_spec
    return isinstance(spec, tuple) and len(spec) > 1


def _check_numbers(shape, num_classes):
    """Raises `ValueError` unless the shape has one number for each label."""
    if len(shape) != 1 and tuple(shape[1:]) != (1,):
        raise ValueError(
            f"{_rule(num_classes, -1)} Received: labels of shape {tuple(shape)}. Give "
            "one for each example, np.argmax(labels, axis=1) of one-hot rows."
        )


def _rule(num_classes, lowest=0):
    unknown = ", or -1 where they are unknown" if lowest else ""
    return f"Labels must be whole numbers from 0 to {num_classes - 1}{unknown}."
