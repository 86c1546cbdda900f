"""Convolutions over the pixels before each pixel, in row order."""

from typing import Literal

import keras
from keras import ops

from tfae.arguments import check_choice, check_integers, is_integer
from tfae.types import Config, Initializer, Shape, TensorLike

STACKS = ("both", "vertical", "horizontal")


def check_reach(kernel_size, image_shape):
    """Raises `ValueError` if a kernel exceeds images of a shape."""
    height, width, _ = image_shape
    widest = 2 * max(height, width) - 1
    if is_integer(kernel_size) and kernel_size > widest:
        raise ValueError(
            f"`kernel_size` must be at most {widest} for images of {height}×{width}, "
            f"over which its mask would reach. Received: kernel_size={kernel_size}"
        )


@keras.saving.register_keras_serializable(package="tfae")
class MaskedConv2D(keras.layers.Layer):
    """A convolution of the pixels before each pixel, in raster order.

    Mask A hides the pixel itself, mask B shows it. Hidden pixels have no weights: there
    is one kernel for the rows above and one for the pixels to the left. Each stack of a
    gated PixelCNN has one of the two. In the vertical stack with mask B the kernel
    includes the pixel's own row, for maps that already depend only on the rows above.
    `begin`, `enter_row` and `step` compute the same pixel by pixel, for sampling.

    Reference:
        van den Oord, Kalchbrenner & Kavukcuoglu, "Pixel Recurrent Neural Networks",
        ICML 2016, section 3.4; van den Oord et al., "Conditional Image Generation with
        PixelCNN Decoders", NIPS 2016, section 2.2, for the two stacks.

    Args:
        filters: Positive integer, number of output channels.
        kernel_size: Odd positive integer, height and width of the kernel before
            masking.
        mask: `"A"` or `"B"`.
        stack: `"both"`, the rows above and the pixels to the left; `"vertical"` or
            `"horizontal"`, only the first or only the second.
        dilation_rate: Positive integer d: the kernel reads every d-th row and column.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, channels)`.

    Returns:
        Tensor of shape `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> image = np.ones((1, 5, 5, 1), "float32")
    >>> layer = tfae.layers.MaskedConv2D(1, 3, mask="A", kernel_initializer="ones")
    >>> float(layer(image)[0, 0, 0, 0]), float(layer(image)[0, 2, 2, 0])
    (0.0, 4.0)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        mask: Literal["A", "B"] = "B",
        stack: Literal["both", "vertical", "horizontal"] = "both",
        dilation_rate: int = 1,
        kernel_initializer: Initializer = "glorot_uniform",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_integers(
            filters=filters, kernel_size=kernel_size, dilation_rate=dilation_rate
        )
        check_choice(("A", "B"), mask=mask)
        check_choice(STACKS, stack=stack)
        if kernel_size % 2 == 0 or (kernel_size == 1 and mask == "A"):
            raise ValueError(
                "`kernel_size` must be odd, and 3 or more under mask A. Received: "
                f"kernel_size={kernel_size}, mask={mask!r}"
            )
        self.filters, self.kernel_size = int(filters), int(kernel_size)
        self.mask, self.stack = mask, stack
        self.dilation_rate = int(dilation_rate)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def build(self, input_shape: Shape) -> None:
        channels, reach = input_shape[-1], self.kernel_size // 2
        own = self.mask == "B"
        rows = reach + (own and self.stack == "vertical")
        self.above = self.left = None
        if self.stack != "horizontal" and rows:
            self.above = self._weights("above", (rows, self.kernel_size), channels)
        if self.stack != "vertical" and reach + own:
            self.left = self._weights("left", (1, reach + own), channels)
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def _weights(self, name, size, channels):
        return self.add_weight(
            (*size, channels, self.filters), self.kernel_initializer, name=name
        )

    def call(self, inputs: TensorLike):
        outputs = ops.cast(self.bias, self.compute_dtype)
        side = self._side()
        if self.above is not None:
            before, hidden = self._spans()["above"]
            rows = ops.pad(inputs, ((0, 0), (before, 0), (side, side), (0, 0)))
            rows = rows[:, : rows.shape[1] - hidden]
            outputs += self._convolve(rows, self.above)
        if self.left is not None:
            before, hidden = self._spans()["left"]
            pixels = ops.pad(inputs, ((0, 0), (0, 0), (before, 0), (0, 0)))
            pixels = pixels[:, :, : pixels.shape[2] - hidden]
            outputs += self._convolve(pixels, self.left)
        return outputs

    def begin(self, batch, width, channels):
        """Memory of an image: its last rows and last pixels.

        Args:
            batch: Number of images, an integer or a tensor.
            width: Integer, pixels per row.
            channels: Integer, channels of the inputs.

        Returns:
            Dict of tensors.
        """
        rows, columns = (self._remembered(name) for name in ("above", "left"))
        return {
            "rows": ops.zeros((batch, rows, width, channels), self.compute_dtype),
            "pixels": ops.zeros((batch, columns, channels), self.compute_dtype),
            "above": ops.zeros((batch, width, self.filters), self.compute_dtype),
        }

    def enter_row(self, memory, row):
        """Memory at the beginning of a row.

        Args:
            memory: Dict that `begin` or `step` returned.
            row: Tensor of shape `(batch, width, channels)`: the last visible row, which
                is the one above, or with mask B of a vertical stack the row itself.
        """
        memory = {**memory, "pixels": ops.zeros_like(memory["pixels"])}
        if self.above is None:
            return memory
        rows, side = pushed(memory["rows"], row), self._side()
        padded = ops.pad(rows, ((0, 0), (0, 0), (side, side), (0, 0)))
        above = self._convolve(padded, self.above)[:, 0]
        return {**memory, "rows": rows, "above": above}

    def step(self, memory, pixel):
        """Output at the next pixel of a row, and the memory after it.

        Args:
            memory: Dict that `enter_row` or `step` returned.
            pixel: Tensor of shape `(batch, channels)`: the last visible pixel, which is
                the one to the left with mask A, and the pixel itself with mask B.

        Returns:
            Pair of a tensor of shape `(batch, filters)`, and a dict.
        """
        outputs = ops.cast(self.bias, self.compute_dtype)
        if self.above is not None:
            outputs += memory["above"][:, 0]
            memory = {**memory, "above": pushed(memory["above"])}
        if self.left is not None:
            pixels = pushed(memory["pixels"], pixel)
            seen = pixels[:, :: self.dilation_rate][:, : self.left.shape[1]]
            width = seen.shape[1] * seen.shape[2]
            kernel = ops.cast(self.left, self.compute_dtype)
            outputs += ops.matmul(
                ops.reshape(seen, (-1, width)), ops.reshape(kernel, (width, -1))
            )
            memory = {**memory, "pixels": pixels}
        return outputs, memory

    def _spans(self):
        """Preceding positions that each kernel needs, and last ones that it hides."""
        own = self.mask == "B"
        spans = {}
        for name, kernel, axis in (("above", self.above, 0), ("left", self.left, 1)):
            shown = own and (name == "left" or self.stack == "vertical")
            taps = 0 if kernel is None else kernel.shape[axis]
            hidden = 0 if shown else self.dilation_rate
            spans[name] = (max(taps - 1, 0) * self.dilation_rate + hidden, hidden)
        return spans

    def _remembered(self, name):
        """Number of rows above, or pixels to the left, that a step needs."""
        if getattr(self, name) is None:
            return 0
        before, hidden = self._spans()[name]
        return before + (hidden == 0)

    def _side(self):
        return self.kernel_size // 2 * self.dilation_rate

    def _convolve(self, inputs, kernel):
        kernel = ops.cast(kernel, self.compute_dtype)
        return ops.conv(inputs, kernel, dilation_rate=self.dilation_rate)

    def compute_output_shape(self, input_shape: Shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "mask": self.mask,
            "stack": self.stack,
            "dilation_rate": self.dilation_rate,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def pushed(queue, last=None):
    """A queue along the second axis without its first entry, with `last` appended."""
    last = ops.zeros_like(queue[:, 0]) if last is None else last
    return ops.concatenate([queue[:, 1:], last[:, None]], axis=1)
