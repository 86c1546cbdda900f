"""Inputs as a user has them, and as a preprocessing layer takes them."""

import tensorflow as tf


def columns(preprocessing, inputs):
    """Tensors of the columns of a table by name, as the preprocessing takes them."""
    found = preprocessing.rows(inputs)
    return {name: tf.constant(column) for name, column in found.items()}


def prepared(preprocessing, inputs):
    """What a preprocessing layer makes of inputs as a user has them."""
    if hasattr(preprocessing, "rows"):
        inputs = columns(preprocessing, inputs)
    return preprocessing(inputs)


def shapes(inputs):
    """Shape of a batch, or a dict of the shapes of its columns."""
    if isinstance(inputs, dict):
        return {name: tuple(one.shape) for name, one in inputs.items()}
    return tuple(inputs.shape)
