"""Networks of variational autoencoders for series."""

from collections.abc import Sequence
from typing import Literal

import keras

from tfae.arguments import check_choice, check_integers
from tfae.layers import SCALES
from tfae.networks.sequence import as_vectors, decode, dense, encode
from tfae.networks.sequence_plan import SequencePlan
from tfae.types import Activation, Initializer, Model, Shape, Widths


def sequence_variational(
    input_shape: Shape,
    kind: Literal["lstm", "gru", "convolutional"] = "lstm",
    units: Widths = (64,),
    latent_dim: int = 16,
    kernel_size: int | None = None,
    strides: int | Sequence[int] | None = None,
    activation: Activation | None = None,
    output_activation: Activation = "linear",
    outputs_per_feature: int = 1,
    scale: Literal[
        "log_variance", "log_deviation", "deviation", "softplus"
    ] = "log_variance",
    dropout: float = 0.0,
    kernel_initializer: Initializer = "glorot_uniform",
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Encoder and decoder of a variational autoencoder for series.

    Args:
        input_shape: `(time, features)` of an example.
        latent_dim: Integer, size of the code vector.
        kind: As for `tfae.networks.sequence`.
        units: As for `tfae.networks.sequence`.
        kernel_size: As for `tfae.networks.sequence`.
        strides: As for `tfae.networks.sequence`.
        activation: As for `tfae.networks.sequence`.
        dropout: As for `tfae.networks.sequence`.
        kernel_initializer: As for `tfae.networks.sequence`.
        dtype: As for `tfae.networks.sequence`.
        output_activation: Activation of the last layer of the decoder. Defaults to
            `"linear"`, for logits and unbounded means.
        outputs_per_feature: Integer, likelihood parameters per feature.
        scale: Output of the second head, as for `tfae.networks.variational`.

    Returns:
        A pair of built functional models: `(batch, time, features)` to a pair of mean
        and log-variance, each `(batch, latent_dim)`, and `(batch, latent_dim)` to
        `(batch, time, features * outputs_per_feature)`.

    Raises:
        ValueError: As `tfae.networks.sequence`, if the number of steps is not known, or
            `scale` is not one of the four.

    Example:
    >>> encoder, decoder = tfae.networks.sequence_variational(
    ...     (50, 3), "gru", [32], latent_dim=2
    ... )
    >>> encoder.output_shape, decoder.output_shape
    ([(None, 2), (None, 2)], (None, 50, 3))
    """
    check_integers(latent_dim=latent_dim)
    check_choice([*SCALES], scale=scale)
    plan = SequencePlan(
        input_shape,
        kind,
        units,
        kernel_size,
        strides,
        activation,
        output_activation,
        dropout=dropout,
        kernel_initializer=kernel_initializer,
        dtype=dtype,
        outputs_per_feature=outputs_per_feature,
    )
    if plan.time is None:
        raise ValueError(
            "The number of steps cannot be inferred from codes that are drawn. "
            f"Received: input_shape={(None, plan.features)}. Give the number of steps."
        )
    inputs = keras.Input((plan.time, plan.features))
    values = as_vectors(plan, encode(plan, inputs))
    heads = [("mean", "linear"), ("log_variance", SCALES[scale])]
    distribution = [
        dense(plan, int(latent_dim), ends, name)(values) for name, ends in heads
    ]
    codes = keras.Input((int(latent_dim),))
    encoder = keras.Model(inputs, distribution, name="encoder")
    return encoder, keras.Model(codes, decode(plan, codes), name="decoder")
