"""Anomaly scores of examples under a trained model, and their parts.

A score is a layer that stores statistics of normal examples. It is high for anomalies.
`parts` returns the contributions, a tensor of the shape of the examples or of their
codes, and a remainder; the score is the sum of both.
"""

import keras
import numpy as np
from keras import ops

from tfae import losses
from tfae.arguments import check_choice, has
from tfae.layers.running_moments import RunningMoments

RIDGE = 1e-3  # added to each variance of the codes, as a share of their mean
LEAST_VARIANCE = 1e-3  # as a share of the mean variance of the residuals


class Score(keras.layers.Layer):
    """Base class of all scores.

    Attributes:
        learns: Whether the score must learn from normal examples.
        of_features: Whether its parts are the features of an example.
    """

    learns = False
    of_features = True

    def adapt(self, model, batches):
        """Learns from batches of normal examples, as the model takes them."""


class ReconstructionError(Score):
    """Weighted squared error of each feature: s(x) = 1/D Σ_d w_d (x_d − x̂_d)².

    Args:
        example_shape: Shape of an example as the model takes it, with `None` for any.
        feature_weights: Array of weights w ≥ 0 that broadcasts to it; `"residuals"` for
            the inverse variances of x_d − x̂_d over the training examples; or `None`
            for 1.
    """

    def __init__(self, example_shape, code_shape, feature_weights=None):
        super().__init__(dtype=keras.config.floatx())
        if isinstance(feature_weights, str):
            check_choice(("residuals",), feature_weights=feature_weights)
        self.learns = isinstance(feature_weights, str)
        shape = tuple(length or 1 for length in example_shape)
        self.weight = self.add_weight(
            name="feature_weights", shape=shape, initializer="ones", trainable=False
        )
        if feature_weights is not None and not self.learns:
            self.weight.assign(_broadcast(feature_weights, shape))

    @staticmethod
    def check(model):
        _require(model, "decode", "rebuilds its inputs")

    def adapt(self, model, batches):
        """Learns from batches of normal examples, as the model takes them."""
        if not self.learns:
            return
        moments = _Moments()
        for batch in batches:
            residuals = np.asarray(_residuals(model, batch), "float64")
            spread = [i for i, n in enumerate(self.weight.shape, 1) if n == 1]
            moments.add(residuals, axes=(0, *spread))
        variance = moments.variance()
        if not variance.max() > 0:
            raise ValueError(
                '`feature_weights="residuals"` needs errors. Received: a model that '
                "rebuilds every example exactly. Use None."
            )
        floor = LEAST_VARIANCE * variance.mean()
        weights = 1 / np.maximum(variance, floor)
        self.weight.assign((weights / weights.mean()).reshape(self.weight.shape))

    def parts(self, model, inputs):
        errors = ops.square(_residuals(model, inputs)) * self.weight
        count = np.prod(inputs.shape[1:]) if None not in inputs.shape[1:] else None
        if count is None:
            count = ops.cast(ops.prod(ops.shape(inputs)[1:]), errors.dtype)
        return errors / count, None


class NegativeLogLikelihood(Score):
    """s(x) = −Σ_d log p(x_d | z) at the mean z of the code, in nats."""

    def __init__(self, example_shape, code_shape, feature_weights=None):
        super().__init__(dtype=keras.config.floatx())
        _refuse_weights(feature_weights)

    @staticmethod
    def check(model):
        if not has(model, "encode_distribution") or model.likelihood is None:
            raise ValueError(
                "The score takes a model with a likelihood and Gaussian codes, such as "
                f"a VariationalAutoencoder. Received: a {type(model).__name__}. Use "
                'score="reconstruction".'
            )

    def parts(self, model, inputs):
        mean, _ = model.encode_distribution(inputs)
        return _costs(model, inputs, mean), None


class NegativeELBO(NegativeLogLikelihood):
    """s(x) = −Σ_d log p(x_d | z) + KL(q(z | x) ‖ p(z)), z the mean, in nats.

    The features contribute the first sum. The divergence is one number per example.
    """

    def parts(self, model, inputs):
        mean, log_variance = (
            ops.cast(one, keras.config.floatx())
            for one in model.encode_distribution(inputs)
        )
        divergence = losses.gaussian_kl(mean, log_variance)
        return _costs(model, inputs, mean), losses.sum_over_features(divergence)


