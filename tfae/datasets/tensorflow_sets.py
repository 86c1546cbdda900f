"""Image data sets of TensorFlow Datasets, as arrays and as stored images."""

import zlib

import numpy as np

from tfae.datasets.found import Found
from tfae.datasets.stored_images import StoredImages, resize, room

READ_AT_ONCE = 256  # images


def read(name):
    """The unscaled images of a data set by name, as a `Found`."""
    import tensorflow_datasets as tfds

    builder = _builder(name)
    if None in builder.info.features["image"].shape:
        raise ValueError(
            f"The images of {name} differ in size. Received: image shape "
            f"{builder.info.features['image'].shape}. Stream them with `image_size` to "
            "resize them."
        )
    _prepare(builder)
    parts = []
    for part in _parts(builder):
        columns = tfds.as_numpy(builder.as_dataset(split=part, batch_size=-1))
        parts.append((columns["image"], columns.get("label")))
    return Found(*parts, label_names=_label_names(builder))


class Records(StoredImages):
    """The images of a data set, training images first.

    They are decoded once: into memory, or into a temporary file if they are large.

    Args:
        name: Name of a data set of TensorFlow Datasets.
        image_size: Pair of the height and width that images are resized to, or `None`
            for images that have one size.
        keep_below: Number of bytes up to which the images are kept in memory.
        most_tested: Function of the shape of an image that returns the largest number
            of test examples to read.

    Attributes:
        count: Number of training examples.

    Raises:
        ValueError: If there is no such data set, sizes differ, or values are not bytes.
    """

    def __init__(self, name, image_size, keep_below, most_tested):
        builder = _builder(name)
        feature = builder.info.features["image"]
        *size, channels = feature.shape
        if image_size is None and None in size:
            raise ValueError(
                f"The images of {name} differ in size. Received: image shape "
                f"{feature.shape}. Give `image_size` to resize them."
            )
        kind = np.dtype(feature.np_dtype)
        if kind != np.uint8:
            raise ValueError(
                f"Images must be bytes to be streamed. Received: {kind} of {name}. "
                "Load it by `tfae.datasets.load`."
            )
        _prepare(builder)
        self.name, self._image_size = name, image_size
        self._version = builder.info.full_name
        self.shape = (*(image_size or size), channels)
        parts = _parts(builder)
        counts = [builder.info.splits[part].num_examples for part in parts]
        most = most_tested(self.shape)
        counts[1:] = [min(count, most) for count in counts[1:]]
        parts = [f"{part}[:{count}]" for part, count in zip(parts, counts, strict=True)]
        self.count, total = counts[0], sum(counts)
        self.images = room((total, *self.shape), keep_below)
        self.full_scale, labels = 1, []
        for part, first in zip(parts, (0, self.count), strict=False):
            labels += self._take(builder.as_dataset(split=part), first)
        self.labels = np.concatenate(labels) if labels else None
        self.label_names = _label_names(builder)

    def notes(self):
        """Sentences on what was read."""
        size = "×".join(map(str, self.shape))
        how = ", resized" if self._image_size else ""
        return [f"{len(self.images)} images of {self.name} read as {size}{how}."]

    def fingerprint(self):
        """Fingerprint of the data set and its version."""
        return zlib.crc32(self._version.encode())

    def _take(self, examples, first):
        """Stores the images of a part; returns a list of its labels, if any."""
        import tensorflow as tf

        def chosen(example):
            kept = {
                name: example[name] for name in ("image", "label") if name in example
            }
            return {**kept, "image": resize(kept["image"], self._image_size)}

        batches = examples.map(chosen, tf.data.AUTOTUNE).batch(READ_AT_ONCE)
        labels = []
        for batch in batches.prefetch(2).as_numpy_iterator():
            self.images[first : first + len(batch["image"])] = batch["image"]
            self.full_scale = 255 if batch["image"].max() > 1 else self.full_scale
            first += len(batch["image"])
            labels += [batch["label"]] if "label" in batch else []
        return labels


def _builder(name):
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name)
    except Exception as error:  # unknown name, unknown version, malformed name
        raise ValueError(
            f"There is no data set named {name!r}. Give digits, an image data set of "
            "TensorFlow Datasets such as mnist, or the path of a file or folder."
        ) from error
    if "image" not in builder.info.features:
        raise ValueError(
            f"{name} is not an image data set of TensorFlow Datasets. Received: "
            f"features {', '.join(builder.info.features)}. Save its arrays as .npz to "
            "use them."
        )
    return builder


def _label_names(builder):
    """Tuple of the names of the classes, or `None` if there are none."""
    features = builder.info.features
    names = getattr(features["label"], "names", None) if "label" in features else None
    return tuple(names) if names else None


def _parts(builder):
    """Names of the training and the test part, or only of the first part."""
    known = builder.info.splits
    return [part for part in ("train", "test") if part in known] or list(known)[:1]


def _prepare(builder):
    """Downloads and prepares a data set if it is missing."""
    import requests

    unprepared = (
        f"{builder.name} is not prepared in {builder.data_path.parent.parent} and "
        "could not be downloaded ({reason}). Connect to the network once, point "
        'TFDS_DATA_DIR at a folder that holds it, or use data="digits".'
    )
    try:
        if not builder.is_prepared():
            # TFDS retries for minutes without a network; one request is enough to find
            # out.
            for url in list(builder.url_infos or ())[:1]:
                requests.head(url, timeout=10, allow_redirects=True)
        builder.download_and_prepare()
    except Exception as error:  # of requests, of TFDS, of the file system
        reason = type(error).__name__
        raise ValueError(unprepared.format(reason=reason)) from error
