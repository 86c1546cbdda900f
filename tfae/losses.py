"""Reconstruction losses and penalties: pure functions of tensors, and no state."""

import math

import keras
import tensorflow as tf
from keras import ops

# Slope of an activation as a function of its output.
SLOPES = {
    keras.activations.linear: ops.ones_like,
    keras.activations.relu: lambda outputs: ops.cast(outputs > 0, outputs.dtype),
    keras.activations.sigmoid: lambda outputs: outputs * (1 - outputs),
    keras.activations.tanh: lambda outputs: 1 - ops.square(outputs),
}
KNOWN_SLOPES = ", ".join(activation.__name__ for activation in SLOPES)


@keras.saving.register_keras_serializable(package="tfae")
class SummedSquaredError(keras.losses.Loss):
    """Squared error summed over the features of an example: Σ_d (x_d − x̂_d)².

    Keras' `"mse"` is this divided by the number of features. A penalty that is a sum
    over units has the weight of the papers beside this one only.

    Args:
        reduction: As for Keras' losses. Defaults to the mean over the batch.
        name: Name of the loss.

    Example:
    >>> float(SummedSquaredError()(np.ones((4, 3)), np.zeros((4, 3))))
    3.0
    """

    def __init__(
        self, reduction="sum_over_batch_size", name="summed_squared_error", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        return sum_over_features(ops.square(y_true - y_pred))


@keras.saving.register_keras_serializable(package="tfae")
class SummedBinaryCrossentropy(keras.losses.Loss):
    """Cross-entropy of Bernoulli features, summed over them, for values in [0, 1].

    −Σ_d [x_d log x̂_d + (1 − x_d) log(1 − x̂_d)], in nats. Keras'
    `"binary_crossentropy"` is this divided by the number of features.

    Args:
        reduction: As for Keras' losses. Defaults to the mean over the batch.
        name: Name of the loss.

    Example:
    >>> float(SummedBinaryCrossentropy()(np.ones((1, 2)), np.full((1, 2), 0.5)))
    1.3862943649291992
    """

    def __init__(
        self,
        reduction="sum_over_batch_size",
        name="summed_binary_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        return sum_over_features(ops.binary_crossentropy(y_true, y_pred))


def spread_weights(loss, targets, outputs, sample_weight):
    """Weights of examples in the axes of the values that a loss gives.

    Keras multiplies a loss of `(batch, height, width)` by them, for which `(batch,)`
    has the wrong axes, or, should a batch be as wide as an image, the last one.

    Args:
        loss: What `compile` got.
        targets: Tensor of shape `(batch, ...)`.
        outputs: Tensor of the same shape.
        sample_weight: Tensor of shape `(batch,)`, or of weights of the values, or
            `None`.
    """
    weights_examples = sample_weight is not None and len(sample_weight.shape) == 1
    if not weights_examples or len(outputs.shape) < 3:
        return sample_weight
    found = keras.losses.get(loss)
    values = (found.call if isinstance(found, keras.losses.Loss) else found)(
        targets, outputs
    )
    return ops.reshape(sample_weight, (-1, *(1 for _ in values.shape[1:])))


def sum_over_features(values):
    """Sums `(batch, ...)` over all axes but the first: `(batch,)`."""
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))


def mean_over_batch(values, sample_weight=None):
    """Mean of `(batch, ...)` over the batch, each example by its weight: `(...)`."""
    if sample_weight is not None:
        shape = (-1, *(1 for _ in values.shape[1:]))
        values = values * ops.reshape(ops.cast(sample_weight, values.dtype), shape)
    return ops.mean(values, axis=0)


def bernoulli_kl(target, mean):
    """KL(ρ ‖ ρ̂) between Bernoulli distributions, elementwise, in nats.

    ρ log(ρ/ρ̂) + (1 − ρ) log((1 − ρ)/(1 − ρ̂)).

    Args:
        target: Float ρ in (0, 1).
        mean: Tensor of values ρ̂ in [0, 1]; kept off both ends by a rounding error, so
            that a unit that never or always fires costs much, but not infinitely much.
    """
    mean = ops.clip(mean, keras.config.epsilon(), 1 - keras.config.epsilon())
    return target * ops.log(target / mean) + (1 - target) * ops.log(
        (1 - target) / (1 - mean)
    )


