"""Builders that return an (encoder, decoder) pair of Keras models."""

import keras
import numpy as np

from tfae.layers import TiedDense

# Layers that leave the range of the values as it is, at inference at least.
_WITHOUT_EFFECT = (
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Identity,
    keras.layers.Reshape,
)


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


def center(encoder, decoder, inputs):
    """Begins two biases so that the mean of `inputs` lies in the middle.

    The encoder's first layer then sees the data with their mean taken off, and the
    decoder's last layer begins at that mean, so that neither has to be learned first.

    Args:
        encoder: Built network whose first layer with a kernel is `Dense`.
        decoder: Built network whose last layer is dense, with a linear activation.
        inputs: Array `(n, features)` of training data.

    Raises:
        ValueError: If the networks have no such layers, or these have no biases.
    """
    first, last = first_layer(encoder), decoder.layers[-1]
    dense = isinstance(first, keras.layers.Dense) and last in dense_layers(decoder)
    if (
        not (dense and first.use_bias and last.use_bias)
        or output_activation(decoder) != "linear"
    ):
        raise ValueError(
            "Centring needs dense first and last layers with biases, and a linear "
            f"output. Received: encoder={first!r}, decoder={last!r}. Leave it out, or "
            'use output_activation="linear".'
        )
    mean = np.mean(inputs, axis=0, dtype="float64")
    first.bias.assign(-mean @ keras.ops.convert_to_numpy(first.kernel))
    last.bias.assign(mean)


def build(network, input_shape):
    """Builds `network` where it is not, and returns the shape of its outputs."""
    try:
        shape = network.compute_output_shape(input_shape)
    except NotImplementedError:  # a class with no more than a `call`
        return network(keras.KerasTensor(input_shape)).shape
    if not network.built:
        network.build(input_shape)
    return shape


def dense_layers(network):
    """The layers of `network` that hold or share a kernel, in order."""
    kinds = (keras.layers.Dense, TiedDense)
    return [layer for layer in network.layers if isinstance(layer, kinds)]


def only_dense(network):
    """The dense layer that `network` consists of, or `None` if it is anything else."""
    layers = [
        layer
        for layer in _operations(network)
        if not isinstance(layer, keras.layers.InputLayer)
    ]
    if len(layers) == 1 and isinstance(layers[0], (keras.layers.Dense, TiedDense)):
        return layers[0]
    return None


def kernel_of(layer):
    """Kernel of a dense layer, `(features in, out)`, its own or the one it shares."""
    if isinstance(layer, TiedDense):
        return keras.ops.transpose(layer.tied_to.kernel)
    return layer.kernel


def output_activation(network):
    """Name of the activation that `network` ends with, or `None` if it cannot be told.

    A bare operation, such as `keras.ops.relu`, counts by its own name.
    """
    for layer in reversed(_operations(network)):
        if hasattr(layer, "activation"):
            return getattr(layer.activation, "__name__", None)
        if isinstance(layer, keras.layers.Softmax) or not isinstance(
            layer, keras.layers.Layer
        ):
            return type(layer).__name__.lower()
        if layer is not network and hasattr(layer, "layers"):
            return output_activation(layer)
        if not isinstance(layer, _WITHOUT_EFFECT):
            return None
    return None


def _operations(network):
    """What `network` does, step by step, as far as it tells: layers, and bare `ops`."""
    if isinstance(network, keras.Sequential):
        return network.layers
    return getattr(network, "operations", [network])


def first_layer(network):
    """The first layer of `network` that has a kernel, or `None`."""
    found = getattr(network, "layers", [network])
    return next((layer for layer in found if hasattr(layer, "kernel")), None)


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
