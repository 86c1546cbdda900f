"""Fully connected networks, and decoders that mirror them."""

import keras

from tfae.layers import SCALES, TiedDense
from tfae.networks.inspection import dense_layers


def dense(
    input_dim,
    hidden_units,
    activation="leaky_relu",
    code_activation=None,
    output_activation="sigmoid",
    tie_weights=False,
    kernel_initializer="glorot_uniform",
    kernel_regularizer=None,
    dropout=0.0,
    dtype=None,
):
    """Fully connected encoder, and the decoder that mirrors it.

    Args:
        input_dim: Integer, number of features of an example.
        hidden_units: Sequence of integers, the widths of the encoder's layers from
            the input inwards. The last one is the size of the code.
        activation: Activation of the hidden layers. `"leaky_relu"`, the default, has
            slope 0.2 below zero, as TF1's `tf.nn.leaky_relu`.
        code_activation: Activation of the code layer. Defaults to `activation`; pass
            `"linear"` for unbounded codes.
        output_activation: Activation of the last decoder layer. Defaults to
            `"sigmoid"`, for data in [0, 1].
        tie_weights: Boolean. If `True`, each decoder kernel is the transpose of its
            encoder kernel.
        kernel_initializer: Initializer of every kernel.
        kernel_regularizer: Regularizer of every kernel (of tied kernels, once).
        dropout: Float in [0, 1), share of the activations of each hidden layer, the
            code included, set to zero in training.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built `keras.Sequential` models: `(batch, input_dim)` to
        `(batch, hidden_units[-1])`, and back.

    Raises:
        ValueError: If a width is not a positive integer or `dropout` is outside
            [0, 1).

    Example:
    >>> encoder, decoder = dense(784, [128, 32])
    >>> encoder.output_shape, decoder.output_shape
    ((None, 32), (None, 784))
    """
    if not _is_width(input_dim):
        raise ValueError(
            "`input_dim` must be a positive integer. "
            f"Received: input_dim={input_dim!r}. Give the number of features."
        )
    if not isinstance(hidden_units, (list, tuple)) or not hidden_units:
        raise ValueError(
            "`hidden_units` must be a sequence of layer widths, such as [256, 64]. "
            f"Received: hidden_units={hidden_units!r}"
        )
    if not all(_is_width(units) for units in hidden_units):
        raise ValueError(
            "`hidden_units` must hold positive integers. "
            f"Received: hidden_units={hidden_units!r}"
        )
    if not isinstance(tie_weights, bool):
        raise ValueError(
            "`tie_weights` must be True or False. "
            f"Received: tie_weights={tie_weights!r}"
        )
    activations = [activation] * len(hidden_units)
    if code_activation is not None:
        activations[-1] = code_activation
    layers = [
        keras.layers.Dense(
            units,
            activation=layer_activation,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            dtype=dtype,
            name=f"encoder_{index}",
        )
        for index, (units, layer_activation) in enumerate(
            zip(hidden_units, activations, strict=True), start=1
        )
    ]
    encoder = _chain(input_dim, layers, dropout, name="encoder")
    return encoder, mirror(encoder, output_activation, tie_weights, dropout)


def mirror(encoder, output_activation="sigmoid", tie_weights=False, dropout=0.0):
    """Decoder that undoes the dense layers of an encoder in reverse order.

    The decoder layer that rebuilds a hidden layer has that layer's activation; the
    last one has `output_activation`. Initializers, regularizers and data types are
    those of the mirrored encoder layers.

    Args:
        encoder: Built `keras.Sequential` of `Dense` layers, others are passed over.
        output_activation: Activation of the last layer. Defaults to `"sigmoid"`.
        tie_weights: Boolean. If `True`, the layers are `TiedDense`.
        dropout: Float in [0, 1), applied after each layer but the last.

    Returns:
        A built `keras.Sequential` from `encoder.output_shape` to
        `encoder.input_shape`.

    Raises:
        ValueError: If the encoder has no dense layer or `dropout` is outside [0, 1).
    """
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
            "dtype": layer.dtype_policy,
            "name": f"decoder_{index}",
        }
        if tie_weights:
            layers.append(TiedDense(layer, **options))
        else:
            layers.append(
                keras.layers.Dense(
                    layer.kernel.shape[0],
                    kernel_initializer=layer.kernel_initializer,
                    kernel_regularizer=layer.kernel_regularizer,
                    **options,
                )
            )
    return _chain(mirrored[0].units, layers, dropout, name="decoder", ends_hidden=False)


