"""How biases begin."""

import math

import keras

FAN_IN = "fan_in"


def bias_initializer(identifier, inputs):
    """What a layer takes as its `bias_initializer`.

    Args:
        identifier: Initializer, as Keras takes it; or `"fan_in"`, uniform between
            −1/√n and 1/√n for the n inputs of a unit, as PyTorch begins its layers.
        inputs: Integer n, which a bias itself does not tell.
    """
    if identifier != FAN_IN:
        return identifier
    limit = 1 / math.sqrt(inputs)
    return keras.initializers.RandomUniform(-limit, limit)


def bias_identifier(identifier):
    """The same as JSON can hold it: a name or a config, never an object."""
    if identifier == FAN_IN:
        return identifier
    return keras.initializers.serialize(keras.initializers.get(identifier))
