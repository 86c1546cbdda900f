"""Discriminators, and networks that generate or change examples."""

import math

import keras

from tfae.arguments import check_widths
from tfae.types import Activation, Layer, Shape, Widths


def discriminator(
    identifier=(1000, 1000), activation: Activation = "relu", dtype: str | None = None
) -> Layer:
    """A network from vectors to one logit, positive for real examples.

    Args:
        identifier: Sequence of positive integers, the widths of the hidden layers; or a
            Keras model, as an object or serialized.
        activation: Activation of the hidden layers.
        dtype: Data type or dtype policy of the layers.

    Returns:
        Keras model from `(batch, features)` to `(batch, 1)`, built when it is first
        called.

    Raises:
        ValueError: If it is neither a sequence of widths nor a model.

    Example:
    >>> tfae.networks.discriminator([8])(np.ones((3, 2))).shape
    TensorShape([3, 1])
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, keras.layers.Layer):
        return identifier
    widths = check_widths(discriminator=identifier)
    layers = [keras.layers.Dense(width, activation, dtype=dtype) for width in widths]
    last = keras.layers.Dense(1, dtype=dtype, name="logit")
    return keras.Sequential([*layers, last], name="discriminator")


def onto(
    shape: Shape,
    hidden_units: Widths,
    output_activation: Activation = "linear",
    dtype: str | None = None,
) -> Layer:
    """A network from vectors to examples of a shape.

    Args:
        shape: Shape of an example, without the batch.
        hidden_units: Sequence of positive integers, widths of the hidden ReLU layers.
        output_activation: Activation of the last layer.
        dtype: Data type or dtype policy of the layers.

    Returns:
        Keras model from `(batch, features)` to `(batch, *shape)`, built when it is
        first called.

    Example:
    >>> tfae.networks.onto((8, 8, 1), [16])(np.ones((3, 2))).shape
    TensorShape([3, 8, 8, 1])
    """
    widths = check_widths(hidden_units=hidden_units)
    layers = [keras.layers.Dense(width, "relu", dtype=dtype) for width in widths]
    last = keras.layers.Dense(math.prod(shape), output_activation, dtype=dtype)
    return keras.Sequential([*layers, last, keras.layers.Reshape(shape, dtype=dtype)])
