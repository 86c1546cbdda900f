"""Examples that are read when they are asked for, in the place of an array."""

import zlib
from contextlib import contextmanager

import numpy as np

from tfae.datasets.tables import Table
from tfae.texts import is_text

READ_AT_ONCE = 1000  # examples


class Images:
    """Images, or rows of a file, that are read as they are asked for.

    They stand in the place of an array; images have values in [0, 1].

    Args:
        stored: `tfae.datasets.stored_images.StoredImages`, or a `StoredArray`.
        rows: Array of the positions in `stored` of the examples that these are.
        example_shape: Shape of an example. Defaults to that in `stored`.
        function: Function of a batch, in a graph, too, that makes what examples are of
            what is stored, in the same shape; or `None`.
        bounds: Lowest and highest value of what it makes.

    Attributes:
        from_files: Boolean, whether each is decoded whenever it is asked for.
    """

    dtype = np.dtype("float32")

    def __init__(self, stored, rows, example_shape=None, function=None, bounds=None):
        self._stored, self._rows = stored, rows
        self._function, self._bounds = function, bounds or stored.bounds
        self.shape = (len(rows), *(example_shape or stored.shape))
        self.ndim = len(self.shape)
        self.from_files = stored.images is None
        self._read = None

    @property
    def size(self):
        """Number of values of the array that it stands for."""
        return int(np.prod(self.shape, dtype="int64"))

    @property
    def nbytes(self):
        """Bytes of the array that it stands for."""
        return self.size * self.dtype.itemsize

    def __len__(self):
        return len(self._rows)

    def __array__(self, dtype=None, copy=None):
        raise ValueError(
            "The training examples of a stream are not held in memory. Received: a use "
            "that needs all of them at once. Train on batches of them, as "
            "tfae.batches(images, 128) makes, take some, as images[:1000], or use "
            "`tfae.datasets.load`."
        )

    def __getitem__(self, chosen):
        import tensorflow as tf

        if self._read is None:  # in a graph, where files are read in parallel
            rows = tf.TensorSpec([None], self._rows.dtype)
            self._read = tf.function(self._values).get_concrete_function(rows)
        values = self._read(tf.constant(np.atleast_1d(self._rows[chosen]))).numpy()
        return values if np.ndim(self._rows[chosen]) else values[0]

    def gather(self, indices):
        """Tensor of the images at a tensor of positions, in a graph, too."""
        import tensorflow as tf

        return self._values(tf.gather(tf.constant(self._rows), indices))

    def reshape(self, count, *shape):
        """The same with examples of another shape; `count` is their number, or -1."""
        if count not in (-1, len(self)):
            raise ValueError(
                f"Images cannot be cut or joined. Received: {count} examples of "
                f"{len(self)}. Give -1 for their number."
            )
        return type(self)(self._stored, self._rows, shape, self._function, self._bounds)

    def mapped(self, function):
        """What a function makes of each batch, in the place of the examples.

        All are read once, to find the lowest and the highest value.
        """
        before, shape = self._function or (lambda values: values), self.shape[1:]
        made = type(self)(
            self._stored, self._rows, shape, lambda values: function(before(values))
        )
        starts = range(0, len(made), READ_AT_ONCE)
        read = (made[start : start + READ_AT_ONCE] for start in starts)
        lows, highs = zip(*((one.min(), one.max()) for one in read), strict=True)
        made._bounds = (float(min(lows)), float(max(highs)))
        return made

    def fingerprint(self):
        """Number that tells where the images come from, but not which these are."""
        return self._stored.fingerprint()

    def changed(self):
        """The first file that is gone, or was written, since they were listed."""
        return self._stored.changed() if self.from_files else None

    def min(self):
        """The lowest value that an example can have."""
        return self._bounds[0]

    def max(self):
        """The highest value that an example can have."""
        return self._bounds[1]

    def _values(self, rows):
        import tensorflow as tf

        images = tf.cast(self._stored.read(rows), "float32") / self._stored.full_scale
        images = tf.reshape(images, (-1, *self.shape[1:]))
        return images if self._function is None else self._function(images)


@contextmanager
def refusing_changes(split):
    """Context that names the file, where a stream's have changed, instead of failing.

    Raises:
        ValueError: If a file is gone or was written.
    """
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        inputs = split.train.inputs
        changed = inputs.changed() if isinstance(inputs, Images) else None
        if changed is None:
            raise
        raise ValueError(
            f"{split.name} changed while it was read. Received: {changed}, which was "
            "removed or written. Put it back and use resume=True, or train anew."
        ) from error


def check_in_memory(split, subject):
    """Raises `ValueError` for a stream, at the beginning of what cannot take one."""
    if isinstance(split.train.inputs, Images):
        raise ValueError(
            f"{subject} takes data in memory. Received: the stream of {split.name}. "
            "Leave it out, or use `tfae.datasets.load`."
        )


def is_streamed(split):
    """Whether the training part of a split is not held in memory."""
    return isinstance(split.train.inputs, Images)


def fingerprint(split):
    """Number that tells files of a stream, texts or a table from others, or `None`."""
    inputs = split.train.inputs
    if isinstance(inputs, Images | Table):
        return inputs.fingerprint()
    if not is_text(inputs):
        return None
    return zlib.crc32("\0".join(inputs).encode(errors="replace"))
