"""The variational autoencoder."""

import keras
from keras import ops

from tfae import losses
from tfae.arguments import check_integers, check_weights
from tfae.models.latent_variable_autoencoder import LatentVariableAutoencoder
from tfae.models.randomness import evaluation_noise
from tfae.types import Config, Layer


@keras.saving.register_keras_serializable(package="tfae")
class VariationalAutoencoder(LatentVariableAutoencoder):
    """A model p(x | z) p(z) whose encoder approximates p(z | x) by q(z | x).

    The prior p(z) is N(0, I), and q(z | x) = N(μ, diag σ²) of the encoder's μ and
    log σ². It maximizes the evidence lower bound of log p(x),

        ELBO = E_q[log p(x | z)] − KL(q(z | x) ‖ p(z)),

    with the expectation estimated by one draw z = μ + σ ε and the divergence in closed
    form, ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²). The terms of the loss are
    `reconstruction`, −log p(x | z), and `kl`, β times the divergence; both are sums
    over features and over codes, in nats. It also reports `elbo`, with β = 1 and one
    draw, and `active_units`, the number of code units whose mean has a variance over a
    batch above 0.01 (Burda et al. 2016). Without a likelihood there is no `elbo`.

    In training codes are drawn; at inference they are the means. Evaluation also draws,
    with the same noise for every batch of one size.

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014; Higgins et al.,
        "β-VAE", ICLR 2017; Kingma et al., "Improved Variational Inference with Inverse
        Autoregressive Flow", NIPS 2016, for free bits.

    Args:
        encoder: Keras model or layer from inputs to a pair of tensors of one shape,
            the mean and the log-variance, such as `tfae.networks.variational` makes.
        decoder: Keras model or layer from codes to the parameters of the likelihood.
        likelihood: `"bernoulli"`, `"gaussian"` (of variance 1), `"categorical"` (of 256
            levels), or one of `tfae.likelihoods`, as an object or as a dict of its
            class and arguments; `None` to use the loss given to `compile`.
        beta: Float β >= 0, weight of the divergence.
        warm_up_steps: Integer, training steps over which this weight grows linearly
            from 0 to β.
        free_bits: Float λ >= 0 in nats: the divergence of a code, averaged over the
            batch, is clamped from below at λ.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether codes are drawn.

    Returns:
        The mean of p(x | z), a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, the encoder does not return a
            pair, or the decoder's outputs cannot parameterize the likelihood; in
            training and evaluation, if the likelihood is not defined for values of the
            data.

    Example:
    >>> networks = tfae.networks.variational(64, [32], latent_dim=2)
    >>> model = tfae.VariationalAutoencoder(*networks)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.sample(5, seed=1).shape
    TensorShape([5, 64])
    """

    term_names = ("reconstruction", "kl")

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        likelihood: str | Config | Layer | None = "bernoulli",
        beta: float = 1.0,
        warm_up_steps: int = 0,
        free_bits: float = 0.0,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, likelihood, **kwargs)
        check_weights(beta=beta, free_bits=free_bits)
        check_integers(0, warm_up_steps=warm_up_steps)
        self.beta = beta
        self.warm_up_steps = warm_up_steps
        self.free_bits = free_bits

    def loss_terms(self, inputs, targets, training, sample_weight=None, noise=None):
        self._check_loss()
        mean, log_variance = self._distribution(inputs, training)
        if not training:
            noise = evaluation_noise(ops.shape(mean))
        codes = self.sampling([mean, log_variance], noise=noise)
        parameters = self._parameters(codes, inputs, training)
        outputs = self._outputs(parameters)
        if self.likelihood is None:
            reconstruction = self.reconstruction_loss(targets, outputs, sample_weight)
        else:
            self.check_targets(targets, outputs)
            fit = self._log_likelihood(targets, parameters, sample_weight)
            reconstruction = -losses.mean_over_batch(fit, sample_weight)
        # For each code unit, averaged over the batch.
        divergences = losses.gaussian_kl(mean, log_variance)
        divergences = losses.mean_over_batch(divergences, sample_weight)
        self._observe(mean, -reconstruction - ops.sum(divergences))
        return outputs, {
            "reconstruction": reconstruction,
            "kl": self._divergence_cost(divergences, training),
        }

    def _divergence_cost(self, divergences, training):
        """The term `kl`, from the divergence of each code unit over the batch."""
        if self.free_bits:
            divergences = ops.maximum(divergences, self.free_bits)
        weight = self.beta * self._progress(self.warm_up_steps, training)
        return weight * ops.sum(divergences)

    def _progress(self, steps, training):
        """Completed share of the first `steps` of training; 1 in evaluation."""
        if not training or not steps:
            return 1.0
        done = ops.cast(self.optimizer.iterations, keras.config.floatx())
        return ops.minimum(done / steps, 1.0)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "beta": self.beta,
            "warm_up_steps": self.warm_up_steps,
            "free_bits": self.free_bits,
        }
