"""The gated PixelCNN."""

import keras
from keras import ops

from tfae.arguments import check_integers, check_widths
from tfae.layers import GatedPixelBlock, MaskedConv2D
from tfae.layers.masked_convolution import check_reach
from tfae.models.pixel_model import PixelModel
from tfae.types import Config, Shape, TensorLike, Widths


@keras.saving.register_keras_serializable(package="tfae")
class PixelCNN(PixelModel):
    """A model p(x) = Π_i p(x_i | x_1, …, x_{i−1}) of pixels by masked convolutions.

    The first convolutions, with mask A, see the pixels before each pixel, with separate
    stacks for the rows above and the pixels to the left; gated residual blocks with
    mask B follow. A pixel depends on all previous pixels if the first kernel and the
    dilations of the blocks cover the image, (kernel_size − 1)/2 + Σ dilations >= its
    size − 1, and no dilation is larger than the sum of the previous terms.

    The loss, `nll`, is −log p(x) in nats per image; `bits_per_dimension` is the same in
    bits per pixel.

    Reference:
        van den Oord, Kalchbrenner & Kavukcuoglu, "Pixel Recurrent Neural Networks",
        ICML 2016; van den Oord et al., "Conditional Image Generation with PixelCNN
        Decoders", NIPS 2016, equation 2.

    Args:
        image_shape: `(height, width, 1)`.
        levels: Integer L > 1, number of values of a pixel, equally spaced in [0, 1]:
            Bernoulli distributions for 2, softmaxes for more.
        filters: Positive integer, channels of each stack.
        kernel_size: Odd integer, height and width of the first kernels before masking.
        dilations: Sequence of positive integers, one for each block of 3 × 3 kernels.
        head_units: Positive integer, width of the layer before the last.
        embedding_dim: Positive integer, size of a learned embedding of each level, for
            levels that are not quantities, such as codebook indices; or `None` to use
            the values.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of levels of shape `(batch, height, width, 1)`.

    Returns:
        Logits, a tensor of shape `(batch, height, width, 1)`, or `(…, levels)` for more
        than two.

    Raises:
        ValueError: If an argument is outside its range, or the first kernel exceeds the
            image; in `fit`, if values are not levels, or targets differ from the
            inputs.

    Example:
    >>> model = tfae.PixelCNN((8, 8, 1), filters=8, kernel_size=7, dilations=[1, 2])
    >>> model.compile(optimizer="adam")
    >>> images = np.random.randint(0, 2, (20, 8, 8, 1)).astype("float32")
    >>> history = model.fit(images, epochs=2, verbose=0)
    >>> model.sample(5, seed=1).shape
    TensorShape([5, 8, 8, 1])
    """

    def __init__(
        self,
        image_shape: Shape,
        levels: int = 2,
        filters: int = 32,
        kernel_size: int = 7,
        dilations: Widths = (1, 2, 4, 8),
        head_units: int = 64,
        embedding_dim: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(image_shape, levels, embedding_dim, head_units, **kwargs)
        check_integers(filters=filters)
        check_reach(kernel_size, self.image_shape)
        self.filters, self.kernel_size = int(filters), kernel_size
        self.dilations = tuple(check_widths(dilations=dilations))
        options = {"dtype": self.dtype_policy}
        first = {"kernel_size": kernel_size, "mask": "A", **options}
        above, left = {"stack": "vertical"}, {"stack": "horizontal"}

        def blocks():
            return [
                GatedPixelBlock(filters, dilation_rate=dilation, **options)
                for dilation in self.dilations
            ]

        self.above = self.own("above", MaskedConv2D, filters, **above, **first)
        self.left = self.own("left", MaskedConv2D, filters, **left, **first)
        self.blocks = self.own("blocks", blocks)

    def build(self, input_shape: Shape) -> None:
        shape = (*input_shape[:-1], self.channels)
        self.above.build(shape)
        self.left.build(shape)
        maps = (*shape[:-1], self.filters)
        for block in self.blocks:
            block.build([maps, maps])
        self._build_outputs(self.filters)

    def call(self, inputs: TensorLike, training: bool = False):
        features = self.features(inputs)
        vertical = self.above(features)
        horizontal = vertical + self.left(features)
        for block in self.blocks:
            vertical, horizontal = block([vertical, horizontal])
        return self.outputs(horizontal)

    def begin(self, batch):
        _, width, _ = self.image_shape
        return {
            "above": self.above.begin(batch, width, self.channels),
            "left": self.left.begin(batch, width, self.channels),
            "blocks": [block.begin(batch, width) for block in self.blocks],
        }

    def enter_row(self, memory, row):
        above = self.above.enter_row(memory["above"], row)
        bias = ops.cast(self.above.bias, self.compute_dtype)
        vertical, blocks = above["above"] + bias, []
        for block, one in zip(self.blocks, memory["blocks"], strict=True):
            vertical, after = block.enter_row(one, vertical)
            blocks.append(after)
        left = self.left.enter_row(memory["left"], row)
        return {"above": above, "left": left, "blocks": blocks}

    def step(self, memory, pixel):
        vertical, above = self.above.step(memory["above"], pixel)
        maps, left = self.left.step(memory["left"], pixel)
        maps, blocks = vertical + maps, []
        for block, one in zip(self.blocks, memory["blocks"], strict=True):
            maps, after = block.step(one, maps)
            blocks.append(after)
        return maps, {"above": above, "left": left, "blocks": blocks}

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilations": self.dilations,
        }
