"""Converts answers of servers to arrays, with checks of types and shapes."""

import base64
import binascii
import itertools
import math

import numpy as np

from tfae.serving.bodies import Special
from tfae.serving.tensor import tensor

KINDS = {
    type(None): "null",
    str: "strings",
    bool: "booleans",
    int: "integers",
    float: "fractions",
    dict: "objects",
    list: "lists of other lengths",
    Special: "NaN or infinite numbers",
}
# Python types of JSON values for each kind of NumPy type.
EXPECTED = {
    "f": {int, float, Special},
    "i": {int},
    "u": {int},
    "b": {bool},
    "O": {str, dict},
}


def from_lists(value, dtype, wanted, limit):
    """Converts nested lists from JSON to an array.

    Args:
        value: Value from JSON.
        dtype: NumPy's type of the array.
        wanted: Its shape, with -1 for any size.
        limit: Largest number of bytes; the JSON itself is smaller.

    Raises:
        ValueError: If it does not match; the message continues after the name of the
            array.
    """
    sizes, level = [], [value]
    while len(sizes) <= len(wanted) and all(type(one) is list for one in level):
        lengths = set(map(len, level))
        if len(lengths) != 1:
            break
        sizes.append(lengths.pop())
        level = list(itertools.chain.from_iterable(level))
        if not level:
            break
    kinds = set(map(type, level)) - EXPECTED[dtype.kind]
    deeper = kinds == {list} and len(sizes) > len(wanted)
    if kinds and not deeper:
        held = ", ".join(sorted(KINDS[kind] for kind in kinds))
        raise _no_array(dtype, f"since it holds {held}")
    _check_shape(tuple(sizes), wanted, "or more" if deeper else "")
    return _filled(level, dtype).reshape(sizes)


def _filled(values, dtype):
    """An array of values, after a check that its type can hold each of them."""
    if dtype.kind == "O":
        found = np.empty(len(values), object)
        found[:] = [_text(one, dtype) for one in values]
        return found
    # An overflow is an error for integers, but not for floats.
    wide = np.dtype("float64") if dtype.kind == "f" else dtype
    try:
        found = np.array(values, wide)
    except OverflowError as error:
        raise _no_array(dtype, "since it holds larger numbers") from error
    if dtype.kind == "f":
        large = np.abs(found) > np.finfo(dtype).max
        if any(type(values[place]) is not Special for place in np.flatnonzero(large)):
            raise _no_array(dtype, "since it holds larger numbers")
    return found.astype(dtype, copy=False)


def _text(value, dtype):
    """A string, or bytes that TF Serving sends as a base64 object."""
    if isinstance(value, str):
        return value
    try:
        (coded,) = (value["b64"],) if len(value) == 1 else ()
        return base64.b64decode(coded, validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _no_array(dtype, "since it holds objects") from error


def from_tensor(value, dtype, wanted, limit):
    """Converts a `TensorProto` to an array; otherwise as `from_lists`."""
    import tensorflow as tf
    from tensorflow.core.framework.types_pb2 import DataType

    name = DataType.Name(value.dtype) if value.dtype in DataType.values() else "unknown"
    sizes = [dimension.size for dimension in value.tensor_shape.dim]
    try:
        found = tensor(name, sizes)
    except ValueError as error:
        raise ValueError("of a shape that cannot be") from error
    text = dtype.kind == "O"
    if (found.dtype is not None and found.dtype.kind == "O") != text:
        raise _no_array(dtype, f"since it is of type {name}")
    # Before the conversion: a single value may be repeated to fill a huge shape.
    _check_shape(found.shape, wanted)
    if found.dtype != dtype:
        raise _no_array(dtype, f"since it is of type {name}")
    if math.prod(found.shape) * dtype.itemsize > limit:
        raise ValueError(f"of more than {limit} bytes")
    try:
        array = tf.make_ndarray(value)
    except (TypeError, ValueError) as error:
        raise _no_array(dtype, "since it lacks values") from error
    _check_shape(array.shape, found.shape)  # the first one may have open sizes
    return array


def matches(shape, pattern):
    """Whether a shape matches a pattern, in which -1 stands for any size."""
    return len(shape) == len(pattern) and all(
        wanted in (-1, size) for size, wanted in zip(shape, pattern, strict=True)
    )


def shown_shape(pattern):
    """Text of a pattern for messages."""
    return f"({', '.join('any' if size == -1 else str(size) for size in pattern)})"


def _check_shape(shape, wanted, more=""):
    if not matches(shape, wanted):
        raise ValueError(
            f"of shape {' '.join(filter(None, [str(shape), more]))} in place of "
            f"{shown_shape(wanted)}"
        )


def _no_array(dtype, reason):
    return ValueError(
        f"that is no array of {'strings' if dtype.kind == 'O' else dtype}, {reason}"
    )