def gaussian_kl(mean, log_variance):
    """KL(N(μ, σ²) ‖ N(0, 1)), elementwise, in nats: ½ (μ² + σ² − 1 − log σ²).

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.

    Args:
        mean: Tensor μ of any shape.
        log_variance: Tensor log σ² of that shape.
    """
    return (ops.square(mean) + ops.exp(log_variance) - 1 - log_variance) / 2


def gaussian_log_density(values, mean, log_variance):
    """Log N(x; μ, σ²), elementwise, in nats: −½ [(x − μ)²/σ² + log σ² + log 2π].

    Args:
        values: Tensor x of any shape.
        mean: Tensor μ that goes with it.
        log_variance: Tensor log σ² that goes with it.
    """
    squares = ops.square(values - mean) * ops.exp(-log_variance)
    return -(squares + log_variance + math.log(2 * math.pi)) / 2


def dense_jacobian_norm(codes, kernel, activation):
    """‖∂h/∂x‖²_F of one dense layer h = s(xW + b), in closed form: `(batch,)`.

    Σ_j s'(a_j)² Σ_i W_ij²; with the sigmoid s' = h (1 − h).

    Reference:
        Rifai et al., "Contractive Auto-Encoders", ICML 2011.

    Args:
        codes: Tensor h of shape `(batch, ..., units)`.
        kernel: Tensor W of shape `(features, units)`.
        activation: One of the keys of `SLOPES`.
    """
    slopes = ops.square(SLOPES[activation](codes))
    return sum_over_features(slopes * ops.sum(ops.square(kernel), axis=0))


def jacobian_norm(function, inputs):
    """Values of `function`, and ‖∂values/∂inputs‖²_F by automatic differentiation.

    Args:
        function: Function of `inputs` alone, example by example, differentiable.
        inputs: Tensor of shape `(batch, ...)`.

    Returns:
        Tensor of shape `(batch, ...)`, and one of shape `(batch,)`. One backward pass
        for each value of an example: for narrow codes.
    """
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        values = function(inputs)
    return values, sum_over_features(ops.square(tape.batch_jacobian(values, inputs)))


def jacobian_norm_estimate(function, inputs, directions):
    """As `jacobian_norm`, estimated from random directions in the space of values.

    ‖J‖²_F = E‖vJ‖² where v has independent entries of mean 0 and variance 1: unbiased,
    at one backward pass a direction.

    Reference:
        Hutchinson, "A Stochastic Estimator of the Trace of the Influence Matrix",
        1990, for the trace of JJᵀ.

    Args:
        function: As for `jacobian_norm`.
        inputs: As for `jacobian_norm`.
        directions: Function from the values to a list of draws of v, tensors of their
            shape, or of shape `(1, ...)` for one that all examples share.
    """
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        values = function(inputs)
        projected = [
            ops.sum(values * ops.cast(direction, values.dtype))
            for direction in directions(values)
        ]
    norms = [
        sum_over_features(ops.square(tape.gradient(one, inputs))) for one in projected
    ]
    return values, sum(norms) / len(norms)


def discrimination(real, fake, sample_weight=None):
    """Mean of −log D(x) of what is real, and of −log(1 − D(x′)) of what is not.

    Reference:
        Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, equation 1.

    Args:
        real: Tensor of logits of D, `(batch,)`.
        fake: Tensor of logits of D, `(batch,)`.
        sample_weight: Tensor `(batch,)`, weights of the second, or `None`.
    """
    wrong = mean_over_batch(ops.softplus(fake), sample_weight)
    return ops.mean(ops.softplus(-real)) + wrong


def generation(fake, sample_weight=None):
    """Mean of −log D(x′), which a generator minimizes.

    Args:
        fake: Tensor of logits of D, `(batch,)`.
        sample_weight: Tensor `(batch,)`, or `None`.
    """
    return mean_over_batch(ops.softplus(-fake), sample_weight)
