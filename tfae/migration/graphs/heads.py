"""Slices of the output of a linear layer, such as a mean and a deviation."""

import numpy as np

from tfae.migration.graphs import sizes
from tfae.migration.graphs.nodes import attribute
from tfae.migration.graphs.values import Layer, Sizes, UnreadableError, Values, Weight


def sliced(node, values, begin, end, step):
    """A range of the features of vectors."""
    ends = (begin, end, step)
    fixed = all(isinstance(one, (Weight, Sizes)) for one in ends)
    if not isinstance(values, Values) or not fixed:
        raise UnreadableError(node.op)
    every, *some = sizes.slices(node, *(one.array for one in ends))
    plain = len(some) == 1 and isinstance(some[0], slice) and some[0].step == 1
    if every != slice(None, None, 1) or not plain:
        raise UnreadableError(node.op)
    start, stop, _ = some[0].indices(values.shape[-1])
    return _part(values, node, 0, start, stop)


def split(node, arguments):
    """Dict from the names of tensors to slices of the features of vectors."""
    equal = node.op == "Split"
    values, axis = arguments[1 if equal else 0], arguments[0 if equal else 2]
    last = isinstance(values, Values) and int(axis.array) in (-1, len(values.shape))
    if not last:
        raise UnreadableError(node.op)
    count = attribute(node, "num_split").i
    widths = [values.shape[-1] // count] * count
    if not equal:
        widths = [int(one) for one in arguments[1].array]
    ends = np.cumsum(widths)
    return {
        f"{node.name}:{at}": _part(values, node, at, int(end - width), int(end))
        for at, (width, end) in enumerate(zip(widths, ends, strict=True))
    }


def _part(values, node, output, start, stop):
    """A range of the outputs of a linear layer, such as one of its two heads."""
    last = values.layers[-1] if values.layers else None
    if last is None or last.kind != "dense" or len(values.shape) != 1:
        raise UnreadableError(f"{node.op} of values of shape {values.shape}")
    weights = {
        name: weight.changed(weight.array[..., start:stop])
        for name, weight in last.weights.items()
    }
    layer = Layer("dense", (stop - start,), last.options, weights)
    return values.then(f"{node.name}:{output}", layer, replaces=True)
