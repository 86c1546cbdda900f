"""Streams: data that give their examples in batches, in place of an array.

A stream is a `tf.data.Dataset`, a `keras.utils.PyDataset`, a loader of Grain or another
object that can be iterated again, or a generator, which can be read once. A batch holds
inputs, or (inputs, labels), or the fields `image` and `label` by name, as the records
of TensorFlow Datasets do.
"""

import itertools
import sys
from collections.abc import Iterator, Mapping

import numpy as np

HELD_BYTES = 2**29  # of a stream that is read into memory


def is_stream(data):
    """Whether data give their examples in batches."""
    known = (str, bytes, list, tuple, Mapping)
    if isinstance(data, known) or hasattr(data, "shape") or hasattr(data, "columns"):
        return False
    return hasattr(data, "__iter__") or _is_py_dataset(data)


def is_once(data):
    """Whether a stream can be read only once, as a generator."""
    return isinstance(data, Iterator)


def is_endless(data):
    """Whether a stream is known to have no end."""
    if hasattr(data, "element_spec"):
        count = getattr(data, "cardinality", 0)  # a number of a distributed one
        return int(count() if callable(count) else count) == -1
    if _is_py_dataset(data):
        return data.num_batches is None
    sampler = getattr(data, "_sampler", None)  # of Grain's DataLoader
    if hasattr(sampler, "_num_epochs"):
        return sampler._num_epochs is None
    return hasattr(data, "__len__") and len(data) == sys.maxsize  # of Grain's repeat()


def check_ends(data, remedy="Leave repeat() out, or take some batches."):
    """Raises `ValueError` if a stream is known to have no end."""
    if is_endless(data):
        raise ValueError(
            "The stream must end. Received: a "
            f"{type(data).__name__} that repeats without an end. {remedy}"
        )


def check_again(data, why):
    """Raises `ValueError` if a stream can be read only once.

    Args:
        data: Data of any kind.
        why: The start of the message: what reads the stream several times.
    """
    if is_stream(data) and is_once(data):
        raise ValueError(
            f"{why} Received: a {type(data).__name__}, which can be read once. Give a "
            "tf.data.Dataset, a PyDataset, a loader of Grain or an array."
        )


def by_position(batch, labels=True):
    """The fields `image` and `label` of a record as a tuple; other batches unchanged.

    Args:
        batch: Batch of a stream.
        labels: Boolean, whether to take the labels.
    """
    if not (isinstance(batch, dict) and "image" in batch):
        return batch
    names = ("image", "label") if labels and "label" in batch else ("image",)
    return tuple(batch[name] for name in names)


def batches(data, records=True, whole=True, labels=True):
    """Yields the inputs of each batch of a stream, and the labels or `None`, as arrays.

    Only one batch at a time is in memory, besides those that the stream prepares.

    Args:
        data: Stream.
        records: Boolean, whether dicts are records of TensorFlow Datasets; otherwise
            they are passed on as inputs.
        whole: Boolean, whether all batches will be read.
        labels: Boolean, whether to take the labels of records.

    Raises:
        ValueError: If the stream has no end or no batch, holds single examples, or has
            another number of labels than of examples.
    """
    if whole:
        check_ends(data)
    none = True
    for batch in _each(data):
        none = False
        batch = by_position(batch, labels) if records else batch
        parts = batch if isinstance(batch, (tuple, list)) else (batch,)
        inputs, told = (*parts, None)[:2]
        if isinstance(inputs, dict) and not records:
            yield inputs, told
            continue
        inputs = _array(inputs)
        told = None if told is None else _array(told)
        if told is not None and told.shape[:1] != inputs.shape[:1]:
            raise ValueError(
                "A batch must hold a label for each example. Received: labels of shape "
                f"{told.shape} for inputs of shape {inputs.shape}."
            )
        yield inputs, told
    if none:
        raise ValueError(
            "There must be examples. Received: a stream without a batch, or a "
            "generator that was read before."
        )


class Mapped:
    """A stream with a function applied to its inputs.

    Args:
        data: Stream that can be read again.
        function: Function of the inputs of a batch.
    """

    def __init__(self, data, function):
        check_again(data, "The stream is read several times.")
        self._data, self._function = data, function

    def __iter__(self):
        for inputs, labels in batches(self._data):
            yield np.asarray(self._function(inputs)), labels


def parts(inputs, size, whole=True):
    """Yields the inputs in parts: `size` rows of an array, or a stream's batches."""
    if is_stream(inputs):
        yield from (batch for batch, _ in batches(inputs, whole=whole))
        return
    yield from (inputs[at : at + size] for at in range(0, len(inputs), size))


def first(inputs, count):
    """The first `count` examples of an array or a stream."""
    if not is_stream(inputs):
        return inputs[:count]
    check_again(inputs, "The first examples of the stream are read twice.")
    found = []
    for batch, _ in batches(inputs, whole=False):
        found.append(batch[: count - sum(map(len, found))])
        if sum(map(len, found)) == count:
            break
    return np.concatenate(found)


def held(data, name="The stream"):
    """Inputs and labels of a whole stream in memory, as arrays; labels may be `None`.

    Raises:
        ValueError: If they take more than half a gibibyte.
    """
    found, labels, size = [], [], 0
    for inputs, told in batches(data):
        size += inputs.nbytes
        if size > HELD_BYTES:
            raise ValueError(
                f"{name} is held in memory, at most {HELD_BYTES / 2**20:,.0f} MiB. "
                f"Received: a {type(data).__name__} of more. Take fewer batches of it."
            )
        found.append(inputs)
        labels.append(told)
    return np.concatenate(found), None if labels[0] is None else np.concatenate(labels)


def _each(data):
    """The batches of a stream, as it gives them."""
    if hasattr(data, "as_numpy_iterator"):
        return data.as_numpy_iterator()
    if _is_py_dataset(data):
        steps = itertools.count()
        steps = steps if data.num_batches is None else range(data.num_batches)
        return map(data.__getitem__, steps)
    return iter(data)


def _array(values):
    """An array of the values of a batch."""
    array = np.asarray(values)
    if not array.ndim or (array.dtype == object and not hasattr(values, "dtype")):
        raise ValueError(
            "A batch must be an array of examples, or a pair of arrays of inputs and "
            f"labels. Received: a {type(values).__name__}. Map the stream to such, and "
            "batch it."
        )
    return array


def _is_py_dataset(data):
    import keras

    return isinstance(data, keras.utils.PyDataset)
