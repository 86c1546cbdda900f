"""Operations across the values of an example: products, convolutions, shapes."""

import math

import numpy as np

from tfae.migration.graphs.nodes import attribute
from tfae.migration.graphs.sizes import known
from tfae.migration.graphs.values import (
    Layer,
    OpenShapeError,
    Sizes,
    UnreadableError,
    Weight,
    output_of,
)


def matrix_product(reading, node, values, weight):
    """X W of vectors."""
    plain = not attribute(node, "transpose_a").b and not attribute(node, "adj_x").b
    if not (isinstance(weight, Weight) and weight.array.ndim == 2 and plain):
        raise UnreadableError(f"{node.op} of two tensors that depend on the input")
    kernel = weight
    if attribute(node, "transpose_b").b or attribute(node, "adj_y").b:
        turned = not weight.transposed
        kernel = Weight(
            weight.array.T, weight.tensor, weight.key, turned, weight.made_of
        )
    if values.shape in ((None,), None):
        raise OpenShapeError(len(kernel.array))
    if values.shape != kernel.array.shape[:1]:
        raise UnreadableError(f"{node.op} of values of shape {values.shape}")
    layer = Layer("dense", kernel.array.shape[1:], {}, {"kernel": kernel})
    return values.then(output_of(node), layer)


def convolution(reading, node, values, weight):
    """A convolution of images, plain or depthwise."""
    options = _stepping(node)
    kernel = _kernel(node, weight)
    depthwise = node.op != "Conv2D"
    height, width, channels, filters = kernel.array.shape
    if len(values.shape) != 3 or values.shape[-1] != channels:
        raise UnreadableError(f"{node.op} of values of shape {values.shape}")
    rates = options["dilation_rate"]
    kernels = [1 + (k - 1) * r for k, r in zip((height, width), rates, strict=True)]
    size = _shrunk(values.shape[:2], kernels, options["strides"], options["padding"])
    outputs = channels * filters if depthwise else filters
    kind = "depthwise" if depthwise else "convolution"
    layer = Layer(kind, (*size, outputs), options, {"kernel": kernel})
    return values.then(output_of(node), layer)


def transposed_convolution(reading, node, wanted, weight, values):
    """The gradient of a convolution, with its given output size."""
    options = _stepping(node)
    kernel = _kernel(node, weight)
    shape = tuple(known(node, wanted)[1:])
    height, width, channels, filters = kernel.array.shape
    fits = len(values.shape) == 3 and values.shape[-1] == filters
    before = _shrunk(shape[:2], (height, width), options["strides"], options["padding"])
    if not fits or before != values.shape[:2] or shape[-1] != channels:
        raise UnreadableError(f"{node.op} of values of shape {values.shape}")
    if options.pop("dilation_rate") != (1, 1):
        raise UnreadableError(f"{node.op} with dilation")
    layer = Layer("transposed", shape, options, {"kernel": kernel})
    return values.then(output_of(node), layer)


def pool(reading, node, values):
    """The maximum or the mean of windows."""
    options = _stepping(node, dilations=False)
    batch, *window, channels = attribute(node, "ksize").list.i
    if len(values.shape) != 3 or batch != 1 or channels != 1:
        raise UnreadableError(f"{node.op} over other axes than height and width")
    size = _shrunk(values.shape[:2], window, options["strides"], options["padding"])
    options |= {"pool_size": tuple(window), "average": node.op == "AvgPool"}
    return values.then(
        output_of(node), Layer("pool", (*size, values.shape[-1]), options)
    )


def mean(reading, node, values, axes):
    """The mean of each map."""
    chosen = sorted(int(one) % 4 for one in np.atleast_1d(axes.array))
    if len(values.shape) != 3 or chosen != [1, 2] or attribute(node, "keep_dims").b:
        raise UnreadableError(node.op)
    return values.then(output_of(node), Layer("average", values.shape[-1:]))


