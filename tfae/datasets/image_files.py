"""Images in a folder: listed, decoded to bytes of one size, and checked."""

import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from tfae.datasets.found import told
from tfae.datasets.stored_images import StoredImages, resize

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
READ_AHEAD = 64  # images


class Folder(StoredImages):
    """The images of a folder, all readable and of one size.

    Files are sorted by path; hidden files are ignored. Transparency is dropped, and
    16-bit values are reduced to 8 bits. There is 1 channel if all images are grey.

    Args:
        path: Folder of images, or with one subfolder per class.
        image_size: Pair of the height and width to resize images to, or `None` for
            images of one size.
        skip_unreadable: Boolean, whether to skip unreadable files.
        keep_below: Largest size in bytes of images that are kept in memory.
        example_shape: `(height, width, channels)` of the model's inputs, with `None`
            for any size; or `None` for training images. With 3 channels, images may
            also be grey; with 1 channel, all must be grey.

    Attributes:
        files: List of the paths of the images.
        skipped: List of the paths of unreadable files.

    Raises:
        ValueError: If there are no images, a file cannot be read, or sizes differ.
    """

    def __init__(
        self,
        path,
        image_size=None,
        skip_unreadable=False,
        keep_below=None,
        example_shape=None,
    ):
        self.path, self.image_size = Path(path), image_size
        self._listed = time.time()
        self.files, self.skipped = [], []
        self._trained = example_shape is None
        *size, self._channels = example_shape or (None, None, None)
        self._wanted = None if None in size else tuple(size)
        found = self._find()
        self._keep_below = np.inf if keep_below is None else keep_below
        self._size, self._grey, self._highest = None, True, 0
        self._read(found, skip_unreadable)
        self.shape = (*self._size, self._channels or (1 if self._grey else 3))
        self.full_scale = 255 if self._highest > 1 else 1
        if self.images is not None:
            kept = self.images[: len(self.files), ..., : self.shape[-1]]
            self.images = np.ascontiguousarray(kept)
        else:
            import tensorflow as tf

            self._names = tf.constant([str(file) for file in self.files])
        self.label_names, self.labels = self._labels()

    def read(self, rows):
        import tensorflow as tf

        if self.images is not None:
            return super().read(rows)
        return tf.map_fn(
            lambda file: self._decode(file)[..., : self.shape[-1]],
            tf.gather(self._names, rows),
            fn_output_signature=tf.TensorSpec(self.shape, tf.uint8),
        )

    def notes(self):
        """Notes on the images and on skipped files."""
        size = "×".join(map(str, self.shape))
        how = ", resized" if self.image_size else ""
        notes = [f"{len(self.files)} images of {self.path} read as {size}{how}."]
        notes += self.left_out()
        notes += [told(self.label_names)] if self.label_names else []
        outside = sum(len(parts) == 1 for parts in self._inner())
        if 0 < outside < len(self.files):
            notes.append(
                f"No labels, since {outside} of the images lie in no subfolder."
            )
        return notes

    def left_out(self):
        notes = []
        if self.skipped:
            notes.append(
                f"{len(self.skipped)} files that cannot be read left out, the first "
                f"{self.skipped[0]}."
            )
        if self._others:
            kinds = ", ".join(f"{count} {one}" for one, count in self._others.items())
            notes.append(f"Files of other types left out: {kinds}.")
        return notes

    def fingerprint(self):
        """Fingerprint of the files, from their paths and sizes."""
        told = [f"{one.relative_to(self.path)} {_bytes(one)}" for one in self.files]
        return zlib.crc32("\n".join(told).encode())

    def changed(self):
        """The first file that was removed or changed since the listing."""
        for file in self.files:
            if not file.is_file() or file.stat().st_mtime > self._listed:
                return file
        return None

    def _find(self):
        """Paths of the images, in order; counts the files of other types."""
        found, others = files_in(self.path)
        kinds = (file.suffix.lower() or "without a suffix" for file in others)
        self._others = Counter(kinds)
        if not found:
            raise ValueError(
                f"{self.path} holds no images, and not only texts. Put "
                f"{', '.join(SUFFIXES)} files into it, or of texts .txt or .md files, "
                "or into one subfolder a class."
            )
        return found

    def _decode(self, file):
        import tensorflow as tf

        image = tf.io.decode_image(
            tf.io.read_file(file), channels=3, expand_animations=False
        )
        return resize(image, self.image_size)

    def _read(self, found, skip_unreadable):
        """Reads every file once to find unreadable ones."""
        import tensorflow as tf

        names = tf.data.Dataset.from_tensor_slices([str(file) for file in found])
        images = names.enumerate().map(
            lambda index, file: (index, self._decode(file)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        # Unreadable files are the gaps in the numbers of the decoded images.
        readable = images.ignore_errors().prefetch(READ_AHEAD).as_numpy_iterator()
        expected = 0
        for index, image in readable:
            self._skip(found[expected:index], skip_unreadable)
            self._take(found[index], image, len(found))
            expected = index + 1
        self._skip(found[expected:], skip_unreadable)
        if not self.files:
            raise ValueError(
                f"None of the {len(found)} images of {self.path} can be read, the "
                f"first {found[0]}."
            )

    def _skip(self, files, skip_unreadable):
        if files and not skip_unreadable:
            stream = ", or stream the folder with `skip_unreadable`"
            raise ValueError(
                f"{self.path} holds an image that cannot be read: {files[0]}. Remove "
                f"or replace it{stream if self._trained else ''}."
            )
        self.skipped += files

    def _take(self, file, image, count):
        if self._size is None:
            self._size = self._wanted or image.shape[:2]
            if count * image.size <= self._keep_below:
                self.images = np.empty((count, *self._size, 3), "uint8")
        self._check_size(image, file)
        grey = bool((image == image[..., :1]).all())
        if self._channels == 1 and not grey:
            raise ValueError(
                "The model takes grey images, of 1 channel. Received: "
                f"{file}, which is coloured. Make it grey first."
            )
        self._grey = self._grey and grey
        self._highest = max(self._highest, int(image.max()))
        if self.images is not None:
            self.images[len(self.files)] = image
        self.files.append(file)

    def _check_size(self, image, file):
        if image.shape[:2] == self._size:
            return
        wanted, found = ("×".join(map(str, s)) for s in (self._size, image.shape[:2]))
        if self._wanted:
            raise ValueError(
                f"The model takes images of {wanted}. Received: {found} of {file}. "
                "Resize the images first, like the training images."
            )
        stream = "Stream them with `image_size` to resize them."
        raise ValueError(
            f"Images must have one size, {wanted} as {self.files[0]}. Received: "
            f"{found} of {file}. {stream if self._trained else 'Resize them first.'}"
        )

    def _inner(self):
        return [file.relative_to(self.path).parts for file in self.files]

    def _labels(self):
        inner = self._inner()
        if any(len(parts) == 1 for parts in inner):
            return None, None
        names, labels = np.unique([parts[0] for parts in inner], return_inverse=True)
        return tuple(names.tolist()), labels


def files_in(folder):
    """Sorted paths of the images of a folder, and paths of files of other types."""
    files = [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]
    found = [file for file in files if file.suffix.lower() in SUFFIXES]
    return found, [file for file in files if file.suffix.lower() not in SUFFIXES]


def _bytes(file):
    return file.stat().st_size if file.is_file() else None
