"""How large things may be: refused before they fill all memory."""

import contextlib
import os
import threading

SPARE_WEIGHTS = 100_000  # counters, seeds and such
BYTES_OF_A_WEIGHT = 4


class TooLargeError(ValueError):
    """Something would take more than it may."""


def memory():
    """Bytes of memory that this machine has, or `None` where that cannot be told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def check_memory(size, received):
    """Raises `TooLargeError` if the machine does not have `size` bytes.

    Args:
        size: Number of bytes.
        received: What takes them, for the message.
    """
    there = memory()
    if there is not None and size > there:
        raise TooLargeError(
            f"That takes {size / 2**30:,.0f} GiB of memory, of {there / 2**30:,.0f} "
            f"that this machine has. Received: {received}. Ask for less."
        )


@contextlib.contextmanager
def limited_weights(most=None):
    """Refuses to build layers with more weights in all, in this thread.

    Args:
        most: Number of weights, or `None` for what fits into memory.

    Raises:
        TooLargeError: As soon as a layer or a metric is to have too many.
    """
    import keras

    if most is None:
        most = (memory() or 2**62) // BYTES_OF_A_WEIGHT
    left, thread = [most + SPARE_WEIGHTS], threading.get_ident()
    # Where Keras makes them, which tells nobody before it does.
    owners = ((keras.Layer, "add_weight"), (keras.metrics.Metric, "add_variable"))
    originals = [getattr(owner, name) for owner, name in owners]

    def counted(original):
        def add(self, shape=None, *arguments, **options):
            if threading.get_ident() == thread:
                size = 1
                for length in shape or ():
                    size *= int(length)
                left[0] -= size
                if left[0] < 0:
                    raise TooLargeError(
                        f"{self.name} would have weights of shape {tuple(shape)}, "
                        f"where all have at most {most:,} values"
                    )
            return original(self, shape, *arguments, **options)

        return add

    for (owner, name), original in zip(owners, originals, strict=True):
        setattr(owner, name, counted(original))
    try:
        yield
    finally:
        for (owner, name), original in zip(owners, originals, strict=True):
            setattr(owner, name, original)
