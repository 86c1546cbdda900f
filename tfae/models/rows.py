"""Examples as users have them, by rows: an array, a table, or a dict of arrays."""

import math

import numpy as np

VALUES_AT_ONCE = 2**22  # 16 MB of float32, of which layers make more
MOST_AT_ONCE = 16_384


def count(inputs):
    """Number of examples; `ValueError` for a stream, which does not tell it."""
    if isinstance(inputs, dict):
        return len(next(iter(inputs.values())))
    try:
        return len(inputs)
    except TypeError as error:
        raise ValueError(
            "The examples must be in memory, since they are split. Received: a "
            f"{type(inputs).__name__}. Give an array, or train the model by its own "
            "`fit` and call `adapt` and `calibrate`."
        ) from error


def take(inputs, rows):
    """The examples at some rows."""
    if isinstance(inputs, dict):
        return {name: values[rows] for name, values in inputs.items()}
    return inputs[rows]


def batches(inputs):
    """The examples, as many at once as memory holds; of a stream its own batches."""
    if not (isinstance(inputs, dict) or hasattr(inputs, "__getitem__")):
        for batch in inputs:
            yield batch[0] if isinstance(batch, (tuple, list)) else batch
        return
    is_table = isinstance(inputs, dict)
    features = len(inputs) if is_table else math.prod(inputs.shape[1:])
    size = min(MOST_AT_ONCE, max(1, VALUES_AT_ONCE // features))
    for start in range(0, count(inputs), size):
        yield take(inputs, slice(start, start + size))


def shape(inputs):
    """Shape of a batch of the examples, or `None` of named values."""
    found = getattr(inputs, "shape", None)
    return None if found is None else (None, *found[1:])


def held_out(wanted, total):
    """Number of examples to hold out of a total, of a number or a share."""
    of_share = isinstance(wanted, (float, np.floating))
    found = round(wanted * total) if of_share and 0 < wanted < 1 else wanted
    if not (isinstance(found, (int, np.integer)) and 0 < found < total):
        raise ValueError(
            f"`calibration` must be a share in (0, 1), or a number of the {total} "
            f"examples that leaves some to train on. Received: calibration={wanted!r}."
        )
    return int(found)
