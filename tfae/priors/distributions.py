"""Prior distributions of codes, each a function of Gaussian noise."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tfae.arguments import check_integers, is_real
from tfae.types import ArrayLike, Config, TensorLike


class Prior(keras.layers.Layer):
    """A distribution of codes, sampled as a function of draws from N(0, I).

    A subclass sets its sizes and overrides `call`, which gets noise of shape `(batch,
    noise_dim)` and labels `(batch,)` of the component for each code, or -1 for any;
    `None` means -1 for all.

    Attributes:
        latent_dim: Integer, size of a code.
        noise_dim: Integer, random numbers per code.
        components: Integer, number of components that labels can select, or `None`.
    """

    components = None

    def __init__(self, latent_dim: int, noise_dim: int | None = None, **kwargs) -> None:
        super().__init__(**{"dtype": keras.config.floatx(), **kwargs})
        noise_dim = latent_dim if noise_dim is None else noise_dim
        check_integers(latent_dim=latent_dim, noise_dim=noise_dim)
        self.latent_dim, self.noise_dim = int(latent_dim), int(noise_dim)

    def get_config(self) -> Config:
        return {**super().get_config(), "latent_dim": self.latent_dim}


@keras.saving.register_keras_serializable(package="tfae", name="GaussianPrior")
class Gaussian(Prior):
    """N(0, I).

    Args:
        latent_dim: Positive integer, size of a code.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Example:
    >>> prior = tfae.priors.Gaussian(2)
    >>> prior(keras.random.normal((5, prior.noise_dim))).shape
    TensorShape([5, 2])
    """

    def call(self, noise: TensorLike, labels: ArrayLike | None = None):
        return noise


@keras.saving.register_keras_serializable(package="tfae", name="UniformPrior")
class Uniform(Prior):
    """Independent codes, each uniform between two values.

    Args:
        latent_dim: Positive integer, size of a code.
        low, high: Floats, lowest and highest value.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Raises:
        ValueError: If `low` is not less than `high`.

    Example:
    >>> prior = tfae.priors.Uniform(2, low=0.0, high=1.0)
    >>> prior(np.zeros((1, 2))).numpy().tolist()
    [[0.5, 0.5]]
    """

    def __init__(
        self, latent_dim: int, low: float = -1.0, high: float = 1.0, **kwargs
    ) -> None:
        super().__init__(latent_dim, **kwargs)
        if not (is_real(low) and is_real(high) and low < high):
            raise ValueError(
                f"`low` must be a number less than `high`. Received: {low=}, {high=}"
            )
        self.low, self.high = low, high

    def call(self, noise: TensorLike, labels: ArrayLike | None = None):
        return self.low + (self.high - self.low) * uniform(noise)

    def get_config(self) -> Config:
        return {**super().get_config(), "low": self.low, "high": self.high}


@keras.saving.register_keras_serializable(package="tfae")
class Sampler(Prior):
    """Any function of Gaussian noise.

    Args:
        function: Function of a tensor `(batch, noise_dim)` that returns codes of shape
            `(batch, latent_dim)`. To be saved, it must be registered by
            `keras.saving.register_keras_serializable`.
        latent_dim: Positive integer, size of a code.
        noise_dim: Positive integer. Defaults to `latent_dim`.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Example:
    >>> @keras.saving.register_keras_serializable()
    ... def circle(noise):
    ...     return noise / keras.ops.norm(noise, axis=-1, keepdims=True)
    >>> prior = tfae.priors.Sampler(circle, latent_dim=2)
    >>> prior(np.array([[3.0, 4.0]])).numpy().round(1)
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(
        self,
        function: Callable[..., Any],
        latent_dim: int,
        noise_dim: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(latent_dim, noise_dim, **kwargs)
        if not callable(function):
            function = keras.saving.deserialize_keras_object(function)
        self.function = function

    def call(self, noise: TensorLike, labels: ArrayLike | None = None):
        return self.function(noise)

    def get_config(self) -> Config:
        function = keras.saving.serialize_keras_object(self.function)
        own = {"function": function, "noise_dim": self.noise_dim}
        return {**super().get_config(), **own}


def uniform(noise: TensorLike):
    """Uniform draws in [0, 1] from draws of N(0, 1)."""
    return (1 + ops.erf(noise / math.sqrt(2))) / 2
