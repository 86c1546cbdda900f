"""Likelihoods: distributions of the data given a decoder's outputs."""

from tfae.likelihoods.choice import KINDS, get
from tfae.likelihoods.distributions import (
    Bernoulli,
    Categorical,
    Gaussian,
    Likelihood,
)

__all__ = ["KINDS", "Bernoulli", "Categorical", "Gaussian", "Likelihood", "get"]
