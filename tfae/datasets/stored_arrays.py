"""Examples in an `.npy` file, read by position."""

import zlib
from pathlib import Path

import numpy as np

from tfae.datasets.checks import check_count
from tfae.datasets.stored_images import StoredImages

READ_AT_ONCE = 2**25  # bytes


class StoredArray(StoredImages):
    """Examples of an `.npy` file, which is memory-mapped and read in parts.

    All examples are read once, in parts, to find NaN and infinite values. Bytes are
    treated as images, as in `tfae.datasets.load`.

    Args:
        path: `.npy` file of an array `(n, ...)` of numbers.

    Raises:
        ValueError: If the file cannot be read, or holds another type, NaN, or fewer
            than 10 examples.
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.is_file():
            raise ValueError(f"{path} does not exist. Give the path of an .npy file.")
        try:
            self.images = np.lib.format.open_memmap(self.path, mode="r")
        except (OSError, ValueError, EOFError, MemoryError) as error:
            raise ValueError(
                f"{path} is empty or damaged, or holds objects. Save a plain array of "
                "numbers with numpy.save."
            ) from error
        if self.images.dtype.kind not in "biuf" or self.images.ndim < 2:
            raise ValueError(
                f"{path} must hold numbers, one example a row. Received: "
                f"{self.images.dtype} of shape {self.images.shape}"
            )
        check_count(path, self.images.shape)
        self.shape = self.images.shape[1:]
        low, high = self._check_values()
        self.full_scale = 255 if self.images.dtype == np.uint8 and high > 1 else 1
        self.bounds = (low / self.full_scale, high / self.full_scale)

    def read(self, rows):
        import tensorflow as tf

        found = tf.numpy_function(self.take, [rows], tf.float32)
        return tf.ensure_shape(found, (None, *self.shape))

    def take(self, rows):
        """Array of the examples at positions, or in a slice, as float32."""
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            return np.asarray(self.images[rows]).astype("float32")

    def notes(self):
        """Sentences on what was read."""
        size = "×".join(map(str, self.shape))
        notes = [
            f"{len(self.images):,} examples of {size} in {self.path} "
            f"({self.images.nbytes / 1e6:,.1f} MB), read as they are needed."
        ]
        if self.full_scale > 1:
            notes.append(f"{self.path} holds bytes: divided by {self.full_scale}.")
        return notes

    def fingerprint(self):
        """Fingerprint of the file, from its shape and range."""
        told = (self.images.shape, self.images.dtype.str, self.bounds)
        return zlib.crc32(repr(told).encode())

    def _check_values(self):
        """Lowest and highest value; raises `ValueError` for NaN and infinite values."""
        low, high = np.inf, -np.inf
        count = max(1, READ_AT_ONCE // (self.images[0].nbytes or 1))
        for first in range(0, len(self.images), count):
            values = self.take(slice(first, first + count))
            finite = np.isfinite(values)
            if not finite.all():
                row = first + int(np.argwhere(~finite)[0][0])
                raise ValueError(
                    f"{self.path} holds NaN or infinite values, the first in row "
                    f"{row}. Remove or fill them before training."
                )
            low = min(low, float(values.min()))
            high = max(high, float(values.max()))
        return low, high
