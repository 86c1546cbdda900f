"""Likelihoods: what a decoder's outputs say of the data."""

from tfae.likelihoods.choice import KINDS, get
from tfae.likelihoods.distributions import (
    Bernoulli,
    Categorical,
    Gaussian,
    Likelihood,
)

__all__ = ["KINDS", "Bernoulli", "Categorical", "Gaussian", "Likelihood", "get"]
