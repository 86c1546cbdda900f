"""Scales and offsets, merged into the preceding layer if it is linear."""

import math

import numpy as np

from tfae.migration.graphs.values import Layer, UnreadableError, output_of


def affine(node, values, scale, offset):
    """Scale · x + offset, merged into the preceding layer if it is linear."""
    channels = values.shape[-1] if values.shape else 1
    for one in (scale, offset):
        axes = () if one is None else one.array.shape
        if math.prod(axes) not in (1, channels) or (
            axes and axes[-1] not in (1, channels)
        ):
            raise UnreadableError(f"{node.op} with an array of shape {axes}")
    found = {}
    if scale is not None and offset is None and scale.scalar is not None:
        number = float(np.float32(scale.scalar))
        base, a = values.multiple or (values, 1.0)
        found = {"multiple": (base, a * number)}
        if not scale.made_of:
            found["scaled"] = (values, number, scale.tensor or None)
    last = values.layers[-1] if values.layers else None
    if last is not None and last.weighted:
        layer = _folded(last, scale, offset)
        return values.then(output_of(node), layer, replaces=True, **found)
    weights = {"scale": scale, "offset": offset}
    weights = {name: one for name, one in weights.items() if one is not None}
    layer = Layer("affine", values.shape, {}, weights)
    return values.then(output_of(node), layer, **found)


def _folded(layer, scale, offset):
    """A linear layer with scaled and shifted outputs."""
    weights = dict(layer.weights)
    if scale is not None:
        axis = {"transposed": -2, "depthwise": -2}.get(layer.kind, -1)
        factor = scale.array.reshape(-1)
        kernel = weights["kernel"]
        if layer.kind == "depthwise":
            shape = (*kernel.array.shape[-2:],)
            factor = np.broadcast_to(factor, math.prod(shape)).reshape(shape)
            weights["kernel"] = kernel.changed(kernel.array * factor, scale)
        else:
            factor = factor if axis == -1 else factor[:, None]
            weights["kernel"] = kernel.changed(kernel.array * factor, scale)
        if "bias" in weights:
            bias = weights["bias"]
            weights["bias"] = bias.changed(bias.array * scale.array.reshape(-1), scale)
    if offset is not None:
        channels = layer.shape[-1]
        flat = np.broadcast_to(offset.array.reshape(-1), (channels,))
        if "bias" in weights:
            bias = weights["bias"]
            weights["bias"] = bias.changed(bias.array + flat, offset)
        elif flat.shape == offset.array.shape:
            weights["bias"] = offset
        else:
            weights["bias"] = offset.changed(np.array(flat))
    return Layer(layer.kind, layer.shape, layer.options, weights)
