"""Layers that keep the largest activations and set the others to zero."""

import keras
import tensorflow as tf
from keras import ops

from tfae.arguments import check_booleans, check_integers, is_real
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class LifetimeSparsity(keras.layers.Layer):
    """Keeps the largest activations of each unit over a batch.

    In training every unit keeps the share `rate` of its activations in the batch, the
    highest ones; ties keep the first. The gradient passes only through these. At
    inference all are kept. Feature maps, `(batch, height, width, channels)`, are kept
    or set to zero as a whole, by their highest activation; with `spatial` only this
    activation of a map is kept, also at inference.

    Reference:
        Makhzani & Frey, "Winner-Take-All Autoencoders", NIPS 2015: section 2 for
        vectors, section 3 for feature maps.

    Args:
        rate: Float in (0, 1], share of the batch on which a unit stays active. At
            least one example is kept.
        spatial: Boolean, whether to keep only the highest activation of each feature
            map, with ties resolved to the first, row by row. Defaults to `False`.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., units)`.
        training: Boolean.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `rate` is outside (0, 1], or codes are not feature maps with
            `spatial`; in training on a batch of one example, in which all units would
            be kept, unless `rate` is 1.

    Example:
    >>> codes = np.arange(8.0).reshape(4, 2)
    >>> tfae.layers.LifetimeSparsity(0.25)(codes, training=True).numpy()[-2:].tolist()
    [[0.0, 0.0], [6.0, 7.0]]
    """

    def __init__(self, rate: float, spatial: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        check_booleans(spatial=spatial)
        if not is_real(rate) or not 0 < rate <= 1:
            raise ValueError(
                f"`rate` must be in (0, 1]. Received: rate={rate!r}. Use 1 to switch "
                "it off."
            )
        self.rate = float(rate)  # converts NumPy numbers for JSON
        self.spatial = bool(spatial)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: TensorLike, training: bool = False):
        if self.spatial and len(inputs.shape) < 3:
            raise ValueError(
                "Spatial sparsity takes feature maps, (batch, height, width, "
                f"channels). Received: inputs of shape {tuple(inputs.shape)}. Leave "
                "`spatial` out."
            )
        values = inputs
        if self.spatial:
            values = inputs * ops.cast(_highest_of_maps(inputs), inputs.dtype)
        if not training or self.rate == 1:
            return values
        if inputs.shape[0] == 1:
            raise ValueError(
                "Lifetime sparsity compares the examples of a batch and needs several. "
                "Received: a batch of 1. Raise the batch size."
            )
        spatial = tuple(range(1, len(inputs.shape) - 1))
        excitement = ops.max(inputs, axis=spatial, keepdims=True)
        by_unit = ops.transpose(ops.reshape(excitement, (-1, inputs.shape[-1])))
        winners = _largest(by_unit, self._winners(ops.shape(inputs)[0]))
        winners = ops.reshape(ops.transpose(winners), ops.shape(excitement))
        return values * ops.cast(winners, inputs.dtype)

    def _winners(self, batch_size):
        if isinstance(batch_size, int):
            return max(1, round(self.rate * batch_size))
        share = ops.round(self.rate * ops.cast(batch_size, "float32"))
        return ops.maximum(ops.cast(share, "int32"), 1)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "rate": self.rate, "spatial": self.spatial}


@keras.saving.register_keras_serializable(package="tfae")
class KSparse(keras.layers.Layer):
    """Keeps the k largest activations of each example; ties keep the first.

    Reference:
        Makhzani & Frey, "k-Sparse Autoencoders", 2013.

    Args:
        k: Positive integer, number of units that stay active in training.
        inference_k: Positive integer, number at inference (αk in the paper, slightly
            more than k). Defaults to `k`.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., units)`; feature maps keep k channels at
            each position.
        training: Boolean.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If a number is not a positive integer or exceeds the number of
            units.

    Example:
    >>> tfae.layers.KSparse(1)(np.array([[1.0, 3.0, 2.0]])).numpy().tolist()
    [[0.0, 3.0, 0.0]]
    """

    def __init__(self, k: int, inference_k: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        inference_k = k if inference_k is None else inference_k
        check_integers(k=k, inference_k=inference_k)
        self.k, self.inference_k = int(k), int(inference_k)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        most = max(self.k, self.inference_k)
        if input_shape[-1] < most:
            raise ValueError(
                f"{most} units cannot stay active where there are {input_shape[-1]}. "
                "Make k smaller or the code wider."
            )

    def call(self, inputs: TensorLike, training: bool = False):
        k = self.k if training else self.inference_k
        return inputs * ops.cast(_largest(inputs, k), inputs.dtype)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "k": self.k,
            "inference_k": self.inference_k,
        }


def _highest_of_maps(maps):
    """Mask of the first highest position of each map, `(batch, ..., channels)`."""
    flat = ops.reshape(maps, (ops.shape(maps)[0], -1, maps.shape[-1]))
    places = ops.arange(ops.shape(flat)[1], dtype="int32")[:, None]
    # Keras' version tests for -0 bitwise, which only SavedModels support.
    highest = tf.argmax(flat, axis=1, output_type="int32")[:, None]
    return ops.reshape(places == highest, ops.shape(maps))


def _largest(values, k):
    """Mask of the `k` largest values of the last axis; ties keep the first."""
    # Unsorted, since sorting in XLA is twenty times slower than selection.
    threshold = ops.top_k(values, k, sorted=False)[0]
    threshold = ops.min(threshold, axis=-1, keepdims=True)
    above, equal = values > threshold, values == threshold
    missing = k - ops.sum(ops.cast(above, "int32"), axis=-1, keepdims=True)
    place = ops.cumsum(ops.cast(equal, "int32"), axis=-1)
    return above | (equal & (place <= missing))
