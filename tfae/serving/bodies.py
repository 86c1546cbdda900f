"""JSON of requests and answers, by `orjson` where it is installed.

Arrays and errors are the same with and without it: what the two libraries write or
read in different ways, such as NaN or a name given twice, is left to Python's `json`.
"""

import contextlib
import json

import numpy as np

try:
    import orjson
except ImportError:  # of the extra `serving`
    orjson = None


class Special(float):
    """NaN or infinity, spelled out in JSON, in contrast to an overflow."""


def write(signature, inputs):
    """Bytes of a request.

    Args:
        signature: Name of a signature.
        inputs: Dict of arrays by name.
    """
    if orjson is not None and all(map(_is_plain, inputs.values())):
        arrays = {name: _exact(array) for name, array in inputs.items()}
        with contextlib.suppress(TypeError):  # of names that are not Unicode
            return orjson.dumps(
                {"signature_name": signature, "inputs": arrays},
                option=orjson.OPT_SERIALIZE_NUMPY,
            )
    lists = {name: array.tolist() for name, array in inputs.items()}
    return json.dumps({"signature_name": signature, "inputs": lists}).encode()


def _is_plain(array):
    """Whether an array has only finite numbers or booleans; `orjson` has no NaN."""
    if array.dtype.kind == "f":
        return bool(np.isfinite(array).all())
    return array.dtype.kind in "iub"


def _exact(array):
    """An array whose numbers, as text, are the same to every server.

    The shortest text of a float32 may be that of another one to a server that reads
    float64 and rounds it, for example 7.038531e-26.
    """
    return np.ascontiguousarray(
        array, "float64" if array.dtype.kind == "f" else array.dtype
    )


def read(body, floats=False):
    """Parses a JSON body.

    Args:
        body: Bytes.
        floats: Whether integers beyond 64 bits may be read as floats, so that `orjson`
            can read the body.

    Raises:
        ValueError: If it is not JSON, or not representable in Python.
    """
    found = _read_plain(body) if floats and orjson is not None else None
    if found is not None:
        return found
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_unique, parse_constant=Special
        )
    except RecursionError as error:
        raise ValueError("The JSON is nested too deeply.") from error


def _read_plain(body):
    """What `orjson` reads, or `None` where `json` might read something else."""
    try:
        found = orjson.loads(body)
    except ValueError:  # for NaN, too
        return None
    names, level = 0, [found]
    while level := [one for one in level if isinstance(one, dict)]:
        names += sum(map(len, level))
        level = [value for one in level for value in one.values()]
    # Each name is followed by a colon. As many colons as names: no name came twice.
    return found if body.count(b":") == names else None


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("The JSON has a name twice.")
    return found
