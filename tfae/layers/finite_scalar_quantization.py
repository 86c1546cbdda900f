"""Quantization to a few levels per feature, without a codebook."""

import math

import keras
import numpy as np
from keras import ops

from tfae.arguments import check_widths
from tfae.types import ArrayLike, Config, Shape, Tensor, TensorLike, Widths

# Share by which the bounds exceed the outermost levels, so that these are reached.
MARGIN = 1e-3


@keras.saving.register_keras_serializable(package="tfae")
class FiniteScalarQuantizer(keras.layers.Layer):
    """Rounds each feature of a vector to one of a few levels between −1 and 1.

    A feature z of L levels is bounded by a tanh, rounded, and divided by ⌊L/2⌋; the
    codes are all ∏L combinations. There is no codebook, and so there are no untrained,
    unused vectors. The gradient ignores the rounding (straight-through estimator).

    Reference:
        Mentzer, Minnen, Agustsson & Tschannen, "Finite Scalar Quantization: VQ-VAE Made
        Simple", ICLR 2024, section 3 and appendix A.1.

    Args:
        levels: Sequence of integers > 1, the levels of each feature, such as
            `[8, 5, 5, 5]` for 1,000 codes.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., features)`, with one feature for each of
            `levels`.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `levels` are not integers > 1, or not one for each feature.

    Example:
    >>> quantizer = tfae.layers.FiniteScalarQuantizer([3, 5])
    >>> quantizer(np.array([[9.0, -9.0]])).numpy().tolist()
    [[1.0, -1.0]]
    """

    term_names = ()
    begun = True

    def __init__(self, levels: Widths, **kwargs) -> None:
        super().__init__(**kwargs)
        levels = check_widths(levels=levels)
        if not levels or min(levels) < 2:
            raise ValueError(
                "`levels` must be a sequence of integers > 1, such as [8, 5, 5, 5]. "
                f"Received: levels={levels!r}"
            )
        self.levels = levels
        self.num_codes = math.prod(levels)
        self._half = np.array([level // 2 for level in levels], "float32")
        # Mixed radix: the increment of the index for one level of each feature.
        self._strides = np.cumprod([1, *levels[:-1]]).astype("int32")
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] != len(self.levels):
            raise ValueError(
                f"There are {len(self.levels)} levels, and must be one for each "
                f"feature. Received: inputs of shape {tuple(input_shape)}. Give codes "
                f"of {len(self.levels)} features."
            )

    def call(self, inputs: TensorLike):
        wide = keras.backend.result_type(inputs.dtype, "float32")
        bounded = self._bound(ops.cast(inputs, wide))
        rounded = bounded + ops.stop_gradient(ops.round(bounded) - bounded)
        return ops.cast(rounded / ops.cast(self._half, wide), inputs.dtype)

    def indices(self, inputs: TensorLike):
        """Indices of the codes of vectors, `(batch, ...)`."""
        steps = ops.round(self._bound(ops.cast(inputs, "float32"))) + self._half
        return ops.sum(ops.cast(steps, "int32") * self._strides, axis=-1)

    def look_up(self, indices: TensorLike) -> Tensor:
        """Codes at indices, `(batch, ..., features)`."""
        indices = ops.cast(indices, "int32")[..., None]
        steps = indices // self._strides % np.array(self.levels, "int32")
        return (ops.cast(steps, "float32") - self._half) / self._half

    def gaps(self, vectors: TensorLike, indices: TensorLike):
        """Empty: the reconstruction is the only term of the loss."""
        return {}

    def draw(self):
        """`None`: nothing is random."""

    def learn(
        self,
        vectors: TensorLike,
        indices: TensorLike,
        drawn=None,
        sample_weight: ArrayLike | None = None,
    ):
        """Does nothing: there is no codebook."""

    def _bound(self, values):
        """Values between the outermost levels, which lie at whole numbers."""
        levels = np.array(self.levels, "float64")
        reach = (levels - 1) * (1 + MARGIN) / 2
        offset = np.where(levels % 2, 0, 0.5)
        shift = np.arctanh(offset / reach)
        reach, offset, shift = (
            ops.cast(one, values.dtype) for one in (reach, offset, shift)
        )
        return ops.tanh(values + shift) * reach - offset

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "levels": self.levels}
