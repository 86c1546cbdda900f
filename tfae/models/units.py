"""Units of a layer that are drawn: binary of a sigmoid, Gaussian of a linear one."""

import keras
from keras import ops

from tfae.priors import uniform


def are_binary(layer):
    """Whether the units of a dense layer are binary."""
    return layer.activation is keras.activations.sigmoid


def noise(layer, shape, seed):
    """What units of `shape` are drawn by: uniform in [0, 1), or N(0, 1)."""
    kind = keras.random.uniform if are_binary(layer) else keras.random.normal
    return kind(shape, dtype=layer.variable_dtype, seed=seed)


def of_normal(draws, layer):
    """What units are drawn by, of draws of N(0, 1)."""
    return uniform(draws) if are_binary(layer) else draws


def drawn(means, layer, noise):
    """Units of these means, drawn by noise of their kind."""
    exact = ops.cast(means, layer.variable_dtype)
    found = noise < exact if are_binary(layer) else exact + noise
    return ops.cast(found, means.dtype)
