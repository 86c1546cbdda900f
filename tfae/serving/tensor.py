"""Types and shapes of the arguments of a signature."""

import re
from typing import NamedTuple

import numpy as np

from tfae.arguments import is_integer

MOST_DIMENSIONS = 64  # of a NumPy array
SIZE = re.compile(r"-1|[0-9]{1,19}")
TYPES = {
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_BOOL": "bool",
    "DT_STRING": "object",
} | {
    f"DT_{kind}{bits}": f"{kind.lower()}{bits}"
    for kind in ("INT", "UINT")
    for bits in (8, 16, 32, 64)
}


class Tensor(NamedTuple):
    """Type and shape of an argument; -1 in the shape stands for any size.

    Strings have the type object; the type is `None` if NumPy has no equivalent.
    """

    dtype: np.dtype | None
    shape: tuple


def tensor(type_name, sizes):
    """`Tensor` from TensorFlow's name of the type and the sizes of its dimensions.

    Args:
        type_name: Such as `"DT_FLOAT"`.
        sizes: List of integers, or of their strings, as in JSON.

    Raises:
        ValueError: If the sizes are invalid.
    """
    if len(sizes) > MOST_DIMENSIONS:
        raise ValueError(f"There are {len(sizes)} dimensions.")
    sizes = [_size(one) for one in sizes]
    name = TYPES.get(type_name)
    return Tensor(name and np.dtype(name), tuple(sizes))


def _size(value):
    if isinstance(value, str) and SIZE.fullmatch(value):
        value = int(value)
    if not is_integer(value) or not -1 <= value < 2**63:
        raise ValueError("A dimension has a size that is no integer >= -1.")
    return int(value)
