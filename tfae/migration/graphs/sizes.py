"""Sizes of the axes of tensors, computed by graphs from the batch."""

import numpy as np

from tfae.migration.graphs.nodes import attribute
from tfae.migration.graphs.values import Sizes, UnreadableError, Weight

# Functions of sizes of axes; functions of two sizes exclude the batch.
OF_SIZES = {
    "Pack": lambda node, *parts: np.stack(parts, attribute(node, "axis").i),
    "ConcatV2": lambda node, *parts: np.concatenate(parts[:-1], int(parts[-1])),
    "Prod": lambda node, array, axes: np.prod(array),
    "Mul": lambda node, one, other: one * other,
    "FloorDiv": lambda node, one, other: one // other,
    "Cast": lambda node, array: array,
    "Identity": lambda node, array: array,
    "GatherV2": lambda node, array, places, axis: array[places],
    "Slice": lambda node, array, first, size: array[
        int(first[0]) : int(first[0]) + int(size[0]) if size[0] >= 0 else None
    ],
}


def compute(node, arguments):
    """`Sizes` that an operation computes from others and from constants."""
    arrays = [np.asarray(one.array) for one in arguments]
    if node.op == "StridedSlice":
        first, *ends = arrays
        return Sizes(np.asarray(first[tuple(slices(node, *ends))]))
    function = OF_SIZES.get(node.op)
    computes = node.op in ("Mul", "FloorDiv", "Prod")
    if function is None or (computes and any((one < 0).any() for one in arrays)):
        raise UnreadableError(f"{node.op} of sizes")
    return Sizes(np.asarray(function(node, *arrays)))


def slices(node, begin, end, step):
    """Slices and positions that a StridedSlice selects on each axis."""
    bits = {
        name: attribute(node, f"{name}_mask").i
        for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    if bits["ellipsis"] or bits["new_axis"]:
        raise UnreadableError(node.op)
    found = []
    for at, (b, e, s) in enumerate(
        zip(*map(np.ravel, (begin, end, step)), strict=True)
    ):
        if bits["shrink_axis"] >> at & 1:
            found.append(int(b))
            continue
        first = None if bits["begin"] >> at & 1 else int(b)
        last = None if bits["end"] >> at & 1 else int(e)
        found.append(slice(first, last, int(s)))
    return found


def known(node, found):
    """The array of sizes that do not depend on values of the input."""
    if isinstance(found, (Weight, Sizes)):
        return np.asarray(found.array)
    raise UnreadableError(f"{node.op} of a size that depends on the input")
