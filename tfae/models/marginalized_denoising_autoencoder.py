"""The marginalized denoising autoencoder: linear, and solved without descent."""

import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae.models.autoencoder import Autoencoder

DEFAULT_REGULARIZATION = 1e-5


@keras.saving.register_keras_serializable(package="tfae")
class MarginalizedDenoisingAutoencoder(Autoencoder):
    """A stack of linear denoisers, each the closed-form limit of endless corruption.

    With x̃ the inputs of which a share p is masked, and a constant 1 that is not, a
    layer minimizes E‖x − Wx̃‖² exactly: W = E[P] E[Q]⁻¹, where, from the second moments
    S of the inputs, E[P]_ij = S_ij q_j and E[Q]_ij = S_ij q_i q_j off the diagonal,
    S_ii q_i on it, with q = 1 − p, and 1 for the constant. Its hidden representation is
    tanh(Wx), the inputs of the next layer. The decoder is the linear map from the last
    one back to the inputs of least squared error.

    `fit` goes through the data once for each layer and once for the decoder, one an
    epoch, and keeps only the moments of a layer: the data may be larger than memory.
    Epoch e solves layer e; after the last the first comes again, to no effect. The
    optimizer given to `compile` is not used.

    Reference:
        Chen et al., "Marginalized Denoising Autoencoders for Domain Adaptation", ICML
        2012, equations 3 to 5 (mDA) and section 3.3 (mSDA).

    Args:
        input_dim: Integer, number of features, and of units in each layer.
        depth: Positive integer, number of layers. Defaults to 1.
        rate: Float p in [0, 1), probability of a feature to be masked.
        regularization: Float >= 0 that is added to the diagonal of E[Q], in which the
            moments are means over the examples. Defaults to `None`: nothing, unless the
            matrix is singular, as it is where features are constant; then 1e-5, and a
            warning says so.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, input_dim)`.
        training: Boolean, without effect.

    Returns:
        The reconstruction, a tensor of shape `(batch, input_dim)`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> model = tfae.MarginalizedDenoisingAutoencoder(64, depth=3, rate=0.5)
    >>> model.compile(loss="mse")
    >>> history = model.fit(np.random.rand(500, 64), verbose=0)
    """

    def __init__(self, input_dim, depth=1, rate=0.5, regularization=None, **kwargs):
        for name, value in (("input_dim", input_dim), ("depth", depth)):
            if type(value) is not int or value < 1:
                raise ValueError(
                    f"`{name}` must be a positive integer. Received: {name}={value!r}"
                )
        if not 0 <= rate < 1:
            raise ValueError(f"`rate` must be in [0, 1). Received: rate={rate}")
        if regularization is not None and not regularization >= 0:
            raise ValueError(
                "`regularization` must be >= 0, or None. "
                f"Received: regularization={regularization}"
            )
        dtype = kwargs.get("dtype")
        layers = [
            keras.layers.Dense(input_dim, "tanh", dtype=dtype, name=f"encoder_{index}")
            for index in range(1, depth + 1)
        ]
        decoder = keras.layers.Dense(input_dim, dtype=dtype, name="decoder_1")
        super().__init__(
            keras.Sequential([keras.Input((input_dim,)), *layers], name="encoder"),
            keras.Sequential([keras.Input((input_dim,)), decoder], name="decoder"),
            **kwargs,
        )
        self.input_dim = input_dim
        self.depth = depth
        self.rate = rate
        self.regularization = regularization
        self._moments = None
        self.build((None, input_dim))
        self.built = True

    @property
    def solved_layers(self):
        """The layers that are solved, one an epoch, the decoder last."""
        return [*self.encoder.layers, *self.decoder.layers]

    def denoise(self, inputs):
        """Wx of the first layer: the linear estimate of the clean inputs."""
        layer = self.encoder.layers[0]
        return ops.matmul(inputs, layer.kernel) + layer.bias

    def fit(self, x=None, y=None, **kwargs):
        kwargs.setdefault("epochs", len(self.solved_layers))
        self._moments = _Moments(self.input_dim)
        if self.optimizer is not None:
            # As after any training: a model that is loaded again expects its state.
            self.optimizer.build(self.trainable_variables)
        callbacks = [_SolveLayer(), *(kwargs.pop("callbacks", None) or [])]
        try:
            return super().fit(x, y, callbacks=callbacks, **kwargs)
        finally:
            # No part of the model: neither saved nor exported.
            self._moments = self.train_function = None

    def train_step(self, data):
        inputs, targets, sample_weight = self._unpack(data)
        self._moments.add(self._pairs(inputs))
        outputs, terms = self._all_terms(inputs, targets, sample_weight, False)
        return self._report(inputs, targets, sample_weight, outputs, terms)

    def _pairs(self, inputs):
        """A function for each of the layers to solve, of its (inputs, targets)."""
        hidden = [inputs]
        for layer in self.encoder.layers:
            hidden.append(layer(hidden[-1]))
        pairs = [(values, values) for values in hidden[:-1]] + [(hidden[-1], inputs)]
        return [lambda pair=pair: pair for pair in pairs]

    def solve(self, index):
        """Sets the weights of layer `index` from the moments that are collected."""
        layer = self.solved_layers[index]
        is_decoder = index == self.depth
        weights = solution(
            *self._moments.means(),
            rate=0.0 if is_decoder else self.rate,
            regularization=self.regularization,
            name=layer.name,
        )
        layer.set_weights([weights[:-1], weights[-1]])

    def get_config(self):
        config = super().get_config()
        del config["encoder"], config["decoder"]
        return {
            **config,
            "input_dim": self.input_dim,
            "depth": self.depth,
            "rate": self.rate,
            "regularization": self.regularization,
        }


