"""The importance-weighted autoencoder."""

import math

import keras
from keras import ops

from tfae import losses
from tfae.arguments import check_integers
from tfae.models import gaussian_codes
from tfae.models.randomness import evaluation_noise
from tfae.models.variational_autoencoder import VariationalAutoencoder
from tfae.types import Config, Layer


@keras.saving.register_keras_serializable(package="tfae")
class ImportanceWeightedAutoencoder(VariationalAutoencoder):
    """A variational autoencoder trained with a tighter bound from several draws.

    With k codes z_i drawn from q(z | x) for each example it maximizes

        L_k = E log 1/k Σ_i p(x, z_i) / q(z_i | x) <= log p(x),

    which increases with k and is the ELBO for k = 1. The only term of the loss is
    `negative_bound`, −L_k; `elbo` is estimated from the same draws.

    Reference:
        Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016.

    Args:
        encoder: As for `tfae.VariationalAutoencoder`.
        decoder: As for `tfae.VariationalAutoencoder`.
        samples: Positive integer k, draws per example. It can also be set as an
            attribute before `compile`.
        likelihood: As for `tfae.VariationalAutoencoder`, but not `None`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether codes are drawn.

    Returns:
        The mean of p(x | z), a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or as for
            `tfae.VariationalAutoencoder`.

    Example:
    >>> networks = tfae.networks.variational(64, [32], latent_dim=2)
    >>> model = tfae.ImportanceWeightedAutoencoder(*networks, samples=5)
    >>> model.compile(optimizer="adam")
    """

    term_names = ("negative_bound",)

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        samples: int = 5,
        likelihood: str | Config | Layer | None = "bernoulli",
        **kwargs,
    ) -> None:
        if likelihood is None:
            raise ValueError(
                "The bound requires a likelihood. Received: likelihood=None. Use "
                "tfae.VariationalAutoencoder for another loss."
            )
        check_integers(samples=samples)
        unused = {"beta", "warm_up_steps", "free_bits"} & kwargs.keys()
        if unused:
            raise ValueError(
                "The bound has no divergence of its own to weigh. Received: "
                f"{', '.join(sorted(unused))}. Leave it out, or use "
                "tfae.VariationalAutoencoder."
            )
        super().__init__(encoder, decoder, likelihood, **kwargs)
        self.samples = samples

    @property
    def _draws(self):
        return self.samples

    def loss_terms(self, inputs, targets, training, sample_weight=None, noise=None):
        self._check_loss()
        if not training:
            noise = evaluation_noise
        outputs, weights, means = gaussian_codes.weigh(
            self, inputs, targets, self.samples, training, noise, sample_weight
        )
        bound = losses.mean_over_batch(log_mean_exp(weights), sample_weight)
        self._observe(
            means, losses.mean_over_batch(ops.mean(weights, axis=0), sample_weight)
        )
        return outputs, {"negative_bound": -bound}

    def get_config(self) -> Config:
        config = super().get_config()
        for name in ("beta", "warm_up_steps", "free_bits"):
            del config[name]
        return {**config, "samples": self.samples}


def log_mean_exp(weights):
    """Logarithm of the mean of the exponentials over the first axis."""
    return ops.logsumexp(weights, axis=0) - math.log(weights.shape[0])
