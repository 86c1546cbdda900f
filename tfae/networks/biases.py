"""Initializers of biases."""

import math

import keras

FAN_IN = "fan_in"


def bias_initializer(identifier, inputs):
    """The `bias_initializer` argument of a layer.

    Args:
        identifier: Initializer, as Keras takes it; or `"fan_in"`, uniform between
            −1/√n and 1/√n for the n inputs of a unit, the default of PyTorch layers.
        inputs: Integer n.
    """
    if identifier != FAN_IN:
        return identifier
    limit = 1 / math.sqrt(inputs)
    return keras.initializers.RandomUniform(-limit, limit)


def bias_identifier(identifier):
    """The initializer in a form for JSON: a name or a config, never an object."""
    if identifier == FAN_IN:
        return identifier
    return keras.initializers.serialize(keras.initializers.get(identifier))
