"""The score-matching autoencoder."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae import evaluation, losses, types
from tfae.arguments import check_choice, check_integers, check_positive
from tfae.layers.sampling import standard_normal
from tfae.models import network_checks, score_matching
from tfae.models.autoencoder import Autoencoder
from tfae.models.checks import check_built
from tfae.models.randomness import evaluation_noise
from tfae.models.signatures import Signature
from tfae.reporting import pictures

METHODS = ("denoising", "sliced", "explicit")
# From 1 to .01, as in Song & Ermon.
NOISE_LEVELS = tuple(np.geomspace(1, 0.01, 10).round(4).tolist())
# Steps at each noise level of the exported sampler.
SERVED_STEPS = 3


@keras.saving.register_keras_serializable(package="tfae")
class ScoreMatchingAutoencoder(Autoencoder):
    """An autoencoder r trained as the score of a density, ψ(x) = (r(x) − x)/σ².

    The score is the gradient of log p(x) with respect to x. It is matched to that of
    the data by minimizing the mean of

    - `"explicit"`: ½‖ψ(x)‖² + tr ∇ψ(x), with the trace from the whole Jacobian;
    - `"sliced"`: vᵀ∇ψ(x)v + ½(vᵀψ(x))², v ~ N(0, I), with the same mean;
    - `"denoising"`: ½‖ψ(x̃) − (x − x̃)/σ²‖², x̃ = x + σ ε: the score of the data with
      noise of σ. With several levels one is drawn for each example, and its loss is
      weighted by σ²; one network r reconstructs all of them.

    The only term is `score_matching`. With one tied layer, sigmoid to linear, ψ is −∇E
    for an energy E, and the denoising loss is half the squared error divided by σ⁴.

    Reference:
        Hyvärinen, "Estimation of Non-Normalized Statistical Models by Score Matching",
        JMLR 2005; Vincent, "A Connection Between Score Matching and Denoising
        Autoencoders", 2011, equations 11 to 17; Song et al., "Sliced Score Matching",
        UAI 2019, equation 8; Song & Ermon, "Generative Modeling by Estimating Gradients
        of the Data Distribution", NeurIPS 2019, for noise levels and sampling.

    Args:
        encoder: Keras model or layer from inputs to codes.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        method: `"denoising"`, `"sliced"` or `"explicit"`.
        noise_levels: Float σ > 0, or a decreasing sequence of them for `"denoising"`.
            Defaults to ten from 1 to .01 for it, and to 1 for the others.
        projections: Positive integer, draws of v for `"sliced"`.
        **kwargs: As for `tfae.Autoencoder`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean, whether layers such as dropout are active.

    Returns:
        The reconstruction r(x) = x + σ² ψ(x), a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, or noise levels do not
            decrease.

    Example:
    >>> networks = tfae.networks.dense(
    ...     64, [32], "sigmoid", output_activation="linear", tie_weights=True
    ... )
    >>> model = tfae.ScoreMatchingAutoencoder(*networks)
    >>> model.compile("adam")
    >>> history = model.fit(np.random.rand(100, 64), epochs=2, verbose=0)
    >>> model.sample(5, steps=2, seed=1).shape
    TensorShape([5, 64])
    """

    term_names = ("score_matching",)
    reports = {**Autoencoder.reports, "samples": pictures.samples}
    takes_switches = False

    def __init__(
        self,
        encoder: types.Layer,
        decoder: types.Layer,
        method: str = "denoising",
        noise_levels=None,
        projections: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        check_choice(METHODS, method=method)
        check_integers(projections=projections)
        if noise_levels is None:
            noise_levels = NOISE_LEVELS if method == "denoising" else 1.0
        self.noise_levels = score_matching.falling(noise_levels, method)
        self.method, self.projections = method, projections
        self.seed_generator = keras.random.SeedGenerator()
        self._descending = tf.function(self._descend, reduce_retracing=True)

    @property
    def evaluation_batch_size(self) -> int:
        """Batch size of the evaluation, which may need a Jacobian for each example."""
        return 50 if self.method == "explicit" else evaluation.BATCH_SIZE

    def score(self, inputs, noise_level=None, training=False) -> types.Tensor:
        """ψ, the gradient of log p at `inputs`, in one batch.

        Args:
            inputs: Tensor of shape `(batch, ...)`.
            noise_level: Float σ > 0. Defaults to the lowest.
            training: Boolean, whether layers such as dropout are active.

        Returns:
            Tensor of the shape of `inputs`.
        """
        level = self.noise_levels[-1] if noise_level is None else noise_level
        outputs = self(inputs, training=training)
        self.check_targets(inputs, outputs)
        return (ops.cast(outputs, inputs.dtype) - inputs) / level**2

    def energy(self, inputs: types.TensorLike, noise_level=None) -> types.Tensor:
        """E(x), −log p(x) up to a constant, of one tied layer, sigmoid to linear.

        −[c·x − ½‖x‖² + Σ_j s⁺(W_j·x + b_j)]/σ² with s⁺(a) = log(1 + eᵃ).

        Args:
            inputs: Tensor of shape `(batch, features)`.
            noise_level: As for `score`.

        Raises:
            ValueError: If the networks are of another kind, without a known energy.
        """
        level = self.noise_levels[-1] if noise_level is None else noise_level
        return score_matching.energy(self.encoder, self.decoder, inputs) / level**2

    def sample(self, count: int, steps=100, step_size=0.2, seed=None, shape=None):
        """Draws `count` examples by annealed Langevin dynamics.

        It takes `steps` steps x + α/2 ψ(x) + √α ε with α = `step_size` σ² at each noise
        level, from high to low, and returns the reconstruction of the last x.

        Args:
            count: Positive integer.
            steps: Positive integer, steps at each level.
            step_size: Float > 0, share of σ².
            seed: Integer for reproducible draws, or `None` for new draws at each call.
            shape: Shape of an example, for networks that take images of any size.

        Returns:
            Tensor of shape `(count, ...)`.
        """
        check_integers(count=count, steps=steps)
        check_positive(step_size=step_size)
        check_built(self)
        shape = (count, *network_checks.check_example_shape(self, shape))
        with self.seeded(seed):
            start = keras.random.uniform(shape, seed=self.seed_generator)
            return self._descending(start, steps, step_size)

    def prepare(self, data):
        batch = super().prepare(data)
        shape = ops.shape(batch.inputs)
        if self.method == "explicit":
            return batch
        places = tf.random.stateless_uniform(
            (shape[0],),
            self.seed_generator.next(),
            maxval=len(self.noise_levels),
            dtype=tf.int32,
        )
        noise = standard_normal(self._noise_shape(shape), self.seed_generator.next())
        return batch.with_drawn(noise=noise, places=places)

    def loss_terms(
        self, inputs, targets, training, sample_weight=None, noise=None, places=None
    ):
        losses.check_example_weights(sample_weight)
        self.check_targets(targets, inputs)
        shape = ops.shape(inputs)
        if not training:
            noise = evaluation_noise(self._noise_shape(shape))
            places = ops.arange(shape[0]) % len(self.noise_levels)
        if self.method == "denoising":
            outputs, costs = self._denoising(inputs, targets, noise, places, training)
        else:
            directions = noise if self.method == "sliced" else None
            score = functools.partial(self.score, training=training)
            scores, costs = score_matching.costs(score, inputs, directions)
            outputs = inputs + self.noise_levels[-1] ** 2 * scores
        return outputs, {"score_matching": losses.mean_over_batch(costs, sample_weight)}

    def _denoising(self, inputs, targets, noise, places, training):
        levels = ops.take(ops.array(self.noise_levels, inputs.dtype), places)
        wide = ops.reshape(levels, (-1, *(1 for _ in inputs.shape[1:])))
        noisy = inputs + wide * ops.cast(noise[0], inputs.dtype)
        outputs = self(noisy, training=training)
        self.check_targets(targets, outputs)
        gaps = ops.cast(outputs, inputs.dtype) - ops.cast(targets, inputs.dtype)
        gaps = losses.sum_over_features(ops.square(gaps)) / 2
        # Each level is weighted by σ²; otherwise the lowest would dominate.
        power = 2 if len(self.noise_levels) > 1 else 4
        return outputs, gaps / levels**power

    def _noise_shape(self, shape):
        return (self.projections if self.method == "sliced" else 1, *shape)

    def _descend(self, values, steps, step_size, noise=None):
        """Annealed Langevin dynamics; `noise` is `(batch, levels · steps, …)`."""

        def draw(index):
            if noise is None:
                return standard_normal(ops.shape(values), self.seed_generator.next())
            return noise[:, index]

        found = score_matching.langevin(
            self.score, values, self.noise_levels, steps, step_size, draw
        )
        return self(found)

    def serving_signatures(self) -> types.Config:
        def sample(inputs, noise):
            return {"samples": self._descend(inputs, SERVED_STEPS, 0.2, noise)}

        def score(inputs):
            return {"score": self.score(inputs)}

        steps = SERVED_STEPS * len(self.noise_levels)
        shapes = {"inputs": self.example_shape, "noise": (steps, *self.example_shape)}
        return {
            **super().serving_signatures(),
            "sample": Signature(sample, shapes),
            "log_density_gradient": Signature(score, {"inputs": self.example_shape}),
        }

    def serving_examples(self, inputs: types.TensorLike) -> types.Config:
        steps = SERVED_STEPS * len(self.noise_levels)
        noise = evaluation_noise((len(inputs), steps, *self.example_shape))
        return {**super().serving_examples(inputs), "noise": noise}

    def get_config(self) -> types.Config:
        return {
            **super().get_config(),
            "method": self.method,
            "noise_levels": self.noise_levels,
            "projections": self.projections,
        }
