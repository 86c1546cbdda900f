"""Autoencoders whose codes follow a given distribution."""

import keras
from keras import ops

from tfae import priors
from tfae.arguments import check_integers
from tfae.evaluation.measures import prior_accuracy
from tfae.layers.sampling import standard_normal
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.plane_of_codes import PlaneOfCodes
from tfae.models.randomness import evaluation_noise
from tfae.models.signatures import Signature
from tfae.reporting import pictures, planes
from tfae.types import Config, Layer, Shape, Tensor, TensorLike


class PriorAutoencoder(PlaneOfCodes, Autoencoder):
    """An autoencoder with a prior of its codes, from which it samples.

    The training that makes codes follow the prior is defined by subclasses, such as
    `tfae.AdversarialAutoencoder`.

    Args:
        encoder: Keras model or layer from inputs to codes `(batch, latent_dim)`.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        prior: As for `tfae.AdversarialAutoencoder`.
        **kwargs: As for `tfae.Autoencoder`.
    """

    takes_switches = False
    measures = {**Autoencoder.measures, "prior": prior_accuracy}
    reports = {
        **Autoencoder.reports,
        "samples": pictures.samples,
        "manifold": planes.of_split,
    }

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        prior: str | Config | Layer = "gaussian",
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        self._given_prior, self.prior = priors.given(prior), None
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if len(self.code_shape) != 1:
            raise ValueError(
                "A prior requires codes that are vectors. Received: an encoder with "
                f"codes of shape {self.code_shape}. Give the network a latent_dim."
            )
        self.prior = priors.sized(self._given_prior, self._prior_dim)

    def sample(self, count: int, seed: int | None = None) -> Tensor:
        """Decodes `count` codes drawn from the prior.

        Args:
            count: Positive integer.
            seed: Integer for reproducible draws, or `None` for new draws at each call.

        Returns:
            Tensor of shape `(count, ...)`.
        """
        return self.decode(self.sample_codes(count, seed))

    def sample_codes(self, count: int, seed: int | None = None) -> Tensor:
        """Draws `count` codes from the prior; arguments as for `sample`."""
        check_integers(count=count)
        check_built(self)
        with self.seeded(seed):
            return self.codes_of(self.noise(count))

    def codes_of(self, noise: TensorLike, told: TensorLike | None = None) -> Tensor:
        """Codes of the prior from draws of N(0, I).

        Args:
            noise: Tensor of shape `(batch, noise_dim)`.
            told: Integers `(batch,)`, the components to draw codes from, or -1 for any;
                or `None`.
        """
        return self.prior(noise, told)

    def noise(self, count: int):
        """Draws from N(0, I) for `count` codes."""
        return standard_normal((count, self._noise_dim), self.seed_generator.next())

    def prepare(self, data):
        batch = super().prepare(data)
        return batch.with_drawn(noise=self.noise(ops.shape(batch.inputs)[0]))

    def serving_signatures(self) -> Config:
        def sample(noise):
            return {"samples": self.decode(self.codes_of(noise))}

        return {
            **super().serving_signatures(),
            "sample": Signature(sample, {"noise": (self._noise_dim,)}),
        }

    def serving_examples(self, inputs: TensorLike) -> Config:
        noise = evaluation_noise((len(inputs), self._noise_dim))
        return {**super().serving_examples(inputs), "noise": noise}

    @property
    def _prior_dim(self):
        """Number of code units that the prior describes."""
        return self.code_shape[0]

    @property
    def _noise_dim(self):
        return self.prior.noise_dim

    def get_config(self) -> Config:
        prior = self._given_prior
        if isinstance(prior, priors.Prior):
            prior = keras.saving.serialize_keras_object(prior)
        return {**super().get_config(), "prior": prior}
