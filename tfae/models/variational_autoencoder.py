"""The variational autoencoder."""

import keras
import numpy as np
from keras import ops

from tfae import likelihoods, losses
from tfae.arguments import check_integers, check_weights
from tfae.layers import GaussianSampling
from tfae.models import gaussian_codes
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.signatures import Signature
from tfae.reporting import pictures

# In evaluation each batch is given the same draws, so that it can be repeated.
EVALUATION_SEED = 0
# Variance of a code's mean over the data above which it says something of them.
ACTIVE = 0.01


@keras.saving.register_keras_serializable(package="tfae")
class VariationalAutoencoder(Autoencoder):
    """A model p(x | z) p(z) of its inputs, whose encoder gives q(z | x) for p(z | x).

    The prior p(z) is N(0, I), and q(z | x) = N(μ, diag σ²) of the encoder's μ and
    log σ². It maximizes the evidence lower bound of log p(x),

        ELBO = E_q[log p(x | z)] − KL(q(z | x) ‖ p(z)),

    the expectation estimated by one draw z = μ + σ ε, the divergence in closed form,
    ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²). The terms of the loss are `reconstruction`,
    −log p(x | z), and `kl`, β times the divergence; both are sums over features and
    over codes, in nats. It reports beside them `elbo`, with β = 1 and one draw, and
    `active_units`, the number of codes whose mean varies over a batch by more than
    0.01 (Burda et al. 2016). Without a likelihood there is no `elbo`.

    In training codes are drawn; at inference they are the means. Evaluation draws, too,
    but the same for every batch of one size.

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014; Higgins et al.,
        "β-VAE", ICLR 2017; Kingma et al., "Improved Variational Inference with Inverse
        Autoregressive Flow", NIPS 2016, for free bits.

    Args:
        encoder: Keras model or layer from inputs to a pair of tensors of one shape,
            the mean and the log-variance, such as `tfae.networks.variational` makes.
        decoder: Keras model or layer from codes to the parameters of the likelihood.
        likelihood: `"bernoulli"`, `"gaussian"` (of variance 1), `"categorical"` (of 256
            levels), or one of `tfae.likelihoods`, as itself or as a dict of its class
            and arguments; `None` for the loss given to `compile` as reconstruction.
        beta: Float β >= 0, weight of the divergence.
        warm_up_steps: Integer, steps of training in which that weight grows from 0 to
            β in a straight line.
        free_bits: Float λ >= 0 in nats: below it the divergence of a code, averaged
            over the batch, costs as much as λ.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether codes are drawn.

    Returns:
        The mean of p(x | z), a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, the encoder does not give a
            pair, or the decoder's outputs cannot parameterize the likelihood; in
            `fit`, if an array has values that the likelihood does not.

    Example:
    >>> networks = tfae.networks.variational(64, [32], latent_dim=2)
    >>> model = tfae.VariationalAutoencoder(*networks)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.sample(5, seed=1).shape
    TensorShape([5, 64])
    """

    term_names = ("reconstruction", "kl")
    reports = {
        **Autoencoder.reports,
        "samples": pictures.samples,
        "manifold": pictures.manifold,
        "traversals": pictures.traversals,
        "interpolations": pictures.interpolations,
    }

    def __init__(
        self,
        encoder,
        decoder,
        likelihood="bernoulli",
        beta=1.0,
        warm_up_steps=0,
        free_bits=0.0,
        **kwargs,
    ):
        super().__init__(encoder, decoder, **kwargs)
        check_weights(beta=beta, free_bits=free_bits)
        check_integers(0, warm_up_steps=warm_up_steps)
        if likelihood is not None:
            likelihood = likelihoods.get(likelihood, decoder)
        self.likelihood = likelihood
        self.beta = beta
        self.warm_up_steps = warm_up_steps
        self.free_bits = free_bits
        # Half precision would round draws and their densities.
        self.sampling = GaussianSampling(dtype=keras.config.floatx(), name="sampling")
        if likelihood is not None:
            self._bound_tracker = keras.metrics.Mean("elbo")
        self._units_tracker = keras.metrics.Mean("active_units")

    def build(self, input_shape):
        self.example_shape = tuple(input_shape[1:])
        gaussian_codes.build(self, input_shape)

    def call(self, inputs, training=False):
        mean, log_variance = self._encoded(inputs, training)
        codes = self.sampling([mean, log_variance]) if training else mean
        return self._outputs(self._parameters(codes, inputs, training))

    def compute_output_shape(self, input_shape):
        return gaussian_codes.output_shape(self, input_shape)

    def encode(self, inputs):
        """Means of the codes of `inputs`, `(batch, ...)`, in one batch."""
        return self._encoded(inputs, False)[0]

    def coder(self):
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

    def encode_distribution(self, inputs):
        """Mean and log-variance of the codes of `inputs`, each `(batch, ...)`."""
        mean, log_variance = self._encoded(inputs, False)
        return mean, log_variance

    def decode(self, codes):
        """Means of p(x | z) at `codes`, `(batch, ...)`, in one batch."""
        return self._outputs(self.decoder(codes, training=False))

    def reconstruct(self, inputs):
        """Means of p(x | z) at the means of the codes of `inputs`, in one batch."""
        return self(inputs, training=False)

    def sample(self, count, seed=None):
        """Decodes `count` codes drawn from the prior.

        Args:
            count: Positive integer.
            seed: Integer to draw the same again, or `None` for others at each call.

        Returns:
            Tensor of shape `(count, ...)`: means of p(x | z).
        """
        return self.decode(self.sample_codes(count, seed))

    def sample_codes(self, count, seed=None):
        """Draws `count` codes from the prior; arguments as for `sample`."""
        check_integers(count=count)
        check_built(self)
        zeros = ops.zeros((count, *self.code_shape))
        with self.seeded(seed):
            return self.sampling([zeros, zeros])

    def log_weights(self, inputs, samples=1, seed=None):
        """Log p(x, z) − log q(z | x) of codes z drawn from q(z | x), in nats.

        Their mean estimates the ELBO, and the logarithm of the mean of their
        exponentials a bound of log p(x) that rises with the number of samples.

        Args:
            inputs: Tensor of shape `(batch, ...)`.
            samples: Positive integer k.
            seed: Integer to draw the same again, or `None`.

        Returns:
            Tensor of shape `(samples, batch)`.
        """
        if self.likelihood is None:
            raise ValueError(
                "A model without a likelihood has no density to weigh. Received: "
                "likelihood=None"
            )
        targets = keras.tree.flatten(inputs)[0]
        with self.seeded(seed):
            return gaussian_codes.weigh(self, inputs, targets, samples)[1]

    def fit(self, x=None, y=None, *args, **kwargs):
        targets = keras.tree.flatten(x)[0] if y is None else y
        # Labels in their place are refused as such, when their shape is seen.
        values = isinstance(targets, np.ndarray) and targets.ndim > 1
        if self.likelihood is not None and values:
            self.likelihood.check(targets)
        return super().fit(x, y, *args, **kwargs)

    def check_inputs(self, inputs, name="the data"):
        if self.likelihood is not None:
            self.likelihood.check(inputs)
        super().check_inputs(inputs, name)

    def prepare(self, data):
        batch = super().prepare(data)
        if None in self.code_shape:  # known in the step alone
            return batch
        size = self._draws * ops.shape(keras.tree.flatten(batch.inputs)[0])[0]
        return batch.with_drawn(noise=self.sampling.noise((size, *self.code_shape)))

    def loss_terms(self, inputs, targets, training, sample_weight=None, noise=None):
        self._check_loss()
        mean, log_variance = self._distribution(inputs, training)
        with self.seeded(None if training else EVALUATION_SEED):
            codes = self.sampling([mean, log_variance], noise=noise)
        parameters = self._parameters(codes, inputs, training)
        outputs = self._outputs(parameters)
        if self.likelihood is None:
            reconstruction = self.reconstruction_loss(targets, outputs, sample_weight)
        else:
            self.check_targets(targets, outputs)
            fit = self._log_likelihood(targets, parameters)
            reconstruction = -losses.mean_over_batch(fit, sample_weight)
        # Of each code, averaged over the batch.
        divergences = losses.gaussian_kl(mean, log_variance)
        divergences = losses.mean_over_batch(divergences, sample_weight)
        self._observe(mean, -reconstruction - ops.sum(divergences))
        return outputs, {
            "reconstruction": reconstruction,
            "kl": self._divergence_cost(divergences, training),
        }

    @property
    def _draws(self):
        """Codes that are drawn of an example in training."""
        return 1

    def _check_loss(self):
        """Raises `ValueError` if there is a loss beside the likelihood."""
        if self.likelihood is not None and self._compile_loss is not None:
            raise ValueError(
                "The likelihood is the reconstruction loss. Received: another one in "
                "compile(). Compile without a loss, or use likelihood=None."
            )

    def _observe(self, mean, bound):
        """Takes the means of a batch and its ELBO into what is reported."""
        size = ops.shape(mean)[0]
        if self.likelihood is not None:
            self._bound_tracker.update_state(bound, sample_weight=size)
        active = ops.sum(ops.cast(ops.var(mean, axis=0) > ACTIVE, mean.dtype))
        self._units_tracker.update_state(active, sample_weight=size)

    def serving_signatures(self):
        def sample(noise):
            return {"samples": self.decode(noise)}

        return {
            **super().serving_signatures(),
            "sample": Signature(sample, {"noise": self.code_shape}),
        }

    def serving_examples(self, inputs):
        noise = self.sample_codes(len(inputs), EVALUATION_SEED)
        return {**super().serving_examples(inputs), "noise": noise}

    def get_config(self):
        likelihood = self.likelihood
        if likelihood is not None:
            likelihood = keras.saving.serialize_keras_object(likelihood)
        return {
            **super().get_config(),
            "likelihood": likelihood,
            "beta": self.beta,
            "warm_up_steps": self.warm_up_steps,
            "free_bits": self.free_bits,
        }

    @property
    def bounds(self):
        """Lowest and highest value that the model can rebuild, or `None`."""
        return (self.likelihood and self.likelihood.bounds) or super().bounds

    def _divergence_cost(self, divergences, training):
        """The term `kl`, of the divergence of each code, averaged over the batch."""
        if self.free_bits:
            divergences = ops.maximum(divergences, self.free_bits)
        weight = self.beta * self._progress(self.warm_up_steps, training)
        return weight * ops.sum(divergences)

    def _progress(self, steps, training):
        """Share that is done of the first `steps` of training; 1 in evaluation."""
        if not training or not steps:
            return 1.0
        done = ops.cast(self.optimizer.iterations, keras.config.floatx())
        return ops.minimum(done / steps, 1.0)

    def _encoded(self, inputs, training):
        """Mean and log-variance as the encoder gives them."""
        return self.encoder(inputs, training=training)

    def _parameters(self, codes, inputs, training):
        """Outputs of the decoder; `inputs` are for what else it may depend on."""
        return self.decoder(codes, training=training)

    def _distribution(self, inputs, training):
        # Exponentials and sums of half precision would lose too much.
        return [
            ops.cast(one, keras.config.floatx())
            for one in self._encoded(inputs, training)
        ]

    def _outputs(self, parameters):
        return parameters if self.likelihood is None else self.likelihood(parameters)

    def _log_likelihood(self, targets, parameters):
        parameters = ops.cast(parameters, keras.config.floatx())
        return self.likelihood.log_likelihood(
            ops.cast(targets, parameters.dtype), parameters
        )