def resize(reading, node, values, wanted):
    """Images resized to more rows and columns."""
    size = tuple(map(int, known(node, wanted)))
    if len(values.shape) != 3:
        raise UnreadableError(f"{node.op} of values of shape {values.shape}")
    *before, channels = values.shape
    if size == tuple(before):
        return values.same(output_of(node))
    corners, halves = (
        attribute(node, name).b for name in ("align_corners", "half_pixel_centers")
    )
    times = tuple(-(-n // m) for n, m in zip(size, before, strict=True))
    whole = all(t * m == n for t, m, n in zip(times, before, size, strict=True))
    if node.op == "ResizeBilinear":
        layer = Layer("bilinear", (*size, channels), {"size": times})
        usable = whole and halves and not corners
    else:
        layer = Layer("nearest", (*size, channels), {"size": times})
        half = 0.5 if halves else 0
        usable = not corners and all(
            all(int((i + half) * m / n) == i // t for i in range(n))
            for t, m, n in zip(times, before, size, strict=True)
        )
    if not usable:
        raise UnreadableError(f"TF1's {node.op} from {values.shape} to {size}")
    return values.then(output_of(node), layer)


def reshape(reading, node, values, wanted):
    """The same values in another shape."""
    batch, *shape = map(int, known(node, wanted))
    left = [at for at, one in enumerate(shape) if one < 0]
    if left:
        given = math.prod(one for one in shape if one >= 0)
        if len(left) > 1 or not given or values.size % given:
            raise UnreadableError(f"{node.op} to {[batch, *shape]}")
        shape[left[0]] = values.size // given
    if math.prod(shape) != values.size or batch not in (-1, reading.batch):
        raise UnreadableError(f"{node.op} to {[batch, *shape]}, across examples")
    return _shaped(node, values, tuple(shape))


def expand(reading, node, values, axis):
    at = int(axis.array.reshape(-1)[0])
    at = at if at >= 0 else len(values.shape) + 2 + at
    if at < 1:
        raise UnreadableError(f"{node.op} before the batch axis")
    shape = [*values.shape]
    shape.insert(at - 1, 1)
    return _shaped(node, values, tuple(shape))


def squeeze(reading, node, values):
    axes = [int(one) for one in attribute(node, "squeeze_dims").list.i]
    axes = [one if one >= 0 else len(values.shape) + 1 + one for one in axes]
    kept = [
        size
        for at, size in enumerate(values.shape, start=1)
        if size != 1 or (axes and at not in axes)
    ]
    if 0 in axes or not axes:
        raise UnreadableError(f"{node.op} of unspecified axes")
    return _shaped(node, values, tuple(kept))


def transpose(reading, node, values, order):
    """Another order of the axes of an example."""
    order = [int(one) for one in order.array]
    if order[:1] != [0]:
        raise UnreadableError(f"{node.op} of the batch axis")
    shape = tuple(values.shape[one - 1] for one in order[1:])
    if order == sorted(order):
        return values.same(output_of(node))
    return values.then(
        output_of(node), Layer("permute", shape, {"dims": tuple(order[1:])})
    )


def pad(reading, node, values, paddings, value=None):
    """Zeros around images."""
    around = np.asarray(paddings.array).tolist()
    zero = value is None or not np.any(value.array)
    if len(around) != 4 or around[0] != [0, 0] or around[3] != [0, 0] or not zero:
        raise UnreadableError(node.op)
    rows, columns = map(tuple, around[1:3])
    height, width, channels = values.shape
    shape = (height + sum(rows), width + sum(columns), channels)
    return values.then(
        output_of(node), Layer("pad", shape, {"padding": (rows, columns)})
    )


def _shaped(node, values, shape):
    if shape == values.shape:
        return values.same(output_of(node))
    last = values.layers[-1] if values.layers else None
    layer = Layer("reshape", shape)
    joined = last is not None and last.kind == "reshape"  # two become one
    return values.then(output_of(node), layer, replaces=joined)


def _stepping(node, dilations=True):
    """Strides, padding and dilation of an operation on windows."""
    layout = attribute(node, "data_format").s.decode() or "NHWC"
    padding = attribute(node, "padding").s.decode().lower()
    if layout != "NHWC" or padding not in ("same", "valid"):
        raise UnreadableError(f"{node.op} of {layout} with {padding} padding")
    strides = tuple(attribute(node, "strides").list.i[1:3])
    options = {"strides": strides, "padding": padding}
    if dilations:
        rates = tuple(attribute(node, "dilations").list.i[1:3]) or (1, 1)
        options["dilation_rate"] = rates
    return options


def _kernel(node, weight):
    if not (isinstance(weight, Weight) and weight.array.ndim == 4):
        raise UnreadableError(f"{node.op} with a kernel that depends on the input")
    return weight


def _shrunk(size, window, strides, padding):
    """Height and width after a window has moved over images."""
    if None in size:
        raise UnreadableError("images of a size that the graph leaves open")
    if padding == "same":
        return tuple(-(-n // s) for n, s in zip(size, strides, strict=True))
    return tuple(
        (n - k) // s + 1 for n, k, s in zip(size, window, strides, strict=True)
    )


def sizes_of(reading, node, values):
    """The sizes of the axes of a tensor."""
    if None in values.shape:
        raise UnreadableError(f"{node.op} of an open shape")
    return Sizes(np.array([-1, *values.shape]))