def variational(
    input_dim,
    hidden_units,
    latent_dim,
    activation="relu",
    output_activation="linear",
    outputs_per_feature=1,
    scale="log_variance",
    decoder_units=None,
    condition_dim=None,
    kernel_initializer="glorot_uniform",
    dtype=None,
):
    """Fully connected encoder of a variational autoencoder, and its decoder.

    Args:
        input_dim: Integer, number of features of an example.
        hidden_units: Sequence of integers, the widths of the encoder's hidden layers
            from the input inwards; empty for none.
        latent_dim: Integer, size of the code.
        activation: Activation of the hidden layers.
        output_activation: Activation of the last decoder layer. Defaults to
            `"linear"`, for logits and for means without bounds.
        outputs_per_feature: Integer, parameters of the likelihood for a feature.
        scale: What the second head gives: `"log_variance"`, log σ²;
            `"log_deviation"`, log σ; or `"deviation"`, σ of either sign. The encoder
            returns log σ² in each case.
        decoder_units: As `hidden_units`, of the decoder's hidden layers from the code
            outwards. Defaults to the encoder's in reverse order.
        condition_dim: Integer, number of values that both networks get beside their
            inputs, as a second one, or `None`.
        kernel_initializer: Initializer of every kernel.
        dtype: Data type or dtype policy of the layers.

    Returns:
        A pair of built models: `(batch, input_dim)` to a pair of mean and
        log-variance, each `(batch, latent_dim)`, and `(batch, latent_dim)` to
        `(batch, input_dim * outputs_per_feature)`. With `condition_dim` they take
        pairs, of these and of conditions `(batch, condition_dim)`.

    Raises:
        ValueError: If a width is not a positive integer, or `scale` unknown.

    Example:
    >>> encoder, decoder = variational(784, [500, 500], latent_dim=20)
    >>> [shape for shape in encoder.output_shape]
    [(None, 20), (None, 20)]
    """
    widths = {"input_dim": input_dim, "latent_dim": latent_dim}
    widths["outputs_per_feature"] = outputs_per_feature
    if condition_dim is not None:
        widths["condition_dim"] = condition_dim
    for name, width in widths.items():
        if not _is_width(width):
            raise ValueError(
                f"`{name}` must be a positive integer. Received: {name}={width!r}"
            )
    layers = {"hidden_units": hidden_units, "decoder_units": decoder_units}
    for name, units in layers.items():
        unset = (name, units) == ("decoder_units", None)
        if not unset and not (
            isinstance(units, (list, tuple)) and all(map(_is_width, units))
        ):
            raise ValueError(
                f"`{name}` must be a sequence of positive integers. "
                f"Received: {name}={units!r}"
            )
    if decoder_units is None:
        decoder_units = hidden_units[::-1]
    if scale not in SCALES:
        raise ValueError(
            f"`scale` must be one of {', '.join(SCALES)}. Received: scale={scale!r}"
        )
    options = {"kernel_initializer": kernel_initializer, "dtype": dtype}

    def network(width, hidden, heads, name):
        inputs = values = keras.Input((width,))
        if condition_dim is not None:
            inputs = [inputs, keras.Input((condition_dim,))]
            values = keras.layers.Concatenate(dtype=dtype)(inputs)
        for index, units in enumerate(hidden, start=1):
            layer = keras.layers.Dense(
                units, activation, name=f"{name}_{index}", **options
            )
            values = layer(values)
        outputs = [
            keras.layers.Dense(units, head_activation, name=head, **options)(values)
            for head, units, head_activation in heads
        ]
        return keras.Model(
            inputs, outputs if len(outputs) > 1 else outputs[0], name=name
        )

    distribution = [
        ("mean", latent_dim, "linear"),
        ("log_variance", latent_dim, SCALES[scale]),
    ]
    outputs = [("outputs", input_dim * outputs_per_feature, output_activation)]
    return (
        network(input_dim, hidden_units, distribution, "encoder"),
        network(latent_dim, decoder_units, outputs, "decoder"),
    )


def quantized(
    input_dim,
    hidden_units,
    positions,
    code_dim,
    activation="relu",
    output_activation="sigmoid",
    dtype=None,
):
    """Fully connected networks around several code vectors, for `tfae.VQVAE`.

    Args:
        input_dim: Integer, number of features of an example.
        hidden_units: Sequence of integers, the widths of the encoder's hidden layers
            from the input inwards.
        positions: Integer, vectors of an example.
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
    >>> encoder, decoder = quantized(784, [256], positions=8, code_dim=16)
    >>> encoder.output_shape, decoder.output_shape
    ((None, 8, 16), (None, 784))
    """
    for name, width in (("positions", positions), ("code_dim", code_dim)):
        if not _is_width(width):
            raise ValueError(
                f"`{name}` must be a positive integer. Received: {name}={width!r}"
            )
    encoder, decoder = dense(
        input_dim,
        [*hidden_units, positions * code_dim],
        activation,
        code_activation="linear",
        output_activation=output_activation,
        dtype=dtype,
    )
    shape = (positions, code_dim)
    encoder.add(keras.layers.Reshape(shape, dtype=dtype))
    flat = [keras.Input(shape), keras.layers.Flatten(dtype=dtype), *decoder.layers]
    return encoder, keras.Sequential(flat, name="decoder")


def _is_width(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _chain(input_dim, layers, dropout, name, ends_hidden=True):
    if not isinstance(dropout, (int, float)) or not 0 <= dropout < 1:
        raise ValueError(
            f"`dropout` must be in [0, 1). Received: dropout={dropout!r}. "
            "Use 0 to switch it off."
        )
    network = keras.Sequential([keras.Input((input_dim,))], name=name)
    for index, layer in enumerate(layers, start=1):
        network.add(layer)
        if dropout and (ends_hidden or index < len(layers)):
            network.add(keras.layers.Dropout(dropout, dtype=layer.dtype_policy))
    return network
