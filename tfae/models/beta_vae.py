"""The β-VAE, with an optional capacity schedule."""

import keras
from keras import ops

from tfae.arguments import check_integers, check_weights
from tfae.models.variational_autoencoder import VariationalAutoencoder
from tfae.types import Config, Layer


@keras.saving.register_keras_serializable(package="tfae")
class BetaVAE(VariationalAutoencoder):
    """A variational autoencoder with disentangled codes.

    A weight β > 1 of the divergence makes the code units more independent and less
    informative: each tends to encode one factor of the data. With a capacity C the term
    `kl` is β |KL − C|, and C grows from 0, so that the codes take up one factor after
    another.

    Reference:
        Higgins et al., "β-VAE: Learning Basic Visual Concepts with a Constrained
        Variational Framework", ICLR 2017; Burgess et al., "Understanding
        Disentangling in β-VAE", 2018, for the capacity.

    Args:
        encoder: As for `tfae.VariationalAutoencoder`.
        decoder: As for `tfae.VariationalAutoencoder`.
        beta: Float β >= 0. Defaults to 4.
        capacity: Float C >= 0 in nats. Defaults to 0: the divergence itself.
        capacity_steps: Integer, training steps over which the capacity grows linearly
            to C; 0 for the full capacity from the start.
        likelihood: As for `tfae.VariationalAutoencoder`, like the next two.
        warm_up_steps: Integer.
        free_bits: Float.
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
    >>> networks = tfae.networks.variational(64, [32], latent_dim=4)
    >>> model = tfae.BetaVAE(*networks, beta=10.0, capacity=5.0, capacity_steps=1000)
    >>> model.compile(optimizer="adam")
    """

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        beta: float = 4.0,
        capacity: float = 0.0,
        capacity_steps: int = 0,
        likelihood: str | Config | Layer | None = "bernoulli",
        warm_up_steps: int = 0,
        free_bits: float = 0.0,
        **kwargs,
    ) -> None:
        super().__init__(
            encoder, decoder, likelihood, beta, warm_up_steps, free_bits, **kwargs
        )
        check_weights(capacity=capacity)
        check_integers(0, capacity_steps=capacity_steps)
        if capacity and (self.free_bits or self.warm_up_steps):
            raise ValueError(
                "A capacity takes the place of free bits and of a warm-up. Received: "
                f"capacity={capacity}, free_bits={self.free_bits}, "
                f"warm_up_steps={self.warm_up_steps}. Leave one of them out."
            )
        self.capacity, self.capacity_steps = capacity, capacity_steps

    def _divergence_cost(self, divergences, training):
        if not self.capacity:
            return super()._divergence_cost(divergences, training)
        capacity = self.capacity * self._progress(self.capacity_steps, training)
        return self.beta * ops.abs(ops.sum(divergences) - capacity)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "capacity": self.capacity,
            "capacity_steps": self.capacity_steps,
        }
