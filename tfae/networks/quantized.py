"""Fully connected networks of vector-quantized autoencoders."""

import keras

from tfae.arguments import check_integers, check_widths
from tfae.networks.fully_connected import dense
from tfae.types import Activation, Model, Widths


def quantized(
    input_dim: int,
    hidden_units: Widths,
    positions: int,
    code_dim: int,
    activation: Activation = "relu",
    output_activation: Activation = "sigmoid",
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Fully connected networks around several code vectors, for `tfae.VQVAE`.

    Args:
        input_dim: Integer, number of features of an example, or its shape, of one
            axis.
        hidden_units: Sequence of integers, the widths of the encoder's hidden layers
            from the input inwards.
        positions: Integer, number of vectors per example.
        code_dim: Integer, features of a vector.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last decoder layer.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built `keras.Sequential` models: `(batch, input_dim)` to
        `(batch, positions, code_dim)`, and back.

    Raises:
        ValueError: If a width is not a positive integer.

    Example:
    >>> encoder, decoder = tfae.networks.quantized(784, [256], positions=8, code_dim=16)
    >>> encoder.output_shape, decoder.output_shape
    ((None, 8, 16), (None, 784))
    """
    check_integers(positions=positions, code_dim=code_dim)
    hidden_units = check_widths(hidden_units=hidden_units)
    encoder, decoder = dense(
        input_dim,
        [*hidden_units, positions * code_dim],
        activation,
        code_activation="linear",
        output_activation=output_activation,
        dtype=dtype,
    )
    shape = (int(positions), int(code_dim))
    encoder.add(keras.layers.Reshape(shape, dtype=dtype))
    flat = [keras.Input(shape), keras.layers.Flatten(dtype=dtype), *decoder.layers]
    return encoder, keras.Sequential(flat, name="decoder")
