"""Rows of user data: an array, a table, or a dict of arrays."""

import math
from functools import partial

import numpy as np

from tfae import batch_streams
from tfae.datasets import Images

VALUES_AT_ONCE = 2**22  # 16 MB of float32; layers need more
MOST_AT_ONCE = 16_384


def count(inputs):
    """Number of examples."""
    return len(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)


def check_in_memory(inputs):
    """Raises `ValueError` for a stream, whose examples cannot be split."""
    if batch_streams.is_stream(inputs) or isinstance(inputs, Images):
        raise ValueError(
            "The examples must be in memory, since they are split. Received: "
            f"{type(inputs).__name__}, a stream. Give other examples to calibrate on, "
            "calibration=others, or an array."
        )


def take(inputs, rows):
    """The examples with the given row indices."""
    if isinstance(inputs, dict):
        return {name: values[rows] for name, values in inputs.items()}
    return inputs[rows]


def batches(inputs, values=None):
    """The examples in batches that fit into memory.

    Args:
        inputs: Array, or dict of the arrays of columns.
        values: Integer, number of values of an example in the model. Defaults to those
            of an example in the array.
    """
    if values is None:
        values = math.prod(inputs.shape[1:])
    size = min(MOST_AT_ONCE, max(1, VALUES_AT_ONCE // max(1, values)))
    if not count(inputs):
        raise ValueError("There must be examples. Received: none.")
    for start in range(0, count(inputs), size):
        yield take(inputs, slice(start, start + size))


def checked(stream, records, check):
    """The inputs of each batch of a stream, once they have been checked.

    Args:
        stream: Stream of batches.
        records: As for `tfae.batch_streams.batches`.
        check: Function of an array and the index of its first example that returns the
            array or raises `ValueError`.
    """
    first = 0
    for batch, _ in batch_streams.batches(stream, records):
        yield batch if isinstance(batch, dict) else check(batch, first)
        first += count(batch)


class Unlabelled:
    """The inputs of a stream, which raises `ValueError` for labels beside them.

    Labels of records are left out, and targets of the inputs' shape are no labels.

    Args:
        stream: Stream of batches.
        records: As for `tfae.batch_streams.batches`.
    """

    def __init__(self, stream, records):
        self._batches = partial(batch_streams.batches, stream, records, labels=False)

    def __iter__(self):
        for inputs, told in self._batches():
            if told is not None and np.shape(told) != np.shape(inputs):
                raise ValueError(
                    "Labels in a stream would be ignored. Received: batches of "
                    "examples and labels. Map the stream to its examples, normal ones, "
                    "or give `calibrate` the labels as an array."
                )
            yield inputs


def unlabelled(inputs, records):
    """Examples, of a stream as `Unlabelled`."""
    is_stream = batch_streams.is_stream(inputs)
    return Unlabelled(inputs, records) if is_stream else inputs


def shape(inputs):
    """Shape of a batch of the examples, or `None` for named values."""
    found = getattr(inputs, "shape", None)
    return None if found is None else (None, *found[1:])


def held_out(wanted, total):
    """Number of examples to hold out of `total`, from a number or a share."""
    of_share = isinstance(wanted, (float, np.floating))
    found = round(wanted * total) if of_share and 0 < wanted < 1 else wanted
    if not (isinstance(found, (int, np.integer)) and 0 < found < total):
        raise ValueError(
            f"`calibration` must be a share in (0, 1), or a number of the {total} "
            f"examples that leaves some to train on. Received: calibration={wanted!r}."
        )
    return int(found)
