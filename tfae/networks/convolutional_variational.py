"""Convolutional networks of variational autoencoders."""

from collections.abc import Sequence
from typing import Literal

import keras

from tfae.arguments import check_choice, check_integers, check_widths
from tfae.layers import SCALES
from tfae.networks import levels
from tfae.networks.convolutional import dense, unfold
from tfae.networks.plan import Plan
from tfae.types import Activation, Initializer, Model, Shape, Widths


def convolutional_variational(
    example_shape: Shape,
    filters: Widths,
    latent_dim: int,
    hidden_units: Widths = (),
    kernel_size: int | Sequence[int] = 3,
    strides: int | Sequence[int] = 2,
    activation: Activation = "relu",
    output_activation: Activation = "linear",
    outputs_per_feature: int = 1,
    scale: Literal[
        "log_variance", "log_deviation", "deviation", "softplus"
    ] = "log_variance",
    decoder_units: Widths | None = None,
    downsampling: Literal["stride", "max_pool", "switches"] = "stride",
    upsampling: Literal["transpose", "nearest", "switches"] | None = None,
    normalization: Literal["batch", "layer"] | None = None,
    output_kernel_size: int | None = None,
    kernel_initializer: Initializer = "glorot_uniform",
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Convolutional encoder of a variational autoencoder, and its decoder.

    Args:
        example_shape: `(height, width, channels)` of an example.
        filters: Sequence of integers, output channels of the encoder's levels.
        latent_dim: Integer, size of the code.
        hidden_units: Sequence of integers, widths of dense layers between the last maps
            and the code.
        kernel_size: As for `tfae.networks.convolutional`.
        strides: As for `tfae.networks.convolutional`.
        normalization: As for `tfae.networks.convolutional`.
        output_kernel_size: As for `tfae.networks.convolutional`.
        kernel_initializer: As for `tfae.networks.convolutional`.
        downsampling: As for `tfae.networks.convolutional`, except `"switches"`.
        upsampling: As for `tfae.networks.convolutional`, except `"switches"`.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last layer of the decoder. Defaults to
            `"linear"`, for logits and unbounded means.
        outputs_per_feature: Integer, likelihood parameters per feature.
        scale: Output of the second head, as for `tfae.networks.variational`.
        decoder_units: As `hidden_units`, from the code outwards. Defaults to
            `hidden_units` in reverse order.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built functional models: `(batch, height, width, channels)` to a pair
        of mean and log-variance, each `(batch, latent_dim)`, and `(batch, latent_dim)`
        to `(batch, height, width, channels * outputs_per_feature)`.

    Raises:
        ValueError: As `tfae.networks.convolutional`, and if `scale` is unknown.

    Example:
    >>> encoder, decoder = tfae.networks.convolutional_variational(
    ...     (28, 28, 1), [32, 64], latent_dim=2
    ... )
    >>> encoder.output_shape, decoder.output_shape
    ([(None, 2), (None, 2)], (None, 28, 28, 1))
    """
    check_integers(outputs_per_feature=outputs_per_feature)
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
        outputs_per_channel=outputs_per_feature,
    )
    check_choice([*SCALES], scale=scale)
    check_integers(latent_dim=latent_dim)
    hidden_units = check_widths(hidden_units=hidden_units)
    if decoder_units is None:
        decoder_units = hidden_units[::-1]
    decoder_units = check_widths(decoder_units=decoder_units)
    if plan.downsampling == "switches":
        raise ValueError(
            "Switches cannot be drawn with the codes. Received: downsampling="
            '"switches". Use "stride" or "max_pool".'
        )
    inputs = keras.Input(plan.example_shape)
    values, _ = levels.encode(plan, inputs)
    values = keras.layers.Flatten(dtype=dtype)(values)
    for index, units in enumerate(hidden_units, start=1):
        values = dense(plan, units, activation, f"encoder_dense_{index}")(values)
    heads = [("mean", "linear"), ("log_variance", SCALES[scale])]
    distribution = [
        dense(plan, int(latent_dim), ends, name)(values) for name, ends in heads
    ]
    encoder = keras.Model(inputs, distribution, name="encoder")
    codes = values = keras.Input((int(latent_dim),))
    for index, units in enumerate(decoder_units, start=1):
        values = dense(plan, units, activation, f"decoder_dense_{index}")(values)
    outputs = levels.decode(plan, unfold(plan, values))
    return encoder, keras.Model(codes, outputs, name="decoder")
