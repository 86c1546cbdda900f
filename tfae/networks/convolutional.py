"""Convolutional encoders and mirrored decoders for any image size."""

import math
from collections.abc import Sequence
from typing import Literal

import keras

from tfae.arguments import check_integers
from tfae.networks import levels
from tfae.networks.plan import Plan
from tfae.types import Activation, Initializer, Model, Regularizer, Shape, Widths


def convolutional(
    example_shape: Shape,
    filters: Widths,
    kernel_size: int | Sequence[int] = 3,
    strides: int | Sequence[int] = 2,
    activation: Activation = "relu",
    code_activation: Activation | None = None,
    output_activation: Activation = "sigmoid",
    downsampling: Literal["stride", "max_pool", "switches"] = "stride",
    upsampling: Literal["transpose", "nearest", "switches"] | None = None,
    separable: Literal["depthwise", "full"] | None = None,
    latent_dim: int | None = None,
    tie_weights: bool = False,
    normalization: Literal["batch", "layer"] | None = None,
    output_kernel_size: int | None = None,
    kernel_initializer: Initializer = "glorot_uniform",
    kernel_regularizer: Regularizer | None = None,
    dropout: float = 0.0,
    dtype: str | None = None,
    plain_decoder: bool = False,
) -> tuple[Model, Model]:
    """Convolutional encoder, and the decoder that mirrors it.

    A level with stride s maps n rows and columns to ⌈n/s⌉, and its mirror restores n of
    them, for any n.

    Reference:
        Masci et al., "Stacked Convolutional Auto-Encoders for Hierarchical Feature
        Extraction", ICANN 2011.

    Args:
        example_shape: `(height, width, channels)` of an example.
        filters: Sequence of integers, output channels of the encoder's levels, from the
            input inwards.
        kernel_size: Integer, height and width of the kernels, or a sequence with one
            for each level.
        strides: Integer, factor by which a level reduces rows and columns, or a
            sequence with one for each level.
        activation: Activation of the hidden layers.
        code_activation: Activation of the code. Defaults to `activation`.
        output_activation: Activation of the last layer of the decoder. Defaults to
            `"sigmoid"`, for data in [0, 1].
        downsampling: How a level reduces its maps: `"stride"`, by strided convolution;
            `"max_pool"`, by max pooling of s × s windows after a convolution; or
            `"switches"`, the same, storing the positions of the maxima.
        upsampling: How its mirror enlarges them: `"transpose"`, by a transposed
            convolution; `"nearest"`, by copying a value to all cells of a window, and a
            convolution; or `"switches"`, by placing the value at the position of the
            maximum, with zeros around it, and a convolution. Defaults to `"switches"`
            for that downsampling, `"nearest"` for separable convolutions, and
            `"transpose"` otherwise.
        separable: `"depthwise"`, a separate convolution of each channel, whose output
            channels are a multiple of the input channels, or `"full"`, with a 1 × 1
            convolution after it; mirrors are full ones. Defaults to `None`, plain
            convolutions.
        latent_dim: Integer, size of a code vector, from a dense layer on the last maps,
            or `None` to use these maps as the code.
        tie_weights: Boolean. If `True`, each convolution of the decoder is the
            transpose of its level's convolution, with the same kernel.
        normalization: `"batch"` or `"layer"`, between the hidden convolutions and their
            activations, or `None`.
        output_kernel_size: Integer, kernel of an additional last convolution of the
            decoder, whose levels then keep their own channels (with switches, all but
            the first have those of the level before); or `None` for a decoder that ends
            with the mirror of the first level.
        kernel_initializer: Initializer of every kernel.
        kernel_regularizer: Regularizer of every kernel (of tied kernels, once).
        dropout: Float in [0, 1), share of the activations of each hidden level set to
            zero in training.
        dtype: Data type or dtype policy of the layers.
        plain_decoder: Boolean. If `True`, the convolutions after an unpooling, and the
            last one, are plain, as in the TF1 scripts. Defaults to `False`: transposed
            convolutions of stride 1, the same function with flipped kernels, whose
            gradient is faster on a CPU.

    Returns:
        A pair of built functional models: `(batch, height, width, channels)` to codes
        `(batch, latent_dim)` or `(batch, rows, columns, filters[-1])`, and back. With
        switches the encoder returns a list of the codes and the switches of each level,
        which the decoder takes.

    Raises:
        ValueError: If examples are not channels-last images, or are too small for the
            number of levels; if an argument is out of range, or conflicts with another.

    Example:
    >>> networks = tfae.networks.convolutional((28, 28, 1), [16, 32], latent_dim=64)
    >>> [network.output_shape for network in networks]
    [(None, 64), (None, 28, 28, 1)]
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
        separable,
        tie_weights,
        normalization,
        output_kernel_size,
        kernel_initializer,
        kernel_regularizer,
        dropout,
        dtype,
        plain_decoder=plain_decoder,
    )
    return assemble(plan, latent_dim, code_activation)


def residual(
    example_shape: Shape,
    filters: Widths,
    blocks: int = 2,
    kernel_size: int | Sequence[int] = 3,
    strides: int | Sequence[int] = 2,
    activation: Activation = "relu",
    code_activation: Activation | None = None,
    output_activation: Activation = "sigmoid",
    latent_dim: int | None = None,
    normalization: Literal["batch", "layer"] = "batch",
    output_kernel_size: int | None = None,
    kernel_initializer: Initializer = "he_normal",
    kernel_regularizer: Regularizer | None = None,
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """As `convolutional`, with residual blocks after each level and before its mirror.

    A block adds the output of two 3 × 3 convolutions to its inputs.

    Reference:
        He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.

    Args:
        example_shape: `(height, width, channels)` of an example.
        filters: Sequence of integers, output channels of the encoder's levels.
        blocks: Positive integer, residual blocks of each level.
        kernel_size: As for `convolutional`.
        strides: As for `convolutional`.
        activation: As for `convolutional`.
        code_activation: As for `convolutional`.
        output_activation: As for `convolutional`.
        latent_dim: As for `convolutional`.
        output_kernel_size: As for `convolutional`.
        kernel_regularizer: As for `convolutional`.
        dtype: As for `convolutional`.
        normalization: As for `convolutional`. Defaults to `"batch"`.
        kernel_initializer: Initializer of every kernel. Defaults to `"he_normal"`.

    Returns:
        As `convolutional`.

    Example:
    >>> networks = tfae.networks.residual((32, 32, 3), [32, 64], 1, latent_dim=128)
    >>> [network.output_shape for network in networks]
    [(None, 128), (None, 32, 32, 3)]
    """
    check_integers(blocks=blocks)
    plan = Plan(
        example_shape,
        filters,
        kernel_size,
        strides,
        activation,
        output_activation,
        normalization=normalization,
        output_kernel_size=output_kernel_size,
        kernel_initializer=kernel_initializer,
        kernel_regularizer=kernel_regularizer,
        dtype=dtype,
        blocks=int(blocks),
    )
    return assemble(plan, latent_dim, code_activation)


def assemble(plan, latent_dim=None, code_activation=None):
    """Encoder and decoder for a plan; arguments as for `convolutional`."""
    inputs = keras.Input(plan.example_shape)
    maps_activation = code_activation if latent_dim is None else None
    values, switches = levels.encode(plan, inputs, maps_activation)
    if latent_dim is not None:
        check_integers(latent_dim=latent_dim)
        flat = keras.layers.Flatten(dtype=plan.dtype)(values)
        end = plan.activation if code_activation is None else code_activation
        values = dense(plan, int(latent_dim), end, "codes")(flat)
    outputs = [values, *switches] if switches else values
    encoder = keras.Model(inputs, outputs, name="encoder")
    codes = keras.Input(values.shape[1:])
    given = [keras.Input(one.shape[1:], dtype="int32") for one in switches]
    maps = codes if latent_dim is None else unfold(plan, codes)
    outputs = levels.decode(plan, maps, given, encoder)
    inputs = [codes, *given] if given else codes
    return encoder, keras.Model(inputs, outputs, name="decoder")


def unfold(plan, values):
    """Maps from vectors, by a dense layer."""
    units = math.prod(plan.code_shape)
    values = dense(plan, units, plan.activation, "unfolded")(values)
    return keras.layers.Reshape(plan.code_shape, dtype=plan.dtype)(values)


def dense(plan, units, activation, name):
    """A dense layer of a plan."""
    return keras.layers.Dense(
        units,
        activation,
        kernel_initializer=plan.kernel_initializer,
        kernel_regularizer=plan.kernel_regularizer,
        dtype=plan.dtype,
        name=name,
    )
