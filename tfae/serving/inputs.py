"""Conversion of inputs to the shapes and types of a signature."""

import numpy as np

from tfae.serving.answers import matches, shown_shape
from tfae.serving.wording import shown


def fit(what, specs, inputs):
    """Converts inputs to a dict of arrays that fit the specs of a signature.

    Args:
        what: Text that names the signature and the server in messages.
        specs: Dict from name to `Tensor`.
        inputs: Array, or a dict of arrays.

    Raises:
        ValueError: If the inputs do not fit.
    """
    if not isinstance(inputs, dict):
        inputs = dict.fromkeys(specs if len(specs) == 1 else (), inputs)
    if set(inputs) != set(specs):
        received = ", ".join(map(str, inputs)) or "an array"
        raise ValueError(
            f"{what} takes a dict of {shown(', '.join(specs))}. Received: "
            f"{shown(received)}"
        )
    arrays = {}
    for name, spec in specs.items():
        takes = f"{what} takes {shown(name)}"
        array = _array(takes, inputs[name])
        if spec.dtype.kind == "O" and array.dtype.kind in "OSU":
            array = _texts(takes, array)
        if not array.ndim or not matches(array.shape, spec.shape) or not len(array):
            raise ValueError(
                f"{takes} of shape {shown_shape(spec.shape)}. Received: {array.shape}"
            )
        if not _holds(spec.dtype, array):
            raise ValueError(
                f"{takes} of type {spec.dtype}. Received: {array.dtype} with values "
                "that it cannot hold"
            )
        arrays[name] = array.astype(spec.dtype, copy=False)
    if len({len(array) for array in arrays.values()}) != 1:
        raise ValueError(f"The inputs of {what} must have as many rows each.")
    return arrays


def _array(takes, value):
    try:
        return np.asarray(value)
    except Exception as error:  # of any array class
        raise ValueError(
            f"{takes} as an array with the examples as rows. Received: an object of "
            f"type {type(value).__name__} that NumPy makes no array of"
        ) from error


def _texts(takes, array):
    """An array with bytes decoded to strings."""
    try:
        texts = [x.decode() if isinstance(x, bytes) else x for x in array.flat]
        # Lone surrogates cannot be encoded.
        _ = [x.encode() for x in texts if isinstance(x, str)]
    except UnicodeError as error:
        raise ValueError(
            f"{takes} as texts. Received: strings that are not UTF-8"
        ) from error
    found = np.empty(len(texts), object)
    found[:] = texts
    return found.reshape(array.shape)


def _holds(dtype, array):
    """Whether `dtype` can hold the values of `array`; only floats may be rounded."""
    if dtype.kind == "O":
        return all(isinstance(text, str) for text in array.flat)
    if array.dtype.kind not in "biuf":
        return False
    if dtype.kind == "f":
        limit = np.finfo(dtype).max
        return not (np.isfinite(array) & (np.abs(array) > limit)).any()
    with np.errstate(invalid="ignore"):  # NaN is not equal to any integer
        return bool((array.astype(dtype) == array).all())
