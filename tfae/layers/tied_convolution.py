"""A transposed convolution that shares the kernel of an encoder's convolution."""

import keras
import tensorflow as tf
from keras import ops

from tfae.arguments import check_sizes
from tfae.layers.tied import Tied
from tfae.types import Config, Layer, Shape


@keras.saving.register_keras_serializable(package="tfae")
class TiedConv2DTranspose(Tied):
    """A transposed convolution with the kernel of another layer's convolution.

    It is the gradient of that convolution, with its strides and padding, with respect
    to its inputs: each value is multiplied by the kernel and spread over its window,
    and overlaps are added.

    Reference:
        Masci et al., "Stacked Convolutional Auto-Encoders for Hierarchical Feature
        Extraction", ICANN 2011, section 3 (weights flipped over both dimensions).

    Args:
        tied_to: The `keras.layers.Conv2D` that owns the kernel, channels last and
            without dilation. It must be built before this layer.
        output_size: Pair of the height and width of the outputs, which is ambiguous for
            a strided convolution. Defaults to the smallest size with `padding="valid"`,
            and to the multiple of the strides otherwise.
        activation: Activation function or its name. Defaults to linear.
        use_bias: Boolean, whether to add a bias. Defaults to `True`.
        bias_initializer: Initializer of the bias. Defaults to `"zeros"`.
        bias_regularizer: Regularizer of the bias. Defaults to none.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, filters)`.

    Returns:
        Tensor of shape `(batch, *output_size, channels)`.

    Raises:
        ValueError: If `tied_to` is not such a layer, is not built, does not have as
            many filters as the inputs have channels, or does not map images of
            `output_size` to the size of the inputs.

    Example:
    >>> convolution = keras.layers.Conv2D(3, 3, strides=2, padding="same")
    >>> codes = convolution(np.ones((1, 5, 7, 2)))
    >>> tfae.layers.TiedConv2DTranspose(convolution, output_size=(5, 7))(codes).shape
    TensorShape([1, 5, 7, 2])
    """

    rank = 4

    def __init__(
        self, tied_to: Layer, output_size: Shape | None = None, **kwargs
    ) -> None:
        super().__init__(tied_to, **kwargs)
        plain = isinstance(tied_to, keras.layers.Conv2D) and not (
            tied_to.data_format != "channels_last"
            or set(tied_to.dilation_rate) != {1}
            or tied_to.groups != 1
        )
        if not plain:
            raise ValueError(
                "`tied_to` must be a keras.layers.Conv2D of channels last, without "
                f"dilation and groups. Received: tied_to={tied_to!r}"
            )
        self.output_size = output_size and check_sizes(output_size=output_size)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        full = self.compute_output_shape(input_shape)
        expected = self.tied_to.compute_output_shape(full)
        for length, wanted in zip(input_shape[1:3], expected[1:3], strict=True):
            if None not in (length, wanted) and length != wanted:
                raise ValueError(
                    f"{self.tied_to.name!r} makes images of {tuple(expected[1:3])} of "
                    f"those of {tuple(full[1:3])}. Received: inputs of height and "
                    f"width {tuple(input_shape[1:3])}. Give the `output_size` of what "
                    "it was given."
                )

    def _undo(self, inputs, kernel):
        batch, rows, columns, _ = ops.shape(inputs)
        shape = self.compute_output_shape((batch, rows, columns, None))
        # With an explicit size: Keras' version infers it from ambiguous paddings.
        return tf.nn.conv2d_transpose(
            inputs, kernel, shape, self.tied_to.strides, self.tied_to.padding.upper()
        )

    def compute_output_shape(self, input_shape: Shape):
        owner = self.tied_to
        batch, *size, _ = input_shape
        channels = owner.kernel.shape[2]
        if self.output_size is not None:
            return (batch, *self.output_size, channels)
        reach = owner.kernel_size if owner.padding == "valid" else owner.strides
        full = [
            None if length is None else (length - 1) * stride + last
            for length, stride, last in zip(size, owner.strides, reach, strict=True)
        ]
        return (batch, *full, channels)

    def get_config(self) -> Config:
        return {**super().get_config(), "output_size": self.output_size}
