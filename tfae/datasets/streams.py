"""Images that are more than memory holds: read when they are asked for."""

import numpy as np

from tfae.arguments import check_booleans, check_sizes
from tfae.datasets.checks import check_count
from tfae.datasets.image_files import Folder
from tfae.datasets.split import Part, Split, load, split_rows, with_source

# Images are decoded once and kept as bytes up to here, and again in every epoch beyond.
KEEP_BELOW = 2**29
MOST_HELD_OUT = 10_000  # examples of the validation and of the test part, by default


class Images:
    """Images in [0, 1] that are read as they are asked for, in place of an array.

    Args:
        folder: `tfae.datasets.image_files.Folder`.
        rows: Array of the positions in the folder of the images that these are.
        example_shape: Shape of an example. Defaults to the shape of an image.

    Attributes:
        from_files: Boolean, whether each is decoded whenever it is asked for.
    """

    dtype = np.dtype("float32")

    def __init__(self, folder, rows, example_shape=None):
        self._folder, self._rows = folder, rows
        self.shape = (len(rows), *(example_shape or folder.shape))
        self.ndim = len(self.shape)
        self.from_files = folder.images is None

    @property
    def nbytes(self):
        """Bytes of the array that it stands for."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __len__(self):
        return len(self._rows)

    def __array__(self, dtype=None, copy=None):
        raise ValueError(
            "The training images of a stream are not held in memory. Received: a use "
            "that needs all of them at once. Take some, as images[:1000], or load the "
            "folder by `tfae.datasets.load`."
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
        """The same with examples of another shape; `count` must be -1."""
        return type(self)(self._folder, self._rows, shape)

    def min(self):
        """The lowest value that an image can have."""
        return 0.0

    def max(self):
        """The highest value that an image can have."""
        return 1.0

    def _values(self, rows):
        import tensorflow as tf

        images = tf.cast(self._folder.read(rows), "float32") / 255
        return tf.reshape(images, (-1, *self.shape[1:]))


def stream(
    path, image_size=None, validation=None, skip_unreadable=False, flatten=False
):
    """A folder of images as a split whose training part is not held in memory.

    It is split as `load` splits it, and training meets the same batches. Every file is
    read once at the beginning; images that fit into half a gibibyte are kept as bytes,
    and others read again in every epoch.

    Args:
        path: Folder of images, or of one subfolder a class.
        image_size: Pair of the height and width to resize to, or `None` for images of
            one size.
        validation: Integer, number of validation examples. Defaults to a tenth of the
            training examples, and at most 10,000.
        skip_unreadable: Boolean, whether files that cannot be read are left out.
        flatten: Boolean, whether examples become vectors.

    Returns:
        A `tfae.datasets.Split`, whose training inputs are `Images`.

    Raises:
        ValueError: As `load` raises.

    Example:
    >>> split = tfae.datasets.stream("photos", image_size=(64, 64))
    """
    if image_size is not None:
        image_size = check_sizes(image_size=image_size)
    check_booleans(skip_unreadable=skip_unreadable)
    folder = Folder(path, image_size, skip_unreadable, KEEP_BELOW)
    check_count(path, (len(folder.files), *folder.shape))
    rows, test_rows = split_rows(len(folder.files), MOST_HELD_OUT)
    asked = validation
    if validation is None:
        validation = min(max(1, len(rows) // 10), MOST_HELD_OUT)
    if not 0 < validation < len(rows):
        raise ValueError(
            f"`validation` must be between 1 and {len(rows) - 1} for {path}. Received: "
            f"validation={validation}. Choose a smaller validation part."
        )
    shape = (int(np.prod(folder.shape)),) if flatten else folder.shape
    parts = []
    for chosen in (rows[:-validation], rows[-validation:], test_rows):
        images = Images(folder, chosen, shape)
        labels = None if folder.labels is None else folder.labels[chosen]
        parts.append(Part(images if not parts else images[:], labels))
    split = Split(
        str(path),
        *parts,
        image_shape=folder.shape,
        notes=tuple(folder.notes()),
        example_shape=folder.shape,
    )
    reading = {"image_size": image_size, "skip_unreadable": bool(skip_unreadable)}
    source = {"data": str(path), "validation": asked, "reading": reading}
    return with_source(split, source)


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


def check_in_memory(split, subject):
    """Raises `ValueError` for a stream, at the beginning of what cannot take one."""
    if isinstance(split.train.inputs, Images):
        raise ValueError(
            f"{subject} takes data in memory. Received: the stream of {split.name}, "
            "whose values lie in [0, 1]. Leave it out, or load the folder by "
            "`tfae.datasets.load`."
        )
