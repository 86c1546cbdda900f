"""Padding of series that a network masks, when inputs are changed ahead of it."""

from keras import ops

from tfae.layers import Steps
from tfae.types import Layer, TensorLike


def keep_padding(network: Layer, inputs: TensorLike, changed):
    """Changed inputs whose padding is as it was, so that the network still masks it.

    Args:
        network: Keras model or layer; one without a `tfae.layers.Steps` of a
            `mask_value` masks nothing.
        inputs: Tensor of shape `(batch, ...)`.
        changed: Tensor of the shape of `inputs`, such as these with noise.
    """
    for layer in getattr(network, "layers", ()):
        if isinstance(layer, Steps) and layer.mask_value is not None:
            there = ops.expand_dims(ops.cast(layer(inputs), "bool"), -1)
            return ops.where(there, changed, ops.cast(inputs, changed.dtype))
    return changed
