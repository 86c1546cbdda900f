"""Reconstruction losses and penalties: pure, stateless functions of tensors."""

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
    example_weights,
    mean_over_batch,
    sum_over_features,
)
from tfae.losses.weights import (
    check_example_weights,
    weighted_log_likelihood,
    weighted_loss,
    weights_of_parts,
)

__all__ = [
    "KNOWN_SLOPES",
    "SLOPES",
    "MultinomialCrossentropy",
    "SummedBinaryCrossentropy",
    "SummedSquaredError",
    "bernoulli_kl",
    "check_example_weights",
    "dense_jacobian_norm",
    "discrimination",
    "example_weights",
    "gaussian_kl",
    "gaussian_log_density",
    "generation",
    "jacobian_norm",
    "jacobian_norm_estimate",
    "mean_over_batch",
    "sum_over_features",
    "weighted_log_likelihood",
    "weighted_loss",
    "weights_of_parts",
]
