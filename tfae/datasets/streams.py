"""Splits of images and arrays that are larger than memory."""

from pathlib import Path

import numpy as np

from tfae.arguments import check_booleans, check_integers, check_sizes, plain
from tfae.datasets import shapes
from tfae.datasets.checks import as_trained, check_count
from tfae.datasets.image_files import Folder
from tfae.datasets.sources import check_named, names_a_set
from tfae.datasets.split import Part, Split, split_rows, with_source
from tfae.datasets.stored_arrays import StoredArray
from tfae.datasets.streamed_images import Images
from tfae.datasets.tensorflow_sets import Records
from tfae.types import PathLike, Shape

# Up to this size, images are decoded once and kept as bytes in memory.
KEEP_BELOW = 2**29
STREAM_OPTIONS = ("image_size", "skip_unreadable", "image_shape")
# Bounds of the validation and the test part, which are held in memory as numbers.
MOST_HELD_OUT, HELD_OUT_BYTES = 10_000, 2**29
LARGE = 0.25  # of memory; a larger .npy file is streamed


def stream(
    path: PathLike,
    image_size: tuple[int, int] | None = None,
    validation: int | None = None,
    skip_unreadable: bool = False,
    flatten: bool = False,
    image_shape: Shape | bool | None = None,
) -> Split:
    """Images, or an array, as a split whose training part is not held in memory.

    The split and the batches are those of `load`. Each example is read once at the
    beginning; images that fit into half a gibibyte are kept as bytes. Larger folders
    are read again in every epoch, and larger named data sets are kept in a temporary
    file. The rows of an `.npy` file are always read from it. The validation and the
    test part are held in memory: a tenth of the examples each, but at most 10,000
    examples and half a gibibyte.

    Args:
        path: Folder of images, or with one subfolder per class; the name of an image
            data set of TensorFlow Datasets; or an `.npy` file of an array `(n, ...)`.
        image_size: Pair of the height and width to resize to, or `None` for images of
            one size.
        validation: Integer, number of validation examples. Defaults to a tenth of the
            training examples, within these bounds.
        skip_unreadable: Boolean, whether to skip unreadable files of a folder.
        flatten: Boolean, whether examples become vectors.
        image_shape: As for `load`, for arrays.

    Returns:
        A `tfae.datasets.Split` with `Images` as its training inputs.

    Raises:
        ValueError: As `load` raises.

    Example:
    >>> from pathlib import Path
    >>> Path("photos").mkdir()
    >>> for number in range(20):
    ...     photo = np.random.randint(0, 256, (12, 10, 3))
    ...     keras.utils.save_img(f"photos/{number}.png", photo, scale=False)
    >>> split = tfae.datasets.stream("photos", image_size=(8, 8))
    >>> split.train.inputs.shape
    (17, 8, 8, 3)
    """
    check_named(path)
    image_size = _checked(image_size)
    check_booleans(skip_unreadable=skip_unreadable)
    if validation is not None:
        check_integers(validation=validation)
    stored, rows, test_rows = _stored(str(path), image_size, skip_unreadable)
    asked = validation
    if validation is None:
        validation = min(max(1, len(rows) // 10), _most_held_out(stored.shape))
    if not 0 < validation < len(rows):
        raise ValueError(
            f"`validation` must be between 1 and {len(rows) - 1} for {path}. Received: "
            f"validation={validation}. Choose a smaller validation part."
        )
    notes = stored.notes()
    told, drawn = shapes.decided(
        stored.shape, stored.bounds, stored.full_scale, image_shape, flatten, notes
    )
    shape = (int(np.prod(told)),) if flatten else told
    parts = []
    for chosen in (rows[:-validation], rows[-validation:], test_rows):
        images = Images(stored, chosen, shape)
        labels = None if stored.labels is None else stored.labels[chosen]
        parts.append(Part(images if not parts else images[:], labels))
    split = Split(
        str(path),
        *parts,
        image_shape=drawn,
        notes=tuple(notes),
        example_shape=told,
        full_scale=stored.full_scale,
        label_names=stored.label_names,
    )
    reading = {"image_size": image_size, "skip_unreadable": bool(skip_unreadable)}
    if image_shape is not None:
        reading["image_shape"] = plain(image_shape)
    source = {"data": str(path), "validation": asked, "reading": reading}
    return with_source(split, source)


def read_images(
    path: PathLike,
    image_size: tuple[int, int] | None = None,
    skip_unreadable: bool = False,
    example_shape: Shape | None = None,
    full_scale: int | None = None,
):
    """Returns all images of a folder, as `Images`, and the list of their paths.

    Args:
        path: Folder of images, or of subfolders with images.
        image_size: As for `stream`.
        skip_unreadable: As for `stream`.
        example_shape: `(height, width, channels)` of the model's inputs, with `None`
            for any size; or `None`. With 3 channels, grey images are repeated in each.
        full_scale: Integer, the byte value that is scaled to 1: 255, or 1 for zeros and
            ones. Defaults to 255, unless the folder holds only zeros and ones.

    Raises:
        ValueError: If there are no images, an image is unreadable or has another shape,
            or values are above `full_scale`.
    """
    check_named(path)
    if not Path(path).is_dir():
        raise ValueError(
            f"{path} is not a folder. Received: path={str(path)!r}. Give a folder of "
            "images."
        )
    image_size = _checked(image_size)
    check_booleans(skip_unreadable=skip_unreadable)
    shape = example_shape or (None, None, None)
    folder = Folder(path, image_size, skip_unreadable, KEEP_BELOW, shape)
    folder.full_scale = as_trained(path, folder.full_scale, full_scale)
    return Images(folder, np.arange(len(folder.files))), folder.files


def _checked(image_size):
    """The size of images as a pair, or `None`."""
    if image_size is None:
        return None
    image_size = check_sizes(image_size=image_size)
    if 3 * np.prod(image_size, dtype="float64") > HELD_OUT_BYTES:
        raise ValueError(
            "`image_size` must be of images that memory holds by the hundred. "
            f"Received: image_size={image_size}. Choose a smaller one."
        )
    return image_size


def _stored(path, image_size, skip_unreadable):
    """The images of a path or name, and the training and test positions."""
    if Path(path).suffix == ".npy":
        if image_size is not None or skip_unreadable:
            raise ValueError(
                f"`image_size` and `skip_unreadable` are for images. Received: {path}, "
                "an array. Leave them out."
            )
        array = StoredArray(path)
        return array, *split_rows(len(array.images), _most_held_out(array.shape))
    if Path(path).is_dir():
        folder = Folder(path, image_size, skip_unreadable, KEEP_BELOW)
        check_count(path, (len(folder.files), *folder.shape))
        return folder, *split_rows(len(folder.files), _most_held_out(folder.shape))
    if not names_a_set(path):
        raise ValueError(
            "Only a folder of images, an .npy file and a data set of TensorFlow "
            f"Datasets can be streamed. Received: {path}. Leave `image_size` and "
            "`skip_unreadable` out."
        )
    if skip_unreadable:
        raise ValueError(
            "Only files of a folder can be skipped. Received: skip_unreadable=True "
            f"for {path}. Use skip_unreadable=False."
        )
    records = Records(path, image_size, KEEP_BELOW, _most_held_out)
    check_count(path, records.images.shape)
    if records.count == len(records.images):
        return records, *split_rows(records.count, _most_held_out(records.shape))
    return records, *np.split(np.arange(len(records.images)), [records.count])


def _most_held_out(shape):
    """Largest number of examples of `shape` in the validation or the test part."""
    size = int(np.prod(shape, dtype="int64")) * Images.dtype.itemsize
    return max(1, min(MOST_HELD_OUT, HELD_OUT_BYTES // size))
