"""What a signature says of its arguments."""

from typing import NamedTuple

import numpy as np

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

    Strings have the type object; it is `None` where arrays cannot stand for one.
    """

    dtype: np.dtype | None
    shape: tuple


def tensor(type_name, sizes):
    """`Tensor` of a type by TensorFlow's name and the sizes of its dimensions."""
    name = TYPES.get(type_name)
    return Tensor(name and np.dtype(name), tuple(sizes))
