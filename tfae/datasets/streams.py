"""Images that are more than memory holds: read when they are asked for."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tfae.arguments import check_booleans, check_sizes
from tfae.datasets.checks import check_count
from tfae.datasets.image_files import Folder
from tfae.datasets.sources import check_named, names_a_set
from tfae.datasets.split import Part, Split, load, split_rows, with_source
from tfae.datasets.tensorflow_sets import Records

# Images are decoded once and kept as bytes in memory up to here.
KEEP_BELOW = 2**29
MOST_HELD_OUT = 10_000  # examples of the validation and of the test part, by default


class Images:
    """Images in [0, 1] that are read as they are asked for, in place of an array.

    Args:
        stored: `tfae.datasets.stored_images.StoredImages`.
        rows: Array of the positions in `stored` of the images that these are.
        example_shape: Shape of an example. Defaults to the shape of an image.

    Attributes:
        from_files: Boolean, whether each is decoded whenever it is asked for.
    """

    dtype = np.dtype("float32")

    def __init__(self, stored, rows, example_shape=None):
        self._stored, self._rows = stored, rows
        self.shape = (len(rows), *(example_shape or stored.shape))
        self.ndim = len(self.shape)
        self.from_files = stored.images is None

    @property
    def nbytes(self):
        """Bytes of the array that it stands for."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __len__(self):
        return len(self._rows)

    def __array__(self, dtype=None, copy=None):
        raise ValueError(
            "The training images of a stream are not held in memory. Received: a use "
            "that needs all of them at once. Take some, as images[:1000], or use "
            "`tfae.datasets.load`."
        )

    def __getitem__(self, chosen):
        rows = np.atleast_1d(self._rows[chosen])
        values = self._values(rows).numpy()
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
        return type(self)(self._stored, self._rows, shape)

    def changed(self):
        """The first file that is gone, or was written, since they were listed."""
        return self._stored.changed() if self.from_files else None

    def min(self):
        """The lowest value that an image can have."""
        return 0.0

    def max(self):
        """The highest value that an image can have."""
        return 1.0

    def _values(self, rows):
        import tensorflow as tf

        images = tf.cast(self._stored.read(rows), "float32") / 255
        return tf.reshape(images, (-1, *self.shape[1:]))


def stream(
    path, image_size=None, validation=None, skip_unreadable=False, flatten=False
):
    """Images as a split whose training part is not held in memory as numbers.

    They are split as `load` splits them, and training meets the same batches. Each is
    read once at the beginning; those that fit into half a gibibyte are kept as bytes.
    Of more, the files of a folder are read again in every epoch, and a data set by name
    is kept in a temporary file.

    Args:
        path: Folder of images, or of one subfolder a class; or the name of an image
            data set of TensorFlow Datasets.
        image_size: Pair of the height and width to resize to, or `None` for images of
            one size.
        validation: Integer, number of validation examples. Defaults to a tenth of the
            training examples, and at most 10,000.
        skip_unreadable: Boolean, whether files of a folder that cannot be read are left
            out.
        flatten: Boolean, whether examples become vectors.

    Returns:
        A `tfae.datasets.Split`, whose training inputs are `Images`.

    Raises:
        ValueError: As `load` raises.

    Example:
    >>> split = tfae.datasets.stream("photos", image_size=(64, 64))
    """
    check_named(path)
    if image_size is not None:
        image_size = check_sizes(image_size=image_size)
    check_booleans(skip_unreadable=skip_unreadable)
    stored, rows, test_rows = _stored(str(path), image_size, skip_unreadable)
    asked = validation
    if validation is None:
        validation = min(max(1, len(rows) // 10), MOST_HELD_OUT)
    if not 0 < validation < len(rows):
        raise ValueError(
            f"`validation` must be between 1 and {len(rows) - 1} for {path}. Received: "
            f"validation={validation}. Choose a smaller validation part."
        )
    shape = (int(np.prod(stored.shape)),) if flatten else stored.shape
    parts = []
    for chosen in (rows[:-validation], rows[-validation:], test_rows):
        images = Images(stored, chosen, shape)
        labels = None if stored.labels is None else stored.labels[chosen]
        parts.append(Part(images if not parts else images[:], labels))
    split = Split(
        str(path),
        *parts,
        image_shape=stored.shape,
        notes=tuple(stored.notes()),
        example_shape=stored.shape,
    )
    reading = {"image_size": image_size, "skip_unreadable": bool(skip_unreadable)}
    source = {"data": str(path), "validation": asked, "reading": reading}
    return with_source(split, source)


def _stored(path, image_size, skip_unreadable):
    """The images of a path or name, and positions to train on and to test on."""
    if Path(path).is_dir():
        folder = Folder(path, image_size, skip_unreadable, KEEP_BELOW)
        check_count(path, (len(folder.files), *folder.shape))
        return folder, *split_rows(len(folder.files), MOST_HELD_OUT)
    if not names_a_set(path):
        raise ValueError(
            "Only a folder of images and a data set of TensorFlow Datasets can be "
            f"streamed. Received: {path}. Leave `image_size` and `skip_unreadable` out."
        )
    if skip_unreadable:
        raise ValueError(
            "Files can be left out of a folder alone. Received: skip_unreadable=True "
            f"for {path}. Use skip_unreadable=False."
        )
    records = Records(path, image_size, KEEP_BELOW, MOST_HELD_OUT)
    check_count(path, records.images.shape)
    if records.count == len(records.images):
        return records, *split_rows(records.count, MOST_HELD_OUT)
    return records, *np.split(np.arange(len(records.images)), [records.count])


def read(source, validation=None, flatten=True, reading=None):
    """The split that the fields of a recipe name: by `load`, or by `stream`.

    Args:
        source: As for `load`, and so are the next two.
        validation: As for `load`.
        flatten: As for `load`.
        reading: Dict of further arguments of `stream`, or `None` for `load`.
    """
    if reading is None:
        return load(source, validation, flatten)
    return stream(source, validation=validation, flatten=flatten, **reading)


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
            f"{subject} takes data in memory. Received: the stream of {split.name}, "
            "whose values lie in [0, 1]. Leave it out, or use `tfae.datasets.load`."
        )
