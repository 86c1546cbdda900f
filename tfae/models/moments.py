"""Second moments, summed over batches, and the resulting linear maps."""

import warnings

import numpy as np
import tensorflow as tf

DEFAULT_REGULARIZATION = 1e-5


def corrupt_moments(moments, cross_moments, rate):
    """E[Q] and E[P]: the expected moments of masked features.

    Args:
        moments: Array of shape `(features + 1, features + 1)`, E[xxᵀ] of the inputs
            with the constant 1 as their last feature.
        cross_moments: Array of shape `(features + 1, targets)`, E[xtᵀ].
        rate: Float in [0, 1), probability of masking a feature other than the constant.
    """
    kept = np.full(len(moments), 1 - rate)
    kept[-1] = 1
    corrupted = moments * np.outer(kept, kept)
    np.fill_diagonal(corrupted, np.diag(moments) * kept)
    return corrupted, kept[:, None] * cross_moments


def solution(moments, cross_moments, regularization=None, name="the layer"):
    """The least-squares linear map from inputs to targets.

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


class Moments:
    """Sums over an epoch that determine a layer or the decoder."""

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
        """Resets the sums and continues with the layer of this index."""
        self.layer.assign(layer)
        for variable in vars(self).values():
            if variable is not self.layer:
                variable.assign(tf.zeros_like(variable))

    def add(self, inputs, layers):
        """Adds a batch, as the inputs of the layer to solve or of the decoder."""
        branches = [
            lambda hidden=layers[:index]: self._add_hidden(inputs, hidden)
            for index in range(len(layers))
        ]
        branches.append(lambda: self._add_decoder(inputs, layers))
        tf.switch_case(tf.convert_to_tensor(self.layer), branches)

    def _add_hidden(self, inputs, layers):
        self._add_products(_through(layers, inputs))
        return tf.constant(0)  # branches must return something

    def _add_decoder(self, targets, layers):
        inputs = _through(layers, targets)
        self._add_products(inputs)
        targets = tf.cast(targets, inputs.dtype)
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


def _through(layers, values):
    for layer in layers:
        values = layer(values)
    # Half precision is too coarse for sums over examples.
    return tf.cast(values, tf.float32) if values.dtype.size < 4 else values