def solution(moments, cross_moments, rate, regularization=None, name="the layer"):
    """The linear map from masked inputs to targets that minimizes the expected error.

    Args:
        moments: Array of shape `(features + 1, features + 1)`, E[xxᵀ] of the inputs
            with the constant 1 as their last feature.
        cross_moments: Array of shape `(features + 1, targets)`, E[xtᵀ].
        rate: Float in [0, 1), probability of a feature but the constant to be masked.
        regularization: Float added to the diagonal, or `None` for 1e-5 where needed.
        name: Name for the warning.

    Returns:
        Array of shape `(features + 1, targets)`, the constant's weights last.
    """
    from scipy import linalg

    moments, cross_moments = (
        np.asarray(array, "float64") for array in (moments, cross_moments)
    )
    kept = np.full(len(moments), 1 - rate)
    kept[-1] = 1
    corrupted = moments * np.outer(kept, kept)
    np.fill_diagonal(corrupted, np.diag(moments) * kept)
    corrupted_cross = kept[:, None] * cross_moments
    diagonal = np.eye(len(moments))
    with warnings.catch_warnings():
        warnings.simplefilter("error", linalg.LinAlgWarning)
        try:
            regularized = corrupted + (regularization or 0) * diagonal
            return linalg.solve(regularized, corrupted_cross, assume_a="pos")
        except (linalg.LinAlgError, linalg.LinAlgWarning):
            if regularization is not None:
                raise ValueError(
                    f"The covariance of the inputs of {name} is singular with "
                    f"regularization={regularization}. Use a larger one."
                ) from None
    warnings.warn(
        f"The covariance of the inputs of {name} is singular, as where features are "
        f"constant: {DEFAULT_REGULARIZATION:g} was added to its diagonal.",
        stacklevel=2,
    )
    return solution(moments, cross_moments, rate, DEFAULT_REGULARIZATION, name)


class _Moments:
    """Sums of xxᵀ and xtᵀ over an epoch, where x ends with a constant 1."""

    def __init__(self, features):
        def zeros(*shape):
            return tf.Variable(tf.zeros(shape, "float64"), trainable=False)

        self.layer = tf.Variable(0, trainable=False)
        self.count = zeros()
        self.sums = [zeros(features + 1, features + 1), zeros(features + 1, features)]

    def start(self, layer):
        self.layer.assign(layer)
        for variable in (self.count, *self.sums):
            variable.assign(tf.zeros_like(variable))

    def add(self, pairs):
        inputs, targets = tf.switch_case(tf.convert_to_tensor(self.layer), pairs)
        ones = tf.ones((tf.shape(inputs)[0], 1), inputs.dtype)
        inputs = tf.concat([inputs, ones], 1)
        self.count.assign_add(tf.cast(tf.shape(inputs)[0], "float64"))
        for variable, others in zip(self.sums, (inputs, targets), strict=True):
            product = tf.matmul(inputs, others, transpose_a=True)
            variable.assign_add(tf.cast(product, "float64"))

    def means(self):
        return [variable.numpy() / self.count.numpy() for variable in self.sums]


class _SolveLayer(keras.callbacks.Callback):
    """Solves a layer at the end of its epoch, before the validation if there is one."""

    def on_epoch_begin(self, epoch, logs=None):
        self.pending = epoch % len(self.model.solved_layers)
        self.model._moments.start(self.pending)

    def on_test_begin(self, logs=None):
        self.on_epoch_end(None)

    def on_epoch_end(self, epoch, logs=None):
        if self.pending is not None:
            self.model.solve(self.pending)
            self.pending = None
