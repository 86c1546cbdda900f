"""Fully connected networks of variational autoencoders."""

from typing import Literal

import keras

from tfae.arguments import check_integers, check_widths, features_of
from tfae.layers import SCALES
from tfae.networks.biases import bias_initializer as of_biases
from tfae.types import Activation, Initializer, Model, Widths


def variational(
    input_dim: int,
    hidden_units: Widths,
    latent_dim: int,
    activation: Activation = "relu",
    output_activation: Activation = "linear",
    outputs_per_feature: int = 1,
    scale: Literal[
        "log_variance", "log_deviation", "deviation", "softplus"
    ] = "log_variance",
    decoder_units: Widths | None = None,
    condition_dim: int | None = None,
    kernel_initializer: Initializer = "glorot_uniform",
    decoder_initializer: Initializer | None = None,
    dtype: str | None = None,
    bias_initializer: Initializer = "zeros",
) -> tuple[Model, Model]:
    """Fully connected encoder of a variational autoencoder, and its decoder.

    Args:
        input_dim: Integer, number of features of an example, or its shape, of one
            axis.
        hidden_units: Sequence of integers, the widths of the encoder's hidden layers
            from the input inwards; empty for none.
        latent_dim: Integer, size of the code.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last decoder layer. Defaults to
            `"linear"`, for logits and unbounded means.
        outputs_per_feature: Integer, likelihood parameters per feature.
        scale: Output of the second head: `"log_variance"`, log σ²; `"log_deviation"`,
            log σ; `"deviation"`, σ of either sign; or `"softplus"`, h of σ = log(1 +
            eʰ). The encoder returns log σ² in each case.
        decoder_units: As `hidden_units`, of the decoder's hidden layers from the code
            outwards. Defaults to the encoder's in reverse order.
        condition_dim: Integer, size of the conditions, the second input of both
            networks, or `None`.
        kernel_initializer: Initializer of every kernel.
        decoder_initializer: Initializer of the decoder's kernels. Defaults to
            `kernel_initializer`.
        dtype: Data type or dtype policy of the layers.
        bias_initializer: Initializer of every bias, or `"fan_in"`: uniform between
            −1/√n and 1/√n for the n inputs of a unit, the default of PyTorch layers.

    Returns:
        A pair of built models: `(batch, input_dim)` to a pair of mean and
        log-variance, each `(batch, latent_dim)`, and `(batch, latent_dim)` to
        `(batch, input_dim * outputs_per_feature)`. With `condition_dim` they take pairs
        of inputs or codes and conditions `(batch, condition_dim)`.

    Raises:
        ValueError: If a width is not a positive integer, or `scale` is unknown.

    Example:
    >>> encoder, decoder = tfae.networks.variational(784, [500, 500], latent_dim=20)
    >>> encoder.output_shape, decoder.output_shape
    ([(None, 20), (None, 20)], (None, 784))
    """
    input_dim = features_of(input_dim)
    check_integers(latent_dim=latent_dim, outputs_per_feature=outputs_per_feature)
    latent_dim = int(latent_dim)
    if condition_dim is not None:
        check_integers(condition_dim=condition_dim)
        condition_dim = int(condition_dim)
    hidden_units = check_widths(hidden_units=hidden_units)
    if decoder_units is None:
        decoder_units = hidden_units[::-1]
    decoder_units = check_widths(decoder_units=decoder_units)
    if scale not in SCALES:
        raise ValueError(
            f"`scale` must be one of {', '.join(SCALES)}. Received: scale={scale!r}"
        )

    def dense(values, units, activation, name, initializer):
        layer = keras.layers.Dense(
            units,
            activation,
            kernel_initializer=initializer,
            bias_initializer=of_biases(bias_initializer, values.shape[-1]),
            dtype=dtype,
            name=name,
        )
        return layer(values)

    def network(width, hidden, heads, name, initializer):
        inputs = values = keras.Input((width,))
        if condition_dim is not None:
            inputs = [inputs, keras.Input((condition_dim,))]
            values = keras.layers.Concatenate(dtype=dtype)(inputs)
        for index, units in enumerate(hidden, start=1):
            values = dense(values, units, activation, f"{name}_{index}", initializer)
        outputs = [
            dense(values, units, head_activation, head, initializer)
            for head, units, head_activation in heads
        ]
        return keras.Model(
            inputs, outputs if len(outputs) > 1 else outputs[0], name=name
        )

    distribution = [
        ("mean", latent_dim, "linear"),
        ("log_variance", latent_dim, SCALES[scale]),
    ]
    outputs = [("outputs", input_dim * int(outputs_per_feature), output_activation)]
    encoder = network(
        input_dim, hidden_units, distribution, "encoder", kernel_initializer
    )
    decoder = network(
        latent_dim,
        decoder_units,
        outputs,
        "decoder",
        decoder_initializer or kernel_initializer,
    )
    return encoder, decoder
