"""Shapes of images, given by the user or inferred from an array."""

import math

from tfae.arguments import is_integer, plain

CHANNELS = (1, 3, 4)
SMALLEST_SIDE = 8  # of squares that are recognized as images


def checked(image_shape, size=None):
    """`(height, width, channels)` from the argument of a user.

    Args:
        image_shape: Sequence of a height, a width, and 1, 3 or 4 channels. Defaults to
            1 channel.
        size: Integer, number of values of an example, or `None` if unknown.

    Raises:
        ValueError: If it is not such a sequence, or has another number of values.
    """
    found = plain(image_shape)
    found = [*found, 1] if isinstance(found, list) and len(found) == 2 else found
    fits = isinstance(found, list) and len(found) == 3
    if not (fits and all(is_integer(n) and n > 0 for n in found)) or (
        found[2] not in CHANNELS
    ):
        raise ValueError(
            "`image_shape` must be a height, a width and 1, 3 or 4 channels. Received: "
            f"image_shape={image_shape!r}. Give it as (28, 28) or (32, 32, 3)."
        )
    if size is not None and math.prod(found) != size:
        raise ValueError(
            "`image_shape` must have as many values as an example. Received: "
            f"image_shape={tuple(found)}, which has {math.prod(found):,}, for examples "
            f"of {size:,} values."
        )
    return tuple(int(n) for n in found)


def of_examples(shape):
    """`(height, width, channels)` of examples of a shape, or `None` if not images."""
    shape = (*shape, 1) if len(shape) == 2 else tuple(shape)
    is_image = len(shape) == 3 and min(shape[:2]) > 1 and shape[2] in CHANNELS
    return shape if is_image else None


def square(size):
    """`(side, side)` of a square grey image with `size` values, or `None`."""
    side = math.isqrt(size)
    return (side, side) if side >= SMALLEST_SIDE and side**2 == size else None
