"""Priors by name, for a code size."""

from tfae.objects import from_dict
from tfae.priors.distributions import Gaussian, Prior, Sampler, Uniform
from tfae.priors.planar import GaussianRing, OfComponents, SwissRoll
from tfae.types import Config, Layer

KINDS = {
    "gaussian": Gaussian,
    "uniform": Uniform,
    "gaussian_ring": GaussianRing,
    "swiss_roll": SwissRoll,
}


def given(identifier):
    """A prior or its name, from an object, a name, or a dict of class and arguments."""
    if isinstance(identifier, dict):
        kinds = {kind.__name__: kind for kind in (*KINDS.values(), Sampler)}
        identifier = from_dict(identifier, kinds, "prior")
    named = isinstance(identifier, str) and identifier in KINDS
    if not named and not isinstance(identifier, Prior):
        raise ValueError(
            f"`prior` must be one of {', '.join(KINDS)}, or a prior of tfae.priors. "
            f"Received: prior={identifier!r}"
        )
    return identifier


def sized(prior: str | Config | Layer, latent_dim: int):
    """The prior returned by `given`, for a code size.

    Raises:
        ValueError: If the prior has another code size.
    """
    if isinstance(prior, str):
        kind = KINDS[prior]
        prior = kind() if issubclass(kind, OfComponents) else kind(latent_dim)
    if prior.latent_dim != latent_dim:
        raise ValueError(
            f"The prior has codes of {prior.latent_dim} numbers. Received: an encoder "
            f"with codes of {latent_dim}. Use codes of that size, or another prior."
        )
    return prior
