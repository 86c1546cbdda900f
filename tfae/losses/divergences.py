"""Divergences and densities of distributions, elementwise."""

import math

import keras
from keras import ops

from tfae.types import Tensor, TensorLike


def bernoulli_kl(target: float | TensorLike, mean: TensorLike) -> Tensor:
    """KL(ρ ‖ ρ̂) between Bernoulli distributions, elementwise, in nats.

    ρ log(ρ/ρ̂) + (1 − ρ) log((1 − ρ)/(1 − ρ̂)).

    Args:
        target: Float ρ in (0, 1).
        mean: Tensor of values ρ̂ in [0, 1], clipped a rounding error away from both
            ends, so that the cost of a unit that never or always fires is large but
            finite.

    Example:
    >>> means = np.array([0.1, 0.5])  # of two units
    >>> tfae.losses.bernoulli_kl(0.1, means).numpy().round(4).tolist()
    [0.0, 0.3681]
    """
    mean = ops.clip(mean, keras.config.epsilon(), 1 - keras.config.epsilon())
    return target * ops.log(target / mean) + (1 - target) * ops.log(
        (1 - target) / (1 - mean)
    )


def gaussian_kl(mean: TensorLike, log_variance: TensorLike) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)), elementwise, in nats: ½ (μ² + σ² − 1 − log σ²).

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.

    Args:
        mean: Tensor μ of any shape.
        log_variance: Tensor log σ² of that shape.

    Example:
    >>> mean, log_variance = np.array([0.0, 2.0]), np.array([0.0, 0.0])
    >>> tfae.losses.gaussian_kl(mean, log_variance).numpy().tolist()
    [0.0, 2.0]
    """
    return (ops.square(mean) + ops.exp(log_variance) - 1 - log_variance) / 2


def gaussian_log_density(
    values: TensorLike, mean: TensorLike, log_variance: TensorLike
) -> Tensor:
    """Log N(x; μ, σ²), elementwise, in nats: −½ [(x − μ)²/σ² + log σ² + log 2π].

    Args:
        values: Tensor x of any shape.
        mean: Tensor μ that broadcasts to it.
        log_variance: Tensor log σ² that broadcasts to it.

    Example:
    >>> round(float(tfae.losses.gaussian_log_density(0.0, 0.0, 0.0)), 4)
    -0.9189
    """
    squares = ops.square(values - mean) * ops.exp(-log_variance)
    return -(squares + log_variance + math.log(2 * math.pi)) / 2
