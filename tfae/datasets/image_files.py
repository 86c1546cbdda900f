"""Images in a folder: listed, decoded to bytes of one size, and checked."""

import time
from pathlib import Path

import numpy as np

from tfae.datasets.stored_images import StoredImages, resize

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


class Folder(StoredImages):
    """The images of a folder, of which all can be read and have one size.

    Files are in the order of their paths. A file is read as it is, without its
    transparency, and 16 bits of a value become 8. There is 1 channel if all are grey.

    Args:
        path: Folder of images, or of one subfolder a class.
        image_size: Pair of the height and width that images are resized to, or `None`
            for images that have one size.
        skip_unreadable: Boolean, whether files that cannot be read are left out.
        keep_below: Number of bytes up to which the images are kept in memory.

    Attributes:
        files: List of the paths of the images.
        skipped: List of the paths of files that could not be read.

    Raises:
        ValueError: If there are no images, a file cannot be read, or sizes differ.
    """

    def __init__(self, path, image_size=None, skip_unreadable=False, keep_below=None):
        self.path, self.image_size = Path(path), image_size
        self._listed = time.time()
        found = sorted(
            file for file in self.path.rglob("*") if file.suffix.lower() in SUFFIXES
        )
        if not found:
            raise ValueError(
                f"{path} holds no images. Put {', '.join(SUFFIXES)} files into it, or "
                "into one subfolder a class."
            )
        self._keep_below = np.inf if keep_below is None else keep_below
        self.files, self.skipped = [], []
        self._grey = True
        self._read(found, skip_unreadable)
        self.shape = (*self._size, 1 if self._grey else 3)
        if self.images is not None:
            kept = self.images[: len(self.files), ..., : self.shape[-1]]
            self.images = np.ascontiguousarray(kept)
        else:
            import tensorflow as tf

            self._names = tf.constant([str(file) for file in self.files])
        self.labels = self._labels()

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
        """Sentences on what was read, and left out."""
        size = "×".join(map(str, self.shape))
        how = ", resized" if self.image_size else ""
        notes = [f"{len(self.files)} images of {self.path} read as {size}{how}."]
        if self.skipped:
            notes.append(
                f"{len(self.skipped)} files that cannot be read left out, the first "
                f"{self.skipped[0]}."
            )
        return notes

    def changed(self):
        """The first file that is gone, or was written, since they were listed."""
        for file in self.files:
            if not file.is_file() or file.stat().st_mtime > self._listed:
                return file
        return None

    def _decode(self, file):
        import tensorflow as tf

        image = tf.io.decode_image(
            tf.io.read_file(file), channels=3, expand_animations=False
        )
        return resize(image, self.image_size)

    def _read(self, found, skip_unreadable):
        """Reads every file once, which alone tells whether it can be read."""
        self._size, start = None, 0
        while start < len(found):
            start += self._read_from(found[start:], len(found))
            if start == len(found):
                break
            if not skip_unreadable:
                raise ValueError(
                    f"{self.path} holds an image that cannot be read: {found[start]}. "
                    "Remove or replace it, or stream the folder with "
                    "`skip_unreadable`."
                )
            self.skipped.append(found[start])
            start += 1
        if not self.files:
            raise ValueError(
                f"None of the {len(found)} images of {self.path} can be read, the "
                f"first {found[0]}."
            )

    def _read_from(self, files, count):
        """Reads files up to one that cannot be read; returns how many it read."""
        import tensorflow as tf

        names = tf.data.Dataset.from_tensor_slices([str(file) for file in files])
        images = names.map(self._decode, num_parallel_calls=tf.data.AUTOTUNE)
        read = 0
        try:
            for image in images.prefetch(64).as_numpy_iterator():
                self._take(files[read], image, count)
                read += 1
        except tf.errors.OpError:
            pass
        return read

    def _take(self, file, image, count):
        if self._size is None:
            self._size = image.shape[:2]
            if count * image.size <= self._keep_below:
                self.images = np.empty((count, *image.shape), "uint8")
        if image.shape[:2] != self._size:
            raise ValueError(
                f"Images must have one size, {self._size[0]}×{self._size[1]} as "
                f"{self.files[0]}. Received: {image.shape[0]}×{image.shape[1]} of "
                f"{file}. Stream them with `image_size` to resize them."
            )
        self._grey = self._grey and bool((image == image[..., :1]).all())
        if self.images is not None:
            self.images[len(self.files)] = image
        self.files.append(file)

    def _labels(self):
        inner = [file.relative_to(self.path).parts for file in self.files]
        if any(len(parts) == 1 for parts in inner):
            return None
        return np.unique([parts[0] for parts in inner], return_inverse=True)[1]
