"""Reconstruction losses and penalties: pure functions of tensors, and no state."""

from tfae.losses.adversaries import (
    discrimination,
    generation,
)
from tfae.losses.divergences import (
    bernoulli_kl,
    gaussian_kl,
    gaussian_log_density,
)
from tfae.losses.jacobians import (
    KNOWN_SLOPES,
    SLOPES,
    dense_jacobian_norm,
    jacobian_norm,
    jacobian_norm_estimate,
)
from tfae.losses.reconstruction import (
    MultinomialCrossentropy,
    SummedBinaryCrossentropy,
    SummedSquaredError,
)
from tfae.losses.reductions import (
    mean_over_batch,
    spread_weights,
    sum_over_features,
)

__all__ = [
    "KNOWN_SLOPES",
    "SLOPES",
    "MultinomialCrossentropy",
    "SummedBinaryCrossentropy",
    "SummedSquaredError",
    "bernoulli_kl",
    "dense_jacobian_norm",
    "discrimination",
    "gaussian_kl",
    "gaussian_log_density",
    "generation",
    "jacobian_norm",
    "jacobian_norm_estimate",
    "mean_over_batch",
    "spread_weights",
    "sum_over_features",
]
