"""PixelRNN."""

from typing import Literal

import keras

from tfae.arguments import check_choice, check_integers
from tfae.layers import DiagonalBiLSTM, MaskedConv2D, RowLSTM
from tfae.layers.masked_convolution import check_reach
from tfae.models.pixel_model import PixelModel
from tfae.types import Config, Shape, TensorLike

LAYERS = {"row": RowLSTM, "diagonal": DiagonalBiLSTM}


@keras.saving.register_keras_serializable(package="tfae")
class PixelRNN(PixelModel):
    """A model p(x) = Π_i p(x_i | x_1, …, x_{i−1}) of pixels by recurrent layers.

    A convolution with mask A is followed by residual recurrent layers, which process
    the image row by row, `tfae.layers.RowLSTM`, or along its diagonals,
    `tfae.layers.DiagonalBiLSTM`. With the second a pixel depends on all previous
    pixels; with the first on a triangle above it and some pixels to its left.

    The loss, `nll`, is −log p(x) in nats per image; `bits_per_dimension` is the same in
    bits per pixel.

    Reference:
        van den Oord, Kalchbrenner & Kavukcuoglu, "Pixel Recurrent Neural Networks",
        ICML 2016, table 1.

    Args:
        image_shape: `(height, width, 1)`.
        levels: Integer L > 1, number of values of a pixel, equally spaced in [0, 1]:
            Bernoulli distributions for 2, softmaxes for more.
        kind: `"row"` or `"diagonal"`.
        units: Positive integer, channels of the states; the maps between the layers
            have twice as many.
        layers: Positive integer, number of recurrent layers.
        kernel_size: Odd integer, height and width of the first kernel before masking.
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
    >>> model = tfae.PixelRNN((8, 8, 1), kind="diagonal", units=4, layers=1)
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
        kind: Literal["row", "diagonal"] = "row",
        units: int = 16,
        layers: int = 2,
        kernel_size: int = 7,
        head_units: int = 64,
        embedding_dim: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(image_shape, levels, embedding_dim, head_units, **kwargs)
        check_choice(LAYERS, kind=kind)
        check_integers(units=units, layers=layers)
        check_reach(kernel_size, self.image_shape)
        self.kind, self.units, self.kernel_size = kind, int(units), kernel_size
        options = {"dtype": self.dtype_policy}

        def several(kind, width):
            return [kind(width, **options) for _ in range(layers)]

        first, dense = {"mask": "A", **options}, keras.layers.Dense
        self.first = self.own("first", MaskedConv2D, 2 * units, kernel_size, **first)
        self.recurrent = self.own("recurrent", several, LAYERS[kind], units)
        self.widen = self.own("widen", several, dense, 2 * units)

    def build(self, input_shape: Shape) -> None:
        self.first.build((*input_shape[:-1], self.channels))
        maps = (input_shape[0], *self.image_shape[:2], 2 * self.units)
        for recurrent, widen in zip(self.recurrent, self.widen, strict=True):
            recurrent.build(maps)
            widen.build((*maps[:-1], self.units))
        self._build_outputs(2 * self.units)

    def call(self, inputs: TensorLike, training: bool = False):
        maps = self.first(self.features(inputs))
        for recurrent, widen in zip(self.recurrent, self.widen, strict=True):
            maps = maps + widen(recurrent(maps))
        return self.outputs(maps)

    def begin(self, batch):
        _, width, _ = self.image_shape
        return {
            "first": self.first.begin(batch, width, self.channels),
            "recurrent": [
                layer.begin(batch, width, 2 * self.units) for layer in self.recurrent
            ],
        }

    def enter_row(self, memory, row):
        layers = zip(self.recurrent, memory["recurrent"], strict=True)
        return {
            "first": self.first.enter_row(memory["first"], row),
            "recurrent": [layer.enter_row(one) for layer, one in layers],
        }

    def step(self, memory, pixel):
        maps, first = self.first.step(memory["first"], pixel)
        after = []
        layers = zip(self.recurrent, self.widen, memory["recurrent"], strict=True)
        for recurrent, widen, one in layers:
            states, one = recurrent.step(one, maps)
            maps = maps + widen(states)
            after.append(one)
        return maps, {"first": first, "recurrent": after}

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "kind": self.kind,
            "units": self.units,
            "layers": len(self.recurrent),
            "kernel_size": self.kernel_size,
        }
