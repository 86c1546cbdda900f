"""Examples that are read on access, used in place of an array."""

import zlib
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

from tfae.datasets.tables import Table
from tfae.texts import is_text
from tfae.types import Array, Shape, TensorLike

READ_AT_ONCE = 2**24  # values
RESUME = "Restore it and use resume=True, or train again."
# Errors of a function of arrays when it is called on tensors of a graph.
OF_ARRAYS = (AttributeError, NotImplementedError, TypeError)


class Images:
    """Images, or rows of a file, that are read on access.

    They are used in place of an array; images have values in [0, 1].

    Args:
        stored: `tfae.datasets.stored_images.StoredImages`, or a `StoredArray`.
        rows: Array of the positions of the examples in `stored`.
        example_shape: Shape of an example. Defaults to that in `stored`.

    Attributes:
        from_files: Boolean, whether images are decoded at each access.
    """

    dtype = np.dtype("float32")

    def __init__(self, stored, rows: Array, example_shape: Shape | None = None) -> None:
        self._stored, self._rows = stored, rows
        # The examples before a function or a reshape.
        self._source = self._function = None
        self._bounds = stored.bounds
        self.shape = (len(rows), *(example_shape or stored.shape))
        self.ndim = len(self.shape)
        self.from_files = stored.images is None
        self._read = None

    @property
    def size(self) -> int:
        """Number of values of the equivalent array."""
        return int(np.prod(self.shape, dtype="int64"))

    @property
    def nbytes(self) -> int:
        """Bytes of the equivalent array."""
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

        if self._read is None:  # in a graph, which reads files in parallel
            rows = tf.TensorSpec([None], self._rows.dtype)
            self._read = tf.function(self._values).get_concrete_function(rows)
        values = self._read(tf.constant(np.atleast_1d(self._rows[chosen]))).numpy()
        return values if np.ndim(self._rows[chosen]) else values[0]

    def gather(self, indices: TensorLike):
        """Tensor of the images at a tensor of positions; also works in a graph."""
        import tensorflow as tf

        return self._values(tf.gather(tf.constant(self._rows), indices))

    def reshape(self, count: int, *shape):
        """These examples in another shape; `count` is their number, or -1."""
        if count not in (-1, len(self)):
            raise ValueError(
                f"Images cannot be cut or joined. Received: {count} examples of "
                f"{len(self)}. Give -1 for their number."
            )
        return self._derived(shape)

    def mapped(self, function: Callable[..., Any]):
        """These examples with a function applied to each batch.

        Args:
            function: Function of a batch that returns one of the same shape, written in
                TensorFlow operations.

        Raises:
            ValueError: If it only takes arrays, or returns another shape.
        """
        _check_function(function, self.shape[1:])
        return self._derived(self.shape[1:], function)

    def _derived(self, shape, function=None):
        made = type(self)(self._stored, self._rows, shape)
        made._source, made._function, made._bounds = self, function, None
        return made

    @property
    def bounds(self):
        """Lowest and highest possible value.

        After a function, they are found once, by reading all examples.
        """
        if self._bounds is None and self._function is None:
            self._bounds = self._source.bounds
        elif self._bounds is None:
            size = max(1, READ_AT_ONCE // max(1, self.size // max(1, len(self))))
            read = (self[at : at + size] for at in range(0, len(self), size))
            found = ((one.min(), one.max()) for one in read)
            lows, highs = zip(*found, strict=True)
            self._bounds = (float(min(lows)), float(max(highs)))
        return self._bounds

    @property
    def labels(self):
        """Array of class numbers of the examples, or `None`."""
        labels = self._stored.labels
        return None if labels is None else labels[self._rows]

    def fingerprint(self):
        """Fingerprint of the source of the images, without the selected positions."""
        return self._stored.fingerprint()

    def left_out(self):
        """Notes on the skipped files of a folder."""
        return self._stored.left_out()

    def changed(self):
        """The first file that was removed or changed since the listing."""
        return self._stored.changed() if self.from_files else None

    def min(self):
        """The lowest possible value."""
        return self.bounds[0]

    def max(self):
        """The highest possible value."""
        return self.bounds[1]

    def _values(self, rows):
        import tensorflow as tf

        if self._source is None:
            values = tf.cast(self._stored.read(rows), "float32")
            values /= self._stored.full_scale
        else:
            values = self._source._values(rows)
        if self._function is not None:
            values = tf.cast(self._function(values), "float32")
        return tf.reshape(values, (-1, *self.shape[1:]))


def _check_function(function, shape):
    """Raises `ValueError` if a function takes no tensors or changes their shape."""
    import tensorflow as tf

    spec = tf.TensorSpec((None, *shape), "float32")
    graph = tf.function(lambda values: function(values), autograph=False)
    try:
        traced = graph.get_concrete_function(spec)
    except OF_ARRAYS as error:
        raise ValueError(
            "A stream is changed by TensorFlow operations. Received: a function that "
            f"takes no tensors ({str(error).splitlines()[0][:100]}). Write it with "
            "keras.ops, or use `tfae.datasets.load`."
        ) from error
    found = getattr(traced.structured_outputs, "shape", None)
    if found is None or tuple(found[1:]) != tuple(shape):
        raise ValueError(
            "A function of a stream must keep the shape of the examples, "
            f"{tuple(shape)}. Received: one that returns {found}. Use "
            "`tfae.datasets.load`, or `reshape` of the stream."
        )


@contextmanager
def refusing_changes(inputs, name: str, advice: str = RESUME):
    """Context that reports the changed file of a stream instead of other errors.

    Args:
        inputs: `Images`, or an array, which has no files.
        name: Name of the examples in the message.
        advice: Last sentence of the message.

    Raises:
        ValueError: If a file was removed or changed.
    """
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        changed = inputs.changed() if isinstance(inputs, Images) else None
        if changed is None:
            raise
        raise ValueError(
            f"{name} changed during reading. Received: {changed}, which was "
            f"removed or changed. {advice}"
        ) from error


def check_in_memory(split, subject):
    """Raises `ValueError` for a stream where data must be in memory."""
    if isinstance(split.train.inputs, Images):
        raise ValueError(
            f"{subject} takes data in memory. Received: the stream of {split.name}. "
            "Leave it out, or use `tfae.datasets.load`."
        )


def is_streamed(split) -> bool:
    """Whether the training part of a split is not held in memory."""
    return isinstance(split.train.inputs, Images)


def fingerprint(split):
    """Fingerprint of the files of a stream, of texts or of a table, or `None`."""
    inputs = split.train.inputs
    if isinstance(inputs, Images | Table):
        return inputs.fingerprint()
    if not is_text(inputs):
        return None
    return zlib.crc32("\0".join(inputs).encode(errors="replace"))
