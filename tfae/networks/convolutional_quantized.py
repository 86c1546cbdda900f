"""Convolutional networks of vector-quantized autoencoders."""

from collections.abc import Sequence
from typing import Literal

import keras

from tfae.arguments import check_integers
from tfae.networks import levels
from tfae.networks.plan import Plan
from tfae.types import Activation, Initializer, Model, Shape, Widths


def convolutional_quantized(
    example_shape: Shape,
    filters: Widths,
    code_dim: int,
    kernel_size: int | Sequence[int] = 4,
    strides: int | Sequence[int] = 2,
    blocks: int = 0,
    activation: Activation = "relu",
    output_activation: Activation = "sigmoid",
    downsampling: Literal["stride", "max_pool", "switches"] = "stride",
    upsampling: Literal["transpose", "nearest", "switches"] | None = None,
    normalization: Literal["batch", "layer"] | None = None,
    output_kernel_size: int | None = None,
    kernel_initializer: Initializer = "glorot_uniform",
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Convolutional networks around a map of code vectors, for `tfae.VQVAE`.

    Reference:
        van den Oord, Vinyals & Kavukcuoglu, "Neural Discrete Representation Learning",
        NIPS 2017, section 4.1 (4 × 4 kernels of stride 2, and two residual blocks).

    Args:
        example_shape: `(height, width, channels)` of an example.
        filters: Sequence of integers, output channels of the encoder's levels.
        code_dim: Integer, features of a code vector.
        kernel_size: As for `tfae.networks.convolutional`.
        strides: As for `tfae.networks.convolutional`.
        normalization: As for `tfae.networks.convolutional`.
        output_kernel_size: As for `tfae.networks.convolutional`.
        kernel_initializer: As for `tfae.networks.convolutional`.
        downsampling: As for `tfae.networks.convolutional`, except `"switches"`.
        upsampling: As for `tfae.networks.convolutional`, except `"switches"`.
        blocks: Integer, residual blocks of each level, as in `tfae.networks.residual`.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last layer of the decoder.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built functional models: `(batch, height, width, channels)` to
        `(batch, rows, columns, code_dim)`, and back.

    Raises:
        ValueError: As `tfae.networks.convolutional`.

    Example:
    >>> encoder, decoder = tfae.networks.convolutional_quantized(
    ...     (28, 28, 1), [32, 64], code_dim=16
    ... )
    >>> encoder.output_shape, decoder.output_shape
    ((None, 7, 7, 16), (None, 28, 28, 1))
    """
    plan = Plan(
        example_shape,
        filters,
        kernel_size,
        strides,
        activation,
        output_activation,
        downsampling,
        upsampling,
        normalization=normalization,
        output_kernel_size=output_kernel_size,
        kernel_initializer=kernel_initializer,
        dtype=dtype,
        blocks=blocks,
    )
    check_integers(code_dim=code_dim)
    if plan.downsampling == "switches":
        raise ValueError(
            'The decoder takes only code vectors. Received: downsampling="switches". '
            'Use "stride" or "max_pool".'
        )

    def pointwise(channels, activation, name):
        return keras.layers.Conv2D(
            channels,
            1,
            activation=activation,
            kernel_initializer=kernel_initializer,
            dtype=dtype,
            name=name,
        )

    inputs = keras.Input(plan.example_shape)
    values, _ = levels.encode(plan, inputs)
    vectors = pointwise(int(code_dim), None, "vectors")(values)
    encoder = keras.Model(inputs, vectors, name="encoder")
    codes = keras.Input(vectors.shape[1:])
    maps = pointwise(plan.filters[-1], activation, "unfolded")(codes)
    return encoder, keras.Model(codes, levels.decode(plan, maps), name="decoder")
