"""Limits on sizes, checked before memory runs out."""

import contextlib
import math
import os
import threading
from pathlib import Path

SPARE_WEIGHTS, SPARE_ARRAYS = 100_000, 64  # counters, seeds and such
BYTES_OF_A_WEIGHT = 4
# Limits of control groups, versions 2 and 1.
LIMITS_OF_CONTAINERS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
_LOCK = threading.RLock()  # of Keras' methods, which are patched temporarily


class TooLargeError(ValueError):
    """An object would exceed its memory limit."""


def memory():
    """Bytes of memory of this machine or container; `None` if unknown."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        there = None
    known = [there, *map(_limit_in, LIMITS_OF_CONTAINERS)]
    return min((one for one in known if one), default=None)


def _limit_in(file):
    """The number in a file, or `None` if the file is missing or holds another text."""
    try:
        return int(Path(file).read_text())
    except (OSError, ValueError):  # such as "max"
        return None


def check_memory(size, received):
    """Raises `TooLargeError` if the machine does not have `size` bytes.

    Args:
        size: Number of bytes.
        received: Description of the data, for the message.
    """
    there = memory()
    if there is not None and size > there:
        raise TooLargeError(
            f"That takes {size / 2**30:,.0f} GiB of memory, and this machine has "
            f"{there / 2**30:,.0f}. Received: {received}. Ask for less."
        )


@contextlib.contextmanager
def limited_weights(values=None, arrays=None):
    """Limits the total weights of the layers that are built in this thread.

    Args:
        values: Number of values of all weights, or `None` for as many as memory holds.
        arrays: Number of weight arrays, or `None` for any number.

    Raises:
        TooLargeError: As soon as a layer or a metric would have too many.
    """
    import keras

    if values is None:
        values = (memory() or 2**62) // BYTES_OF_A_WEIGHT
    limit = _Limit(values, arrays)
    # Keras has no hook before it creates weights.
    owners = ((keras.Layer, "add_weight"), (keras.metrics.Metric, "add_variable"))
    with _LOCK:
        originals = [getattr(owner, name) for owner, name in owners]
        for (owner, name), original in zip(owners, originals, strict=True):
            setattr(owner, name, limit.applied_to(original))
        try:
            yield
        finally:
            for (owner, name), original in zip(owners, originals, strict=True):
                setattr(owner, name, original)


class _Limit:
    """Remaining limits of the current thread."""

    def __init__(self, values, arrays):
        self.thread, self.values = threading.get_ident(), values
        self.left = values + SPARE_WEIGHTS
        self.arrays = None if arrays is None else arrays + SPARE_ARRAYS

    def applied_to(self, add):
        def limited(owner, shape=None, *arguments, **options):
            if threading.get_ident() == self.thread:
                self.take(owner.name, tuple(shape or ()))
            return add(owner, shape, *arguments, **options)

        return limited

    def take(self, name, shape):
        self.left -= math.prod(map(int, shape))
        if self.left < 0:
            raise TooLargeError(
                f"{name} would have weights of shape {shape}, where all have at most "
                f"{self.values:,} values"
            )
        if self.arrays is not None:
            self.arrays -= 1
            if self.arrays < 0:
                raise TooLargeError(f"{name} would be one of too many with weights")
