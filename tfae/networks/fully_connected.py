"""Fully connected encoders and mirrored decoders."""

import keras

from tfae.arguments import check_booleans, check_shares, check_widths, features_of
from tfae.layers import TiedDense
from tfae.networks.biases import bias_initializer as of_biases
from tfae.networks.inspection import dense_layers
from tfae.types import Activation, Initializer, Layer, Model, Regularizer, Widths


def dense(
    input_dim: int,
    hidden_units: Widths,
    activation: Activation = "leaky_relu",
    code_activation: Activation | None = None,
    output_activation: Activation = "sigmoid",
    tie_weights: bool = False,
    kernel_initializer: Initializer = "glorot_uniform",
    decoder_initializer: Initializer | None = None,
    kernel_regularizer: Regularizer | None = None,
    dropout: float = 0.0,
    dtype: str | None = None,
    bias_initializer: Initializer = "zeros",
) -> tuple[Model, Model]:
    """Fully connected encoder, and the decoder that mirrors it.

    Args:
        input_dim: Integer, number of features of an example, or its shape, of one
            axis.
        hidden_units: Sequence of integers, the widths of the encoder's layers from
            the input inwards. The last one is the size of the code.
        activation: Activation of the hidden layers. `"leaky_relu"`, the default, has
            slope 0.2 below zero, like TF1's `tf.nn.leaky_relu`.
        code_activation: Activation of the code layer. Defaults to `activation`; pass
            `"linear"` for unbounded codes.
        output_activation: Activation of the last decoder layer. Defaults to
            `"sigmoid"`, for data in [0, 1].
        tie_weights: Boolean. If `True`, each decoder kernel is the transpose of its
            encoder kernel.
        kernel_initializer: Initializer of every kernel.
        decoder_initializer: Initializer of the decoder's kernels. Defaults to
            `kernel_initializer`; not allowed for tied kernels.
        kernel_regularizer: Regularizer of every kernel (of tied kernels, once).
        dropout: Float in [0, 1), share of the activations of each hidden layer, the
            code included, set to zero in training.
        dtype: Data type or dtype policy of the layers.
        bias_initializer: Initializer of every bias, or `"fan_in"`: uniform between
            −1/√n and 1/√n for the n inputs of a unit, the default of PyTorch layers.

    Returns:
        A pair of built `keras.Sequential` models: `(batch, input_dim)` to
        `(batch, hidden_units[-1])`, and back.

    Raises:
        ValueError: If examples are not vectors, a width is not a positive integer,
            `dropout` is outside [0, 1), or `decoder_initializer` is given with
            `tie_weights`.

    Example:
    >>> encoder, decoder = tfae.networks.dense(784, [128, 32])
    >>> encoder.output_shape, decoder.output_shape
    ((None, 32), (None, 784))
    """
    input_dim = features_of(input_dim)
    hidden_units = check_widths(hidden_units=hidden_units)
    if not hidden_units:
        raise ValueError(
            "`hidden_units` must hold the width of the code at least, as [32]. "
            f"Received: hidden_units={hidden_units!r}"
        )
    check_booleans(tie_weights=tie_weights)
    activations = [activation] * len(hidden_units)
    if code_activation is not None:
        activations[-1] = code_activation
    layers = [
        keras.layers.Dense(
            units,
            activation=layer_activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=of_biases(bias_initializer, inputs),
            kernel_regularizer=kernel_regularizer,
            dtype=dtype,
            name=f"encoder_{index}",
        )
        for index, (inputs, units, layer_activation) in enumerate(
            zip((input_dim, *hidden_units), hidden_units, activations, strict=False),
            start=1,
        )
    ]
    encoder = _chain(input_dim, layers, dropout, name="encoder")
    decoder = mirror(
        encoder,
        output_activation,
        tie_weights,
        dropout,
        decoder_initializer,
        bias_initializer,
    )
    return encoder, decoder


def mirror(
    encoder: Layer,
    output_activation: Activation = "sigmoid",
    tie_weights: bool = False,
    dropout: float = 0.0,
    kernel_initializer: Initializer | None = None,
    bias_initializer: Initializer = "zeros",
) -> Layer:
    """Decoder that mirrors the dense layers of an encoder.

    The decoder layer that reconstructs a hidden layer has the same activation; the last
    one has `output_activation`. Initializers, regularizers and data types are those of
    the mirrored encoder layers.

    Args:
        encoder: Built `keras.Sequential` of `Dense` layers; others are ignored.
        output_activation: Activation of the last layer. Defaults to `"sigmoid"`.
        tie_weights: Boolean. If `True`, the layers are `TiedDense`.
        dropout: Float in [0, 1), applied after each layer but the last.
        kernel_initializer: Initializer of the kernels. Defaults to the mirrored
            layers'.
        bias_initializer: As for `dense`.

    Returns:
        A built `keras.Sequential` from `encoder.output_shape` to
        `encoder.input_shape`.

    Raises:
        ValueError: If the encoder has no dense layer, `dropout` is outside [0, 1), or
            `kernel_initializer` is given with `tie_weights`.

    Example:
    >>> encoder = keras.Sequential(
    ...     [keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(8)]
    ... )
    >>> decoder = tfae.networks.mirror(encoder, tie_weights=True)
    >>> decoder.output_shape
    (None, 64)
    """
    if tie_weights and kernel_initializer is not None:
        raise ValueError(
            "Tied kernels begin as the encoder's. Received: tie_weights=True with "
            f"the initializer {kernel_initializer!r} for the decoder. Leave one out."
        )
    mirrored = dense_layers(encoder)[::-1]
    if not mirrored:
        raise ValueError(
            f"`encoder` must have dense layers to mirror. Received: {encoder.name!r} "
            f"with layers {[layer.name for layer in encoder.layers]}"
        )
    activations = [layer.activation for layer in mirrored[1:]] + [output_activation]
    layers = []
    for index, (layer, activation) in enumerate(
        zip(mirrored, activations, strict=True), start=1
    ):
        options = {
            "activation": activation,
            "bias_initializer": of_biases(bias_initializer, layer.units),
            "dtype": layer.dtype_policy,
            "name": f"decoder_{index}",
        }
        if tie_weights:
            layers.append(TiedDense(layer, **options))
        else:
            layers.append(
                keras.layers.Dense(
                    layer.kernel.shape[0],
                    kernel_initializer=kernel_initializer or layer.kernel_initializer,
                    kernel_regularizer=layer.kernel_regularizer,
                    **options,
                )
            )
    return _chain(mirrored[0].units, layers, dropout, name="decoder", ends_hidden=False)


def _chain(input_dim, layers, dropout, name, ends_hidden=True):
    check_shares(dropout=dropout)
    network = keras.Sequential([keras.Input((input_dim,))], name=name)
    for index, layer in enumerate(layers, start=1):
        network.add(layer)
        if dropout and (ends_hidden or index < len(layers)):
            network.add(keras.layers.Dropout(dropout, dtype=layer.dtype_policy))
    return network
