"""Images as bytes, in memory or in a file, read by their positions."""

import shutil
import tempfile

import numpy as np


class StoredImages:
    """Images of one size that are read by their positions.

    Attributes:
        images: Array of bytes `(n, height, width, channels)`, in memory or in a file;
            or `None` of images that are decoded whenever they are asked for.
        labels: Array of the numbers of their classes, or `None`.
        label_names: Tuple of the names of these, or `None`.
        shape: `(height, width, channels)` of an image.
        full_scale: Value that stands for 1: 255, or 1 of images of zeros and ones.
        bounds: Lowest and highest value that an example can have, scaled.
    """

    images = labels = label_names = shape = None
    full_scale = 255
    bounds = (0.0, 1.0)

    def read(self, rows):
        """Tensor of the bytes of the images at positions, in a graph, too."""
        import tensorflow as tf

        if not isinstance(self.images, np.memmap):
            return tf.gather(self._tensor(), rows)
        found = tf.numpy_function(self.images.__getitem__, [rows], tf.uint8)
        return tf.ensure_shape(found, (None, *self.shape))

    def left_out(self):
        """Sentences on what is not among them."""
        return []

    def _tensor(self):
        """The images as one tensor, which is made once."""
        import tensorflow as tf

        if not tf.is_tensor(self.images):
            with tf.init_scope():
                self.images = tf.constant(self.images)
        return self.images


def room(shape, keep_below):
    """Array of bytes, in a temporary file from `keep_below` bytes on.

    The file goes with the process.

    Raises:
        ValueError: If the disk has no room for it.
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
    """Tensor of the bytes of an image, resized to `size` but for `None`."""
    import tensorflow as tf

    if size is None:
        return image
    resized = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)
