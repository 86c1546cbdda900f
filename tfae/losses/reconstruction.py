"""Reconstruction losses for `compile`."""

import keras
from keras import ops

from tfae.losses.reductions import sum_over_features
from tfae.types import Config, TensorLike

LEAST_PROBABILITY = 1e-20  # with a finite logarithm in single precision


@keras.saving.register_keras_serializable(package="tfae")
class SummedSquaredError(keras.losses.Loss):
    """Squared error summed over the features of an example: Σ_d (x_d − x̂_d)².

    Keras' `"mse"` is this divided by the number of features. Penalties that sum over
    units have the relative weight of the papers only with this loss.

    Args:
        reduction: As for Keras' losses. Defaults to the mean over the batch.
        name: Name of the loss.

    Example:
    >>> float(tfae.losses.SummedSquaredError()(np.ones((4, 3)), np.zeros((4, 3))))
    3.0
    """

    def __init__(
        self,
        reduction: str = "sum_over_batch_size",
        name: str = "summed_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: TensorLike, y_pred: TensorLike):
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
    >>> loss = tfae.losses.SummedBinaryCrossentropy()
    >>> round(float(loss(np.ones((1, 2)), np.full((1, 2), 0.5))), 4)
    1.3863
    """

    def __init__(
        self,
        reduction: str = "sum_over_batch_size",
        name: str = "summed_binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: TensorLike, y_pred: TensorLike):
        return sum_over_features(ops.binary_crossentropy(y_true, y_pred))


@keras.saving.register_keras_serializable(package="tfae")
class MultinomialCrossentropy(keras.losses.Loss):
    """Cross-entropy of a bag of words and word probabilities, in nats per word.

    −Σ_w (n_w / n) log p_w for counts n_w with sum n; 0 for a document without words.

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural
        Networks", Science 313, 2006, for documents.

    Args:
        summed: Boolean, whether to omit the division by n: nats per document.
        reduction: As for Keras' losses. Defaults to the mean over the batch.
        name: Name of the loss.

    Example:
    >>> counts, probabilities = np.array([[3.0, 1.0]]), np.array([[0.5, 0.5]])
    >>> loss = tfae.losses.MultinomialCrossentropy()
    >>> round(float(loss(counts, probabilities)), 4)
    0.6931
    """

    def __init__(
        self,
        summed: bool = False,
        reduction: str = "sum_over_batch_size",
        name: str = "multinomial_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.summed = summed

    def call(self, y_true: TensorLike, y_pred: TensorLike):
        logarithms = ops.log(ops.maximum(y_pred, LEAST_PROBABILITY))
        costs = -sum_over_features(y_true * logarithms)
        if self.summed:
            return costs
        return costs / ops.maximum(sum_over_features(y_true), 1)

    def get_config(self) -> Config:
        return {**super().get_config(), "summed": self.summed}
