"""Autoencoders with Gaussian codes: a prior, a posterior and a likelihood."""

import keras
from keras import ops

from tfae import likelihoods, losses, networks
from tfae.arguments import check_integers
from tfae.layers import GaussianSampling
from tfae.models import directions, gaussian_codes, network_checks, ranges
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.plane_of_codes import PlaneOfCodes
from tfae.models.randomness import EVALUATION_SEED
from tfae.models.signatures import Signature
from tfae.reporting import pictures, planes
from tfae.types import Config, Layer, Model, Shape, Tensor, TensorLike

# Variance of a code unit's mean over the data above which the unit is active.
ACTIVE = 0.01


class LatentVariableAutoencoder(PlaneOfCodes, Autoencoder):
    """A model p(x | z) p(z) whose encoder approximates p(z | x) by q(z | x).

    The prior p(z) is N(0, I), and q(z | x) = N(μ, diag σ²) of the encoder's μ and
    log σ². In training codes are drawn; at inference they are the means. Evaluation
    also draws, with the same noise for every batch of one size. Subclasses, such as
    `tfae.VariationalAutoencoder`, define the objective.

    Args:
        encoder: Keras model or layer from inputs to a pair of tensors of one shape,
            the mean and the log-variance.
        decoder: Keras model or layer from codes to the parameters of the likelihood.
        likelihood: As for `tfae.VariationalAutoencoder`.
        **kwargs: As for `tfae.Autoencoder`.
    """

    reports = {
        **Autoencoder.reports,
        "samples": pictures.samples,
        "manifold": planes.of_split,
        "traversals": pictures.traversals,
        "interpolations": pictures.interpolations,
    }

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        likelihood: str | Config | Layer | None = "bernoulli",
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        if likelihood is not None:
            likelihood = likelihoods.get(likelihood, decoder)
        self.likelihood = likelihood
        # Half precision is too coarse for draws and their densities.
        self.sampling = GaussianSampling(dtype=keras.config.floatx(), name="sampling")
        if likelihood is not None:
            self._bound_tracker = directions.mean("elbo", "up")
        self._units_tracker = directions.mean("active_units", "up")

    def build(self, input_shape: Shape) -> None:
        self.example_shape = tuple(input_shape[1:])
        gaussian_codes.build(self, input_shape)

    def call(self, inputs: TensorLike, training: bool = False):
        mean, log_variance = self._encoded(inputs, training)
        codes = self.sampling([mean, log_variance]) if training else mean
        return self._outputs(self._parameters(codes, inputs, training))

    def compute_output_shape(self, input_shape: Shape):
        return gaussian_codes.output_shape(self, input_shape)

    def encode(self, inputs: TensorLike) -> Tensor:
        """Means of the codes of `inputs`, `(batch, ...)`, in one batch."""
        return self._encoded(inputs, False)[0]

    def coder(self) -> Model:
        """Keras model from inputs to the means of their codes."""
        encoder = self.encoder
        one = isinstance(encoder, keras.Model) and len(encoder.inputs or ()) == 1
        if not one:
            raise ValueError(
                "The mean's part of the encoder can be taken of a functional model of "
                f"one input only. Received: {encoder!r}. Make a tfae.Classifier of "
                "your own."
            )
        return keras.Model(encoder.inputs[0], encoder.outputs[0], name=encoder.name)

    def encode_distribution(self, inputs: TensorLike):
        """Mean and log-variance of the codes of `inputs`, each `(batch, ...)`."""
        mean, log_variance = self._encoded(inputs, False)
        return mean, log_variance

    def decode(self, codes: TensorLike) -> Tensor:
        """Means of p(x | z) at `codes`, `(batch, ...)`, in one batch."""
        return self._outputs(self.decoder(codes, training=False))

    def reconstruct(self, inputs: TensorLike):
        """Means of p(x | z) at the means of the codes of `inputs`, in one batch."""
        return self(inputs, training=False)

    def sample(
        self, count: int, seed: int | None = None, shape: Shape | None = None
    ) -> Tensor:
        """Decodes `count` codes drawn from the prior.

        Args:
            count: Positive integer.
            seed: Integer for reproducible draws, or `None` for new draws at each call.
            shape: Shape of an example, for networks that take images of any size, or
                `None` for the shape it was built with.

        Returns:
            Tensor of shape `(count, ...)`: means of p(x | z).
        """
        return self.decode(self.sample_codes(count, seed, shape))

    def sample_codes(
        self, count: int, seed: int | None = None, shape: Shape | None = None
    ) -> Tensor:
        """Draws `count` codes from the prior; arguments as for `sample`."""
        check_integers(count=count)
        check_built(self)
        zeros = ops.zeros((count, *self._code_shape_of(shape)))
        with self.seeded(seed):
            return self.sampling([zeros, zeros])

    def log_weights(
        self, inputs: TensorLike, samples: int = 1, seed: int | None = None
    ):
        """Log p(x, z) − log q(z | x) of codes z drawn from q(z | x), in nats.

        Their mean estimates the ELBO, and the logarithm of the mean of their
        exponentials a bound of log p(x) that increases with the number of samples.

        Args:
            inputs: Tensor of shape `(batch, ...)`.
            samples: Positive integer k.
            seed: Integer for reproducible draws, or `None`.

        Returns:
            Tensor of shape `(samples, batch)`.
        """
        if self.likelihood is None:
            raise ValueError(
                "A model without a likelihood has no density to weigh. Received: "
                "likelihood=None. Give it one, or measure no likelihood."
            )
        targets = keras.tree.flatten(inputs)[0]
        with self.seeded(seed):
            return gaussian_codes.weigh(self, inputs, targets, samples)[1]

    def target_range(self):
        return ranges.of_likelihood(self.likelihood) or super().target_range()

    def check_inputs(self, inputs: TensorLike, name: str = "the data") -> None:
        if self.likelihood is not None:
            self.likelihood.check(inputs)
        super().check_inputs(inputs, name)

    def prepare(self, data):
        batch = super().prepare(data)
        if None in self.code_shape:  # known only within the step
            return batch
        size = self._draws * ops.shape(keras.tree.flatten(batch.inputs)[0])[0]
        return batch.with_drawn(noise=self.sampling.noise((size, *self.code_shape)))

    @property
    def bounds(self):
        """Lowest and highest value that the model can output, or `None`."""
        return (self.likelihood and self.likelihood.bounds) or super().bounds

    def serving_signatures(self) -> Config:
        def sample(noise):
            return {"samples": self.decode(noise)}

        return {
            **super().serving_signatures(),
            "sample": Signature(sample, {"noise": self.code_shape}),
        }

    def serving_examples(self, inputs: TensorLike) -> Config:
        noise = self.sample_codes(len(inputs), EVALUATION_SEED)
        return {**super().serving_examples(inputs), "noise": noise}

    def _code_shape_of(self, shape):
        """Shape of the code of an example of a known shape."""
        if shape is None and None not in self.code_shape:
            return self.code_shape
        shape = network_checks.check_example_shape(self, shape)
        return tuple(networks.build(self.encoder, (None, *shape))[0][1:])

    @property
    def _draws(self):
        """Number of codes drawn per example in training."""
        return 1

    def _check_loss(self):
        """Raises `ValueError` if there is a loss in addition to the likelihood."""
        if self.likelihood is not None and self._compile_loss is not None:
            raise ValueError(
                "The likelihood is the reconstruction loss. Received: another one in "
                "compile(). Compile without a loss, or use likelihood=None."
            )

    def _observe(self, mean, bound):
        """Updates the metrics with the code means of a batch and its ELBO."""
        size = ops.shape(mean)[0]
        if self.likelihood is not None:
            self._bound_tracker.update_state(bound, sample_weight=size)
        active = ops.sum(ops.cast(ops.var(mean, axis=0) > ACTIVE, mean.dtype))
        self._units_tracker.update_state(active, sample_weight=size)

    def _encoded(self, inputs, training):
        """Mean and log-variance that the encoder returns."""
        return self.encoder(inputs, training=training)

    def _parameters(self, codes, inputs, training):
        """Outputs of the decoder; subclasses may also use `inputs`."""
        return self.decoder(codes, training=training)

    def _distribution(self, inputs, training):
        # Half precision is too coarse for exponentials and sums.
        return [
            ops.cast(one, keras.config.floatx())
            for one in self._encoded(inputs, training)
        ]

    def _outputs(self, parameters):
        return parameters if self.likelihood is None else self.likelihood(parameters)

    def _log_likelihood(self, targets, parameters, sample_weight=None):
        parameters = ops.cast(parameters, keras.config.floatx())
        targets = ops.cast(targets, parameters.dtype)
        return losses.weighted_log_likelihood(
            self.likelihood, targets, parameters, sample_weight
        )

    def get_config(self) -> Config:
        likelihood = self.likelihood
        if likelihood is not None:
            likelihood = keras.saving.serialize_keras_object(likelihood)
        return {**super().get_config(), "likelihood": likelihood}
