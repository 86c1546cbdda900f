"""Prior distributions of codes, each a function of Gaussian noise."""

from tfae.priors.choice import KINDS, given, sized
from tfae.priors.distributions import Gaussian, Prior, Sampler, Uniform, uniform
from tfae.priors.planar import GaussianRing, SwissRoll

__all__ = [
    "KINDS",
    "Gaussian",
    "GaussianRing",
    "Prior",
    "Sampler",
    "SwissRoll",
    "Uniform",
    "given",
    "sized",
    "uniform",
]
