"""Images as bytes, in memory or in a file, read by position."""

import shutil
import tempfile

import numpy as np


class StoredImages:
    """Images of one size, read by position.

    Attributes:
        images: Array of bytes `(n, height, width, channels)`, in memory or in a file;
            or `None` for images that are decoded at each access.
        labels: Array of class numbers, or `None`.
        label_names: Tuple of class names, or `None`.
        shape: `(height, width, channels)` of an image.
        full_scale: Byte value scaled to 1: 255, or 1 for images of zeros and ones.
        bounds: Lowest and highest possible value of an example, after scaling.
    """

    images = labels = label_names = shape = None
    full_scale = 255
    bounds = (0.0, 1.0)

    def read(self, rows):
        """Tensor of the bytes of the images at positions; also works in a graph."""
        import tensorflow as tf

        if not isinstance(self.images, np.memmap):
            return tf.gather(self._tensor(), rows)
        found = tf.numpy_function(self.images.__getitem__, [rows], tf.uint8)
        return tf.ensure_shape(found, (None, *self.shape))

    def left_out(self):
        """Notes on skipped files."""
        return []

    def _tensor(self):
        """The images as one tensor, created once."""
        import tensorflow as tf

        if not tf.is_tensor(self.images):
            with tf.init_scope():
                self.images = tf.constant(self.images)
        return self.images


def room(shape, keep_below):
    """Array of bytes, in a temporary file if larger than `keep_below` bytes.

    The file is removed when the process ends.

    Raises:
        ValueError: If the disk has too little free space.
    """
    size, folder = int(np.prod(shape, dtype="int64")), tempfile.gettempdir()
    if size <= keep_below:
        return np.empty(shape, "uint8")
    free = shutil.disk_usage(folder).free
    if size > free:
        raise ValueError(
            f"{shape[0]} images of {'×'.join(map(str, shape[1:]))} take "
            f"{size / 1e9:.1f} GB. Received: {folder}, which has {free / 1e9:.1f} GB "
            "free. Point TMPDIR at another folder, or choose a smaller `image_size`."
        )
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, "uint8", "w+", shape=shape)


def resize(image, size):
    """Tensor of the bytes of an image, resized to `size` unless it is `None`."""
    import tensorflow as tf

    if size is None:
        return image
    resized = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)
