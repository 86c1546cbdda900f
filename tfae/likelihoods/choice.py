"""Likelihoods by name, for a matching decoder."""

from tfae import networks, objects
from tfae.likelihoods.distributions import (
    Bernoulli,
    Categorical,
    Gaussian,
    Likelihood,
)
from tfae.types import Layer

KINDS = {"bernoulli": Bernoulli, "gaussian": Gaussian, "categorical": Categorical}


def get(identifier, decoder: Layer):
    """A likelihood by name, for a decoder whose outputs are its parameters.

    Args:
        identifier: `Likelihood`; one of the names of `KINDS`; or a dict of
            `class_name`, such as `"Gaussian"`, and `config`.
        decoder: Keras model or layer. For a Bernoulli distribution, a sigmoid output
            gives probabilities and a linear output logits.

    Raises:
        ValueError: If there is no such likelihood, or the decoder ends with an
            activation that cannot parameterize it.

    Example:
    >>> _, decoder = tfae.networks.variational(64, [32], latent_dim=2)
    >>> tfae.likelihoods.get("bernoulli", decoder).from_logits
    True
    """
    activation = networks.output_activation(decoder)
    if isinstance(identifier, str) and identifier in KINDS:
        options = {}
        if identifier == "bernoulli":
            if activation is None:
                raise ValueError(
                    "It cannot be told whether the decoder gives logits or "
                    f"probabilities. Received: decoder={decoder!r}. Use "
                    "tfae.likelihoods.Bernoulli(from_logits=…)."
                )
            options = {"from_logits": activation != "sigmoid"}
        likelihood = KINDS[identifier](**options)
    elif isinstance(identifier, dict):
        kinds = {kind.__name__: kind for kind in KINDS.values()}
        likelihood = objects.from_dict(identifier, kinds, "likelihood")
    else:
        likelihood = identifier
    if not isinstance(likelihood, Likelihood):
        raise ValueError(
            f"`likelihood` must be one of {', '.join(KINDS)}, a likelihood of "
            "tfae.likelihoods, or None for the loss given to compile. "
            f"Received: likelihood={identifier!r}"
        )
    allowed = likelihood.activations
    if None not in (activation, allowed) and activation not in allowed:
        raise ValueError(
            f"The {type(likelihood).__name__} likelihood takes a decoder that ends "
            f"with {' or '.join(allowed)}. Received: one that ends with "
            f"{activation!r}. Change its output_activation."
        )
    return likelihood
