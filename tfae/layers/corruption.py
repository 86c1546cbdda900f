"""Corruptions of inputs that Keras lacks: active in training only."""

import keras
from keras import ops

from tfae.arguments import check_shares, check_weights
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class MaskingNoise(keras.layers.Layer):
    """Sets a random share of the features to zero; the others stay unchanged.

    It is `keras.layers.Dropout` without rescaling; for additive noise use
    `keras.layers.GaussianNoise`.

    Reference:
        Vincent et al., "Stacked Denoising Autoencoders", JMLR 2010.

    Args:
        rate: Float ν in [0, 1), probability of masking a feature.
        seed: Integer, or `None` for a random one.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of any shape.
        training: Boolean; nothing happens at inference.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `rate` is outside [0, 1).

    Example:
    >>> noisy = tfae.layers.MaskingNoise(0.25)(np.ones((1000, 8)), training=True)
    >>> float(noisy.numpy().max())
    1.0
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        check_shares(rate=rate)
        self.rate = rate
        self.seed = seed
        if rate > 0:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: TensorLike, training: bool = False):
        if not training or not self.rate:
            return inputs
        return inputs * ops.cast(self._draw(inputs) >= self.rate, inputs.dtype)

    def _draw(self, inputs):
        # In float32: half precision has too few values for a small rate.
        return keras.random.uniform(
            ops.shape(inputs), dtype="float32", seed=self.seed_generator
        )

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="tfae")
class SaltAndPepperNoise(MaskingNoise):
    """Sets a random share of the features to the lowest or the highest value.

    Each with probability one half.

    Reference:
        Vincent et al., "Stacked Denoising Autoencoders", JMLR 2010.

    Args:
        rate: Float ν in [0, 1), probability of replacing a feature.
        low: Float, the lowest value. Defaults to 0.
        high: Float, the highest value. Defaults to 1.
        seed: Integer, or `None` for a random one.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of any shape.
        training: Boolean; nothing happens at inference.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `rate` is outside [0, 1) or `low` is not below `high`.

    Example:
    >>> noisy = tfae.layers.SaltAndPepperNoise(0.5)(np.full((9, 9), 0.5), training=True)
    >>> set(np.unique(noisy)) <= {0.0, 0.5, 1.0}
    True
    """

    def __init__(
        self,
        rate: float,
        low: float = 0.0,
        high: float = 1.0,
        seed: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(rate, seed, **kwargs)
        if not low < high:
            raise ValueError(
                f"`low` must be below `high`. Received: low={low}, high={high}"
            )
        self.low, self.high = low, high

    def call(self, inputs: TensorLike, training: bool = False):
        if not training or not self.rate:
            return inputs
        drawn = self._draw(inputs)
        noisy = ops.where(drawn < self.rate / 2, self.low, self.high)
        return ops.where(drawn < self.rate, ops.cast(noisy, inputs.dtype), inputs)

    def get_config(self) -> Config:
        return {**super().get_config(), "low": self.low, "high": self.high}


@keras.saving.register_keras_serializable(package="tfae")
class SharedGaussianNoise(keras.layers.Layer):
    """Adds one draw from N(0, σ²) to all examples of a batch.

    As in the denoising autoencoder of tensorflow/models; for separate noise per example
    use `keras.layers.GaussianNoise`.

    Args:
        stddev: Float σ >= 0.
        seed: Integer, or `None` for a random one.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean; nothing happens at inference.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `stddev` is not a finite number >= 0.

    Example:
    >>> layer = tfae.layers.SharedGaussianNoise(0.1)
    >>> noisy = layer(np.zeros((9, 4)), training=True).numpy()
    >>> bool((noisy == noisy[0]).all())
    True
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        check_weights(stddev=stddev)
        self.stddev = stddev
        self.seed = seed
        if stddev > 0:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs: TensorLike, training: bool = False):
        if not training or not self.stddev:
            return inputs
        noise = keras.random.normal(
            ops.shape(inputs)[1:], stddev=self.stddev, seed=self.seed_generator
        )
        return inputs + ops.cast(noise, inputs.dtype)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}
