"""The sparse autoencoder."""

from typing import Literal

import keras
from keras import ops

from tfae import losses, networks
from tfae.arguments import check_weights, is_real
from tfae.models import directions
from tfae.models.autoencoder import Autoencoder
from tfae.reporting import pictures
from tfae.types import Config, Layer, Shape

PENALTIES = ("kl", "squared", "l1")
# Activations with probabilities as values, for the Kullback-Leibler penalty.
PROBABILITIES = ("sigmoid", "hard_sigmoid", "hardsigmoid", "softmax")
# A unit is near its target if its mean activation is off by at most this share of it.
NEAR = 0.25


@keras.saving.register_keras_serializable(package="tfae")
class SparseAutoencoder(Autoencoder):
    """An autoencoder whose code units are rarely active.

    It minimizes the reconstruction loss plus β times a penalty on the codes h:

    - `"kl"`: Σ_j KL(ρ ‖ ρ̂_j), where ρ̂_j is the mean activation of unit j;
    - `"squared"`: Σ_j (ρ̂_j − ρ)²;
    - `"l1"`: Σ_j |h_j|, averaged over the batch, without a target.

    ρ̂_j is the mean over the batch, which must not be too small, or with `momentum` a
    running mean over batches, which is accurate for small batches, too: the penalty is
    then evaluated at the running mean, with the gradient of the current batch. Weights
    of examples apply to their reconstruction, not to the penalty.

    In addition to the loss and its terms it reports `mean_activation`, over units and
    examples, and, with a target, `near_target`: the share of the units whose batch mean
    is within 25 % of ρ.

    Reference:
        Ng, "Sparse Autoencoder", CS294A lecture notes, 2011, for `"kl"`;
        Géron, "Hands-On Machine Learning", 2017, equation 15-2.

    Args:
        encoder: Keras model or layer from inputs to codes, `(batch, ..., units)`. For
            `"kl"` its activation must return probabilities, such as the sigmoid; this
            is not checked if the activation is unknown.
        decoder: Keras model or layer from codes to outputs of the inputs' shape.
        sparsity: Float β >= 0, weight of the penalty, relative to a loss averaged over
            the batch; see `tfae.losses` for losses summed over features, as in the
            papers.
        target_activation: Float ρ in (0, 1), the mean activation to reach. Defaults to
            0.1; `"l1"` has none.
        penalty: `"kl"`, `"squared"` or `"l1"`.
        momentum: Float in (0, 1), share of the running mean kept at each batch, or
            `None` for the batch mean alone. `"l1"` has none.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`.
        training: Boolean.

    Returns:
        The reconstruction, a tensor of the shape of `inputs`.

    Raises:
        ValueError: If an argument is outside its range, the code's activation does not
            suit the penalty, or, in training, a penalty on the batch mean gets a batch
            of one example.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [100], activation="sigmoid")
    >>> model = tfae.SparseAutoencoder(encoder, decoder, sparsity=0.2)
    >>> model.compile(optimizer="adam", loss="mse")
    """

    term_names = ("reconstruction", "sparsity")
    reports = {**Autoencoder.reports, "activations": pictures.activations}

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        sparsity: float = 0.2,
        target_activation: float | None = None,
        penalty: Literal["kl", "squared", "l1"] = "kl",
        momentum: float | None = None,
        **kwargs,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        if penalty not in PENALTIES:
            raise ValueError(
                f"`penalty` must be one of {', '.join(PENALTIES)}. "
                f"Received: penalty={penalty!r}"
            )
        check_weights(sparsity=sparsity)
        if penalty == "l1" and (target_activation, momentum) != (None, None):
            raise ValueError(
                'The penalty "l1" has no mean activation to aim at. Received: '
                f"target_activation={target_activation}, momentum={momentum}. Leave "
                'them out, or use penalty="kl" or "squared".'
            )
        if target_activation is None and penalty != "l1":
            target_activation = 0.1
        if target_activation is not None and not _is_share(target_activation):
            raise ValueError(
                "`target_activation` must be in (0, 1). "
                f"Received: target_activation={target_activation!r}"
            )
        if momentum is not None and not _is_share(momentum):
            raise ValueError(
                "`momentum` must be in (0, 1), or None. "
                f"Received: momentum={momentum!r}"
            )
        activation = networks.output_activation(encoder) if penalty == "kl" else None
        if activation is not None and activation not in PROBABILITIES:
            raise ValueError(
                'The penalty "kl" takes activations for probabilities. Received: an '
                f"encoder that ends with {activation!r}. Use "
                '"sigmoid" for the code, or penalty="l1".'
            )
        self.sparsity = sparsity
        self.target_activation = target_activation
        self.penalty = penalty
        self.momentum = momentum
        self._running_mean = None
        self._activation_tracker = directions.mean("mean_activation")
        if penalty != "l1":
            self._near_tracker = directions.mean("near_target", "up")

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if self.momentum is not None:
            # Starts at the target, where the penalty is 0.
            self._running_mean = self.add_weight(
                name="running_mean",
                shape=self.code_shape[-1:],
                initializer=keras.initializers.Constant(self.target_activation),
                trainable=False,
            )

    def loss_terms(self, inputs, targets, training, sample_weight=None):
        encoded = self.encoder(inputs, training=training)
        outputs = self.decoder(encoded, training=training)
        codes, _ = networks.codes_and_switches(encoded)
        return outputs, {
            "reconstruction": self.reconstruction_loss(targets, outputs, sample_weight),
            "sparsity": self.sparsity * self._penalty(codes, training),
        }

    def _penalty(self, codes, training):
        codes = ops.cast(codes, keras.config.floatx())  # for accurate sums
        size = ops.shape(codes)[0]
        self._activation_tracker.update_state(ops.mean(codes), sample_weight=size)
        if self.penalty == "l1":
            return ops.mean(losses.sum_over_features(ops.abs(codes)))
        if training and codes.shape[0] == 1 and self.momentum is None:
            raise ValueError(
                "The mean activation of a batch needs more than one example. Received: "
                'a batch of 1. Raise the batch size, or use penalty="l1".'
            )
        mean = ops.mean(codes, axis=tuple(range(len(codes.shape) - 1)))
        distance = ops.abs(mean - self.target_activation)
        near = ops.cast(distance <= NEAR * self.target_activation, mean.dtype)
        self._near_tracker.update_state(ops.mean(near), sample_weight=size)
        if training and self.momentum is not None:
            mean = self._over_batches(mean)
        if self.penalty == "squared":
            return ops.sum(ops.square(mean - self.target_activation))
        return ops.sum(losses.bernoulli_kl(self.target_activation, mean))

    def _over_batches(self, mean):
        """The running mean, with the gradient of the batch mean."""
        mean = ops.cast(mean, self._running_mean.dtype)
        running = self.momentum * self._running_mean + (1 - self.momentum) * mean
        self._running_mean.assign(ops.stop_gradient(running))
        return mean + ops.stop_gradient(running - mean)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "sparsity": self.sparsity,
            "target_activation": self.target_activation,
            "penalty": self.penalty,
            "momentum": self.momentum,
        }


def _is_share(value):
    return is_real(value) and 0 < value < 1
