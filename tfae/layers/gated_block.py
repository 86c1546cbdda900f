"""The block of a gated PixelCNN."""

import keras
from keras import ops

from tfae.arguments import check_integers
from tfae.layers.masked_convolution import MaskedConv2D, pushed
from tfae.layers.own_layers import OwnLayers
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class GatedPixelBlock(OwnLayers, keras.layers.Layer):
    """Two stacks of gated masked convolutions; the horizontal one is residual.

    With the gate y = tanh(a) ⊙ σ(b) of the two halves a and b of a convolution's
    outputs, the vertical maps v, which see the rows above, and the horizontal ones h,
    which see the pixels to the left, too, become

        v′ = gate(K_v ∗ v),   h′ = h + W gate(K_h ∗ h + U (K_v ∗ v)).

    Reference:
        van den Oord et al., "Conditional Image Generation with PixelCNN Decoders", NIPS
        2016, equation 2 and figure 2.

    Args:
        filters: Positive integer, channels of each stack.
        kernel_size: Odd positive integer, height and width of the kernels before
            masking.
        dilation_rate: Positive integer, as for `MaskedConv2D`.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Pair of tensors v and h of shape `(batch, height, width, filters)`.

    Returns:
        The pair v′ and h′, of the same shapes.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> maps = np.ones((2, 5, 5, 4), "float32")
    >>> v, h = tfae.layers.GatedPixelBlock(4)([maps, maps])
    >>> h.shape
    TensorShape([2, 5, 5, 4])
    """

    def __init__(
        self, filters: int, kernel_size: int = 3, dilation_rate: int = 1, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        check_integers(filters=filters)
        self.filters = int(filters)
        self.kernel_size, self.dilation_rate = kernel_size, dilation_rate
        options = {
            "kernel_size": kernel_size,
            "mask": "B",
            "dilation_rate": dilation_rate,
            "dtype": self.dtype_policy,
        }
        masked, width = MaskedConv2D, 2 * filters
        self.down = self.own("down", masked, width, stack="vertical", **options)
        self.right = self.own("right", masked, width, stack="horizontal", **options)
        dense, policy = keras.layers.Dense, {"dtype": self.dtype_policy}
        self.link = self.own("link", dense, width, use_bias=False, **policy)
        self.residual = self.own("residual", dense, filters, **policy)

    def build(self, input_shape: Shape) -> None:
        vertical, horizontal = input_shape
        self.down.build(vertical)
        self.right.build(horizontal)
        wide = (*vertical[:-1], 2 * self.filters)
        self.link.build(wide)
        self.residual.build((*vertical[:-1], self.filters))

    def call(self, inputs: TensorLike):
        vertical, horizontal = inputs
        down = self.down(vertical)
        right = self.right(horizontal) + self.link(down)
        return gate(down), horizontal + self.residual(gate(right))

    def begin(self, batch, width):
        """Memory of an image for both stacks, as from `MaskedConv2D.begin`."""
        zeros = ops.zeros((batch, width, 2 * self.filters), self.compute_dtype)
        return {
            "down": self.down.begin(batch, width, self.filters),
            "right": self.right.begin(batch, width, self.filters),
            "link": zeros,
        }

    def enter_row(self, memory, row):
        """The vertical maps of a new row, and the memory.

        Args:
            memory: Result of `begin` or `step`.
            row: Tensor of shape `(batch, width, filters)`, the row's vertical maps.
        """
        down = self.down.enter_row(memory["down"], row)
        bias = ops.cast(self.down.bias, self.compute_dtype)
        maps = down["above"] + bias
        right = self.right.enter_row(memory["right"], row)
        return gate(maps), {"down": down, "right": right, "link": self.link(maps)}

    def step(self, memory, pixel):
        """The horizontal maps at the next pixel, `(batch, filters)`, and the memory."""
        right, after = self.right.step(memory["right"], pixel)
        outputs = pixel + self.residual(gate(right + memory["link"][:, 0]))
        link = pushed(memory["link"])
        return outputs, {**memory, "right": after, "link": link}

    def compute_output_shape(self, input_shape: Shape):
        return [tuple(shape) for shape in input_shape]

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
        }


def gate(maps):
    """The gate of maps whose channels are split into halves a and b."""
    first, second = ops.split(maps, 2, axis=-1)
    return ops.tanh(first) * ops.sigmoid(second)
