"""Inspection of the layers of a network, as far as they are known."""

from types import NoneType

import keras

from tfae.layers import MaxPoolingWithSwitches2D, NearestUnpooling2D, TiedDense
from tfae.layers.tied import kernel_in_use
from tfae.types import Layer, Shape, Tensor

# Layers that keep the range of the values, at least at inference.
_WITHOUT_EFFECT = (
    keras.layers.Cropping2D,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Identity,
    keras.layers.MaxPooling2D,
    keras.layers.Reshape,
    MaxPoolingWithSwitches2D,
    NearestUnpooling2D,
)
# Layers that hold or share a kernel.
DENSE = (keras.layers.Dense, TiedDense)
_OPS_WITHOUT_EFFECT = ("reshape", "squeeze", "expanddims", "transpose")


def build(network: Layer, input_shape: Shape):
    """Builds `network` if needed, and returns the shape of its outputs."""
    try:
        shape = network.compute_output_shape(input_shape)
    except NotImplementedError:  # a class with only a `call` method
        several = isinstance(input_shape[0], (list, tuple))
        outputs = network(
            [keras.KerasTensor(shape) for shape in input_shape]
            if several
            else keras.KerasTensor(input_shape)
        )
        return keras.tree.map_structure(lambda one: one.shape, outputs)
    if not network.built:
        network.build(input_shape)
    return shape


def codes_and_switches(encoded):
    """Splits the outputs of an encoder, or their shapes, into codes and switches.

    Only encoders whose pooling stores the positions of the maxima return switches with
    the codes; see `tfae.layers.MaxPoolingWithSwitches2D`.
    """
    is_shape = isinstance(encoded, tuple) and isinstance(encoded[0], int | NoneType)
    if is_shape or not isinstance(encoded, (list, tuple)):
        return encoded, []
    codes, *switches = encoded
    return codes, switches


@keras.saving.register_keras_serializable(package="tfae")
def dense_stages(encoder: Layer, decoder: Layer) -> list[tuple[Layer, Layer]]:
    """Pairs of (encoder layer, mirrored decoder layer), outermost first.

    Raises:
        ValueError: If the decoder does not mirror the encoder, layer by layer.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 8])
    >>> [one.units for one, _ in tfae.networks.dense_stages(encoder, decoder)]
    [32, 8]
    """
    up, down = dense_layers(encoder), dense_layers(decoder)[::-1]
    if len(up) != len(down):
        raise ValueError(
            "The decoder must mirror the encoder, layer by layer. Received: "
            f"{len(up)} dense layers and {len(down)}. Make it by tfae.networks.mirror."
        )
    return [*zip(up, down, strict=True)]


def dense_layers(network: Layer) -> list[Layer]:
    """The layers of `network` that hold or share a kernel, in order."""
    return [layer for layer in network.layers if isinstance(layer, DENSE)]


def only_dense(network: Layer) -> Layer | None:
    """The dense layer that makes up `network`, or `None` if there is more."""
    layers = [
        layer
        for layer in _operations(network)
        if not isinstance(layer, keras.layers.InputLayer)
    ]
    if len(layers) == 1 and isinstance(layers[0], DENSE):
        return layers[0]
    return None


def trainable_variables(*networks):
    """Trainable variables of networks, with shared ones listed once."""
    found = {}
    for network in networks:
        found |= {id(one): one for one in network.trainable_variables}
    return [*found.values()]


def kernel_of(layer: Layer) -> Tensor:
    """Kernel of a dense layer, `(features in, out)`, its own or a shared one.

    Raises:
        ValueError: If the layer is quantized in a way that hides its kernel.

    Example:
    >>> _, decoder = tfae.networks.dense(64, [32], tie_weights=True)
    >>> tfae.networks.kernel_of(decoder.layers[-1]).shape
    TensorShape([32, 64])
    """
    if isinstance(layer, TiedDense):
        return keras.ops.transpose(kernel_in_use(layer.tied_to))
    return kernel_in_use(layer)


def first_layer(network: Layer) -> Layer | None:
    """The first layer of `network` that has a kernel, or `None`."""
    found = getattr(network, "layers", [network])
    return next((layer for layer in found if hasattr(layer, "kernel")), None)


def output_activation(network: Layer) -> str | None:
    """Name of the activation that `network` ends with, or `None` if it is unknown.

    A bare operation, such as `keras.ops.relu`, counts by its own name.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 8])
    >>> tfae.networks.output_activation(decoder)
    'sigmoid'
    """
    for layer in reversed(_operations(network)):
        if isinstance(layer, keras.layers.TimeDistributed):
            return output_activation(layer.layer)
        if hasattr(layer, "activation"):
            return getattr(layer.activation, "__name__", None)
        if isinstance(layer, keras.layers.Softmax):
            return "softmax"
        if not isinstance(layer, keras.layers.Layer):
            name = type(layer).__name__.lower()
            if name in _OPS_WITHOUT_EFFECT:
                continue
            return name if hasattr(keras.activations, name) else None
        if layer is not network and hasattr(layer, "layers"):
            return output_activation(layer)
        if not isinstance(layer, _WITHOUT_EFFECT):
            return None
    return None


def _operations(network):
    """The known operations of `network` in order: layers, and bare `ops`."""
    if isinstance(network, keras.Sequential):
        return network.layers
    return getattr(network, "operations", [network])