class CodeDistance(Score):
    """Squared Mahalanobis distance of the code: s(x) = (z − m)ᵀ C⁻¹ (z − m).

    m and C are the mean and the covariance of the codes of the training examples, with
    a thousandth of the mean variance added to the diagonal. Code unit i contributes (z
    − m)_i (C⁻¹ (z − m))_i.
    """

    learns = True
    of_features = False

    def __init__(self, example_shape, code_shape, feature_weights=None):
        super().__init__(dtype=keras.config.floatx())
        _refuse_weights(feature_weights)
        if None in code_shape:
            raise ValueError(
                "The distance takes codes of one length. Received: codes of shape "
                f"{tuple(code_shape)}. Use another score."
            )
        width = int(np.prod(code_shape))
        self.mean = self.add_weight(
            name="mean", shape=(width,), initializer="zeros", trainable=False
        )
        self.precision = self.add_weight(
            name="precision",
            shape=(width, width),
            initializer="identity",
            trainable=False,
        )

    @staticmethod
    def check(model):
        _require(model, "encode", "has codes")

    def adapt(self, model, batches):
        moments = RunningMoments(crossed=True)
        for batch in batches:
            codes = np.asarray(model.encode(batch), "float64")
            moments.add(codes.reshape(-1, self.mean.shape[0]))
        covariance = moments.spread / max(1, moments.count - 1)
        ridge = RIDGE * np.trace(covariance) / len(covariance)
        if not ridge > 0:
            raise ValueError(
                "The distance needs codes that differ. Received: equal codes of all "
                "examples. Has the training failed?"
            )
        self.mean.assign(moments.mean)
        self.precision.assign(
            np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
        )

    def parts(self, model, inputs):
        codes = ops.cast(model.encode(inputs), self.mean.dtype)
        rows = ops.reshape(codes, (-1, self.mean.shape[0])) - self.mean
        return ops.reshape(rows @ self.precision * rows, ops.shape(codes)), None


SCORES = {
    "reconstruction": ReconstructionError,
    "likelihood": NegativeLogLikelihood,
    "elbo": NegativeELBO,
    "mahalanobis": CodeDistance,
}


class _Moments:
    """Mean and variance of each feature, accumulated over blocks of examples."""

    def __init__(self):
        self.count, self.sum, self.squares = 0, 0.0, 0.0

    def add(self, values, axes):
        self.count += np.prod([values.shape[axis] for axis in axes])
        self.sum = self.sum + values.sum(axis=axes)
        self.squares = self.squares + (values**2).sum(axis=axes)

    def variance(self):
        mean = self.sum / self.count
        return np.maximum(self.squares / self.count - mean**2, 0)


def _residuals(model, inputs):
    outputs = ops.cast(model(inputs, training=False), keras.config.floatx())
    if outputs.shape[1:] != inputs.shape[1:]:
        raise ValueError(
            "The score compares outputs with inputs. Received: outputs of shape "
            f"{tuple(outputs.shape[1:])} for inputs of {tuple(inputs.shape[1:])}."
        )
    return ops.cast(inputs, outputs.dtype) - outputs


def _costs(model, inputs, codes):
    parameters = ops.cast(model.decoder(codes, training=False), keras.config.floatx())
    targets = ops.cast(inputs, parameters.dtype)
    return -model.likelihood.log_densities(targets, parameters)


def _require(model, name, what):
    if not has(model, name):
        raise ValueError(
            f"The score takes a model that {what}. Received: a {type(model).__name__}, "
            f"which has no `{name}`."
        )


def _refuse_weights(feature_weights):
    if feature_weights is not None:
        raise ValueError(
            "`feature_weights` go with the reconstruction error. Received: "
            "feature_weights with another score. Leave them out."
        )


def _broadcast(weights, shape):
    weights = np.asarray(weights, "float64")
    usable = (weights >= 0) & (weights < np.inf)
    if weights.shape != shape or not usable.all() or not weights.any():
        raise ValueError(
            f"`feature_weights` must be numbers >= 0 of shape {shape}, not all 0. "
            f"Received: an array of shape {weights.shape}."
        )
    return weights
