"""The layers of a checkpoint, and their effects on shapes."""

import math
from typing import NamedTuple


class StoredLayer(NamedTuple):
    """A layer of a checkpoint, at a place in a stack.

    Attributes:
        kernel: Name of its kernel.
        shape: Shape of its kernel.
        family: `"dense"`, `"convolution"` or `"transposed"`.
        stride, padding: Of a convolution, or `None`.
        before, after: Shapes of an example before the layer and after it.
        given: Shape into which `before` is flattened or folded.
        is_head: Whether it is one of the two heads of a variational autoencoder, which
            have the same input.
    """

    kernel: str
    shape: tuple
    family: str
    stride: int | None
    padding: str | None
    before: tuple
    given: tuple
    after: tuple
    is_head: bool = False

    @property
    def channels(self):
        """Number of its output channels."""
        return self.after[-1]

    @property
    def described(self):
        """Name of its kernel, with properties that its shape does not determine."""
        told = [] if self.family == "dense" else [self.family, self.padding]
        told += ["head"] if self.is_head else []
        return f"{self.kernel} ({', '.join(told)})" if told else self.kernel


def place(kernel, shape, family, stride, padding, shapes):
    """The layer of a kernel applied to the last of `shapes`.

    Raises:
        ValueError: If the kernel does not fit.
    """
    before = shapes[-1]
    taken, channels = _ends(shape, family)
    if family == "dense":
        if math.prod(before) != taken:
            raise ValueError(
                f"{kernel} {shape} cannot take {math.prod(before)} values. Give other "
                "`strides`, `padding` or `image_shape`."
            )
        return StoredLayer(
            kernel, shape, family, None, None, before, (taken,), (channels,)
        )
    given = _folded(kernel, shape, taken, shapes) if len(before) == 1 else before
    if given[-1] != taken:
        raise ValueError(
            f"{kernel} {shape} takes {taken} channels, not {given[-1]}. Give other "
            "`strides`, `padding` or `image_shape`."
        )
    sizes = [
        _size(length, size, stride, family == "transposed", padding)
        for length, size in zip(given[:2], shape[:2], strict=True)
    ]
    if min(sizes) < 1:
        raise ValueError(
            f"{kernel} {shape} is larger than images of shape {given}. Give other "
            "`strides`, `padding` or `image_shape`."
        )
    after = (*sizes, channels)
    return StoredLayer(kernel, shape, family, stride, padding, before, given, after)


def _ends(shape, family):
    """Input and output channels of a kernel."""
    before, after = shape[-2:]
    return (after, before) if family == "transposed" else (before, after)


def _folded(kernel, shape, channels, shapes):
    """Shape into which a vector is folded, of the size of an earlier image."""
    places = [one[:2] for one in shapes if len(one) == 3]
    fits = [
        (*place, channels)
        for place in reversed(places)
        if math.prod(place) * channels == shapes[-1][0]
    ]
    if not fits:
        raise ValueError(
            f"{kernel} {shape} cannot follow {shapes[-1][0]} values, which do not form "
            f"{channels} channels of any of the sizes {places}. Give other `strides`, "
            "`padding` or `image_shape`."
        )
    return fits[0]


def _size(length, kernel, stride, transposed, padding):
    """Length of an axis of images after a convolution in Keras."""
    if transposed:
        return length * stride + (max(kernel - stride, 0) if padding == "valid" else 0)
    return -(-(length - kernel + 1 if padding == "valid" else length) // stride)
