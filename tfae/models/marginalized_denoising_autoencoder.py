"""The marginalized denoising autoencoder: linear, and solved without descent."""

import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfae.models.autoencoder import Autoencoder

DEFAULT_REGULARIZATION = 1e-5
EXAMPLES = "examples"  # seen so far, which is all there is to tell within an epoch


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
    Epoch e solves layer e; after the last the first comes again, to no effect. The loss
    of an epoch is the expected squared error of its layer, per feature, once solved;
    the optimizer given to `compile` is not used.

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
        ValueError: If an argument is outside its range, or `fit` gets targets, weights
            of examples, or inputs whose covariance is singular in spite of
            `regularization`.

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
        if targets is not inputs or sample_weight is not None:
            raise ValueError(
                "The closed form knows neither targets nor weights of examples, since "
                "it corrupts the inputs itself. Leave labels out: fit(x)."
            )
        self._moments.add(inputs, self.encoder.layers)
        return {EXAMPLES: self._moments.count}  # the error comes with the solution

    def solve(self, index):
        """Sets the weights of layer `index` from the moments that are collected.

        Returns:
            The expected squared error of the layer, averaged over its features.
        """
        layer = self.solved_layers[index]
        moments, cross_moments, target_moment = self._moments.means()
        rate = 0.0 if index == self.depth else self.rate
        corrupted, corrupted_cross = corrupt_moments(moments, cross_moments, rate)
        weights = solution(
            corrupted, corrupted_cross, self.regularization, name=layer.name
        )
        layer.set_weights([weights[:-1], weights[-1]])
        explained = 2 * corrupted_cross - corrupted @ weights
        return (target_moment - np.sum(weights * explained)) / self.input_dim

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


def corrupt_moments(moments, cross_moments, rate):
    """E[Q] and E[P]: the moments as they are expected once features are masked.

    Args:
        moments: Array of shape `(features + 1, features + 1)`, E[xxᵀ] of the inputs
            with the constant 1 as their last feature.
        cross_moments: Array of shape `(features + 1, targets)`, E[xtᵀ].
        rate: Float in [0, 1), probability of a feature but the constant to be masked.
    """
    kept = np.full(len(moments), 1 - rate)
    kept[-1] = 1
    corrupted = moments * np.outer(kept, kept)
    np.fill_diagonal(corrupted, np.diag(moments) * kept)
    return corrupted, kept[:, None] * cross_moments


def solution(moments, cross_moments, regularization=None, name="the layer"):
    """The linear map from inputs to targets of least squared error.

    Args:
        moments: Array of shape `(features, features)`, second moments of the inputs.
        cross_moments: Array of shape `(features, targets)`.
        regularization: Float added to the diagonal, or `None` for 1e-5 where needed.
        name: Name for the messages.

    Returns:
        Array of shape `(features, targets)`.

    Raises:
        ValueError: If the moments are singular in spite of `regularization`.
    """
    from scipy import linalg

    added = (regularization or 0) * np.eye(len(moments))
    with warnings.catch_warnings():
        warnings.simplefilter("error", linalg.LinAlgWarning)
        try:
            return linalg.solve(moments + added, cross_moments, assume_a="pos")
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
    return solution(moments, cross_moments, DEFAULT_REGULARIZATION, name)


class _Moments:
    """Sums over an epoch of what a layer, or the decoder, is solved from."""

    def __init__(self, features):
        def zeros(*shape):
            return tf.Variable(tf.zeros(shape, "float64"), trainable=False)

        self.layer = tf.Variable(0, trainable=False)
        self.count, self.target_squares = zeros(), zeros()
        self.sums = zeros(features)
        self.target_sums = zeros(features)
        self.products = zeros(features, features)
        self.target_products = zeros(features, features)

    def start(self, layer):
        """Forgets everything, and goes on with the layer of this index."""
        self.layer.assign(layer)
        for variable in vars(self).values():
            if variable is not self.layer:
                variable.assign(tf.zeros_like(variable))

    def add(self, inputs, layers):
        """Adds a batch as the layer to solve sees it, or the decoder."""
        branches = [
            lambda hidden=layers[:index]: self._add_hidden(inputs, hidden)
            for index in range(len(layers))
        ]
        branches.append(lambda: self._add_decoder(inputs, layers))
        tf.switch_case(tf.convert_to_tensor(self.layer), branches)

    def _add_hidden(self, inputs, layers):
        for layer in layers:
            inputs = layer(inputs)
        self._add_products(inputs)
        return tf.constant(0)  # branches must return something

    def _add_decoder(self, targets, layers):
        inputs = targets
        for layer in layers:
            inputs = layer(inputs)
        self._add_products(inputs)
        products = tf.matmul(inputs, targets, transpose_a=True)
        self.target_products.assign_add(tf.cast(products, "float64"))
        self.target_sums.assign_add(tf.cast(tf.reduce_sum(targets, 0), "float64"))
        squares = tf.reduce_sum(tf.square(targets))
        self.target_squares.assign_add(tf.cast(squares, "float64"))
        return tf.constant(0)

    def _add_products(self, inputs):
        self.count.assign_add(tf.cast(tf.shape(inputs)[0], "float64"))
        self.sums.assign_add(tf.cast(tf.reduce_sum(inputs, 0), "float64"))
        products = tf.matmul(inputs, inputs, transpose_a=True)
        self.products.assign_add(tf.cast(products, "float64"))

    def means(self):
        """E[xxᵀ] and E[xtᵀ], where x ends with a constant 1, and E‖t‖²."""
        count, sums, products = (
            x.numpy() for x in (self.count, self.sums, self.products)
        )
        moments = np.block([[products, sums[:, None]], [sums, count]]) / count
        if not self.target_squares.numpy():  # the inputs are the targets
            return moments, moments[:, :-1], np.trace(products) / count
        cross = np.vstack([self.target_products.numpy(), self.target_sums.numpy()])
        return moments, cross / count, self.target_squares.numpy() / count


class _SolveLayer(keras.callbacks.Callback):
    """Solves a layer at the end of its epoch, before the validation if there is one."""

    def on_epoch_begin(self, epoch, logs=None):
        self.pending, self.error = epoch % len(self.model.solved_layers), None
        self.model._moments.start(self.pending)

    def on_test_begin(self, logs=None):
        self._solve()

    def on_epoch_end(self, epoch, logs):
        self._solve()
        del logs[EXAMPLES]
        logs["loss"] = logs["reconstruction"] = float(self.error)

    def _solve(self):
        if self.error is None:
            self.error = self.model.solve(self.pending)
