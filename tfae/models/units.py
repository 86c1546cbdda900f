"""Stochastic units of a layer: binary for a sigmoid, Gaussian for a linear one."""

import keras
from keras import ops

from tfae.priors import uniform


def are_binary(layer):
    """Whether the units of a dense layer are binary."""
    return layer.activation is keras.activations.sigmoid


def noise(layer, shape, seed):
    """Noise to draw units of `shape`: uniform in [0, 1), or N(0, 1)."""
    kind = keras.random.uniform if are_binary(layer) else keras.random.normal
    return kind(shape, dtype=layer.variable_dtype, seed=seed)


def of_normal(draws, layer):
    """Noise to draw units, from draws of N(0, 1)."""
    return uniform(draws) if are_binary(layer) else draws


def drawn(means, layer, noise):
    """Units with the given means, drawn with noise of their kind."""
    exact = ops.cast(means, layer.variable_dtype)
    found = noise < exact if are_binary(layer) else exact + noise
    return ops.cast(found, means.dtype)
