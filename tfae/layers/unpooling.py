"""Max pooling that stores the positions of its maxima, and two unpoolings."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae.arguments import check_sizes
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class MaxPoolingWithSwitches2D(keras.layers.Layer):
    """Largest value of each window, and its switch: its position in the image.

    Windows do not overlap; the last of a row or a column may extend beyond the border.
    Among equal values the first one is used, row by row, and only it gets the gradient.

    Reference:
        Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV
        2014, section 2.1.

    Args:
        pool_size: Positive integer, or a pair of them, height and width of a window.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, channels)`.

    Returns:
        Pair of tensors of shape `(batch, ⌈height/p⌉, ⌈width/q⌉, channels)` for windows
        of p × q: the maxima, and their switches, int32, positions in the flattened
        image of the example: (row · width + column) · channels + channel.

    Raises:
        ValueError: If `pool_size` is not a positive integer or pair of them, or the
            inputs are not of rank 4.

    Example:
    >>> image = np.array([[1.0, 2.0], [4.0, 3.0]]).reshape(1, 2, 2, 1)
    >>> maxima, switches = tfae.layers.MaxPoolingWithSwitches2D(2)(image)
    >>> float(maxima[0, 0, 0, 0]), int(switches[0, 0, 0, 0])
    (4.0, 2)
    """

    def __init__(self, pool_size: int | Sequence[int] = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.pool_size = check_sizes(pool_size=pool_size)
        self.input_spec = keras.layers.InputSpec(ndim=4)
        self._build_at_init()

    def call(self, inputs: TensorLike):
        if not keras.backend.is_float_dtype(inputs.dtype):
            inputs = ops.cast(inputs, self.compute_dtype)
        rows, columns, channels = ops.shape(inputs)[1:]
        high, wide = self.pool_size
        borders = ((0, 0), (0, -rows % high), (0, -columns % wide), (0, 0))
        # Lower than any value, so that padding is never the maximum.
        values = ops.pad(inputs, borders, constant_values=-np.inf)
        places = ops.pad(_places(rows, columns, channels), borders)
        maxima = switches = None
        # Comparisons of whole images, one per position in a window: XLA supports them.
        for row in range(high):
            for column in range(wide):
                here = (slice(None), slice(row, None, high), slice(column, None, wide))
                if maxima is None:
                    maxima = values[here]
                    switches = ops.broadcast_to(places[here], ops.shape(maxima))
                    continue
                larger = values[here] > maxima
                maxima = ops.where(larger, values[here], maxima)
                switches = ops.where(larger, places[here], switches)
        return maxima, switches

    def compute_output_spec(self, inputs: TensorLike):
        maxima, switches = self.compute_output_shape(inputs.shape)
        return (
            keras.KerasTensor(maxima, dtype=self.compute_dtype),
            keras.KerasTensor(switches, dtype="int32"),
        )

    def compute_output_shape(self, input_shape: Shape):
        batch, *size, channels = input_shape
        pooled = [
            None if length is None else -(-length // window)
            for length, window in zip(size, self.pool_size, strict=True)
        ]
        return (batch, *pooled, channels), (batch, *pooled, channels)

    def get_config(self) -> Config:
        return {**super().get_config(), "pool_size": self.pool_size}


class _Unpooling2D(keras.layers.Layer):
    """Base class of unpoolings of windows that do not overlap."""

    def __init__(self, pool_size=2, output_size=None, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = check_sizes(pool_size=pool_size)
        self.output_size = output_size and check_sizes(output_size=output_size)
        self._build_at_init()

    def compute_output_shape(self, input_shape: Shape):
        if len(input_shape) != 4:
            raise ValueError(
                "Unpooling takes images, (batch, height, width, channels). Received: "
                f"inputs of shape {tuple(input_shape)}"
            )
        batch, *pooled, channels = input_shape
        if self.output_size is None:
            full = [
                None if length is None else length * window
                for length, window in zip(pooled, self.pool_size, strict=True)
            ]
            return (batch, *full, channels)
        for length, window, full in zip(
            pooled, self.pool_size, self.output_size, strict=True
        ):
            if length not in (None, -(-full // window)):
                raise ValueError(
                    f"Windows of {self.pool_size} do not pool images of "
                    f"{self.output_size} to the inputs. Received: inputs of height and "
                    f"width {tuple(pooled)}. Give the `output_size` of the image that "
                    "was pooled."
                )
        return (batch, *self.output_size, channels)

    def _repeat(self, values):
        """Each value in every cell of its window, within the borders of the outputs."""
        shape = _Unpooling2D.compute_output_shape(self, values.shape)
        for axis, window in enumerate(self.pool_size, start=1):
            values = ops.repeat(values, window, axis)
        rows, columns = self.output_size or (None, None)
        values = values[:, :rows, :columns]
        # Converters to other formats need static sizes, which `repeat` loses.
        return values if None in shape[1:] else ops.reshape(values, (-1, *shape[1:]))

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "output_size": self.output_size,
        }


@keras.saving.register_keras_serializable(package="tfae")
class NearestUnpooling2D(_Unpooling2D):
    """Copies each value to all cells of its window.

    Reference:
        The gradient of sum pooling; the second unpooling of Hung-yi Lee's lectures on
        autoencoders.

    Args:
        pool_size: Positive integer, or a pair of them, height and width of a window.
        output_size: Pair of the height and width of the outputs, if the pooled image is
            not a multiple of the windows. Defaults to the multiple.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, channels)`.

    Returns:
        Tensor of shape `(batch, height · p, width · q, channels)` for windows of p × q,
        or of `output_size`.

    Raises:
        ValueError: If an argument is not made of positive integers, or inputs do not
            have the size to which `output_size` is pooled.

    Example:
    >>> tfae.layers.NearestUnpooling2D(2)(np.ones((1, 3, 4, 8))).shape
    TensorShape([1, 6, 8, 8])
    """

    def call(self, inputs: TensorLike):
        self.compute_output_shape(inputs.shape)
        return self._repeat(inputs)


@keras.saving.register_keras_serializable(package="tfae")
class MaxUnpooling2D(_Unpooling2D):
    """Restores each maximum at its original position, with zeros around it.

    It is the transposed Jacobian of `MaxPoolingWithSwitches2D`.

    Reference:
        Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV
        2014, section 2.1.

    Args:
        pool_size: Positive integer, or a pair of them, as in the pooling.
        output_size: Pair of the height and width of the pooled image, if it is not a
            multiple of the windows. Defaults to the multiple.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Pair of tensors of one shape `(batch, height, width, channels)`: values,
            and the switches of the pooling.

    Returns:
        Tensor of shape `(batch, height · p, width · q, channels)` for windows of p × q,
        or of `output_size`.

    Raises:
        ValueError: If an argument is not made of positive integers; if inputs are not
            such a pair, or do not have the size to which `output_size` is pooled; and,
            in eager mode, if a switch points outside its window.

    Example:
    >>> image = np.eye(2).reshape(1, 2, 2, 1)
    >>> maxima, switches = tfae.layers.MaxPoolingWithSwitches2D(2)(image)
    >>> tfae.layers.MaxUnpooling2D(2)([maxima, switches]).numpy()[0, :, :, 0].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """

    def call(self, inputs: TensorLike):
        values, switches = inputs
        self.compute_output_shape([values.shape, switches.shape])
        switches = ops.cast(switches, "int32")
        values, switches = self._repeat(values), self._repeat(switches)
        found = switches == _places(*ops.shape(switches)[1:])
        if tf.executing_eagerly() and ops.sum(found) < tf.size(inputs[0]):
            raise ValueError(
                "Switches must point into their windows. Received: some that do not, "
                "as those of another pooling, or of images of another size. Give those "
                "of the pooling that is undone, and its `output_size`."
            )
        return ops.where(found, values, ops.zeros_like(values))

    def compute_output_shape(self, input_shape: Shape):
        values, switches = input_shape
        if tuple(values) != tuple(switches):
            raise ValueError(
                "Each value needs its switch. Received: values of shape "
                f"{tuple(values)} and switches of shape {tuple(switches)}. Give those "
                "of the pooling that is undone."
            )
        return super().compute_output_shape(values)


def _places(rows, columns, channels):
    """Positions in the flattened image, in the shape of the image."""
    positions = ops.arange(rows * columns * channels, dtype="int32")
    return ops.reshape(positions, (1, rows, columns, channels))
