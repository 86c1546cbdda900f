"""Padding of masked series whose inputs are changed."""

from keras import ops

from tfae.layers import Steps
from tfae.types import Layer, TensorLike


def keep_padding(network: Layer, inputs: TensorLike, changed):
    """Changed inputs with the original padding, so that the network still masks it.

    Args:
        network: Keras model or layer; without a `tfae.layers.Steps` with a `mask_value`
            it masks nothing.
        inputs: Tensor of shape `(batch, ...)`.
        changed: Tensor of the shape of `inputs`, such as noisy inputs.
    """
    for layer in getattr(network, "layers", ()):
        if isinstance(layer, Steps) and layer.mask_value is not None:
            there = ops.expand_dims(ops.cast(layer(inputs), "bool"), -1)
            return ops.where(there, changed, ops.cast(inputs, changed.dtype))
    return changed
