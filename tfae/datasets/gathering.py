"""Batches gathered from the examples of an array or a stream of images."""

import math
from functools import partial

import numpy as np

from tfae.datasets.streamed_images import Images

# TensorFlow copies an array for its own use, and briefly twice. Larger ones are read
# where they are.
COPIED_BYTES = 2**25
ALIGNED_BYTES = 64  # others are copied once more


def reader(array):
    """A function that gathers the examples at a tensor of positions."""
    import tensorflow as tf

    if isinstance(array, Images):
        return array.gather
    kind = tf.as_dtype(array.dtype)
    if array.nbytes <= COPIED_BYTES or kind == tf.string:
        return partial(tf.gather, tf.convert_to_tensor(array))

    def gather(positions):
        taken = tf.numpy_function(partial(_taken, array), [positions], kind)
        return tf.ensure_shape(taken, (*positions.shape, *array.shape[1:]))

    return gather


def _taken(array, positions):
    """The examples of an array at some positions, aligned as TensorFlow takes them."""
    shape = (*positions.shape, *array.shape[1:])
    size = math.prod(shape) * array.itemsize
    room = np.empty(size + ALIGNED_BYTES, "uint8")
    start = -room.ctypes.data % ALIGNED_BYTES
    found = room[start : start + size].view(array.dtype).reshape(shape)
    return np.take(array, positions, axis=0, out=found, mode="clip")
