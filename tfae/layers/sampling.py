"""Draws from the distribution of a code, and parameterizations of its width."""

import keras
import tensorflow as tf
from keras import ops

from tfae.types import Config, Shape, TensorLike


def standard_normal(shape, seed):
    """Draws from N(0, 1) that depend only on a seed, a pair of integers.

    XLA and TensorFlow draw different numbers, unless the seed is a constant.
    """
    # By name, since XLA would choose another generator.
    return tf.random.stateless_normal(shape, seed, alg="philox")


@keras.saving.register_keras_serializable(package="tfae")
class GaussianSampling(keras.layers.Layer):
    """z = μ + exp(½ log σ²) ε with ε ~ N(0, 1): a differentiable draw.

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014 (the
        reparameterization).

    Args:
        seed: Integer, or `None` for a random one.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Pair of tensors of one shape `(batch, ...)`: `mean` and `log_variance`.
        noise: Tensor ε of the shape of `mean`, or `None` to draw it.

    Returns:
        Tensor of the shape of `mean`.

    Example:
    >>> mean, log_variance = np.zeros((1000, 8)), np.full((1000, 8), np.log(4))
    >>> codes = tfae.layers.GaussianSampling(seed=1)([mean, log_variance])
    >>> round(float(codes.numpy().std()))
    2
    """

    def __init__(self, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._build_at_init()

    def call(self, inputs: TensorLike, noise: TensorLike | None = None):
        mean, log_variance = inputs
        noise = self.noise(ops.shape(mean)) if noise is None else noise
        return mean + ops.exp(log_variance / 2) * ops.cast(noise, mean.dtype)

    def noise(self, shape: Shape):
        """Draws ε of `shape`."""
        return standard_normal(shape, self.seed_generator.next())

    def compute_output_shape(self, input_shape: Shape):
        return input_shape[0]

    def get_config(self) -> Config:
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="tfae")
def log_of_square(deviations):
    """log(σ² + 1e-10): the log-variance from a layer's output σ, of either sign."""
    # In half precision 1e-10 would be 0.
    wide = keras.backend.result_type(deviations.dtype, "float32")
    squares = ops.square(ops.cast(deviations, wide))
    return ops.cast(ops.log(squares + 1e-10), deviations.dtype)


@keras.saving.register_keras_serializable(package="tfae")
def twice(log_deviations):
    """2 log σ: the log-variance from a layer's output log σ."""
    return 2 * log_deviations


@keras.saving.register_keras_serializable(package="tfae")
def log_of_softplus_square(values):
    """2 log σ with σ = log(1 + eʰ): the log-variance from a layer's output h."""
    wide = ops.cast(values, keras.backend.result_type(values.dtype, "float32"))
    # Far below zero σ is eʰ, which underflows, but log σ is h.
    low = -15.0
    exact = ops.log(ops.softplus(ops.maximum(wide, low)))
    return ops.cast(2 * ops.where(wide < low, wide, exact), values.dtype)


# Activation from each parameterization to the log-variance.
SCALES = {
    "log_variance": "linear",
    "log_deviation": twice,
    "deviation": log_of_square,
    "softplus": log_of_softplus_square,
}
