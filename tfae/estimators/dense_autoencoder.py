"""Base class of the estimators: a dense autoencoder on scaled columns."""

import contextlib
import random
from typing import Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from tfae.arguments import (
    check_choice,
    check_integers,
    check_positive,
    check_widths,
)
from tfae.types import Activation, Widths

# From `tfae.layers.FeatureScaling`, whose import loads TensorFlow.
WAYS = ("standard", "minmax", "log", "uint8")

# A constant number of rows computed at once: kernels for other numbers round
# differently, so that the codes of an example would depend on its neighbours.
ROWS = 256


class DenseAutoencoder(BaseEstimator):
    """A dense autoencoder on scaled columns, as an estimator.

    Its constructor stores its arguments unchanged; `fit` checks them.
    """

    def __init__(
        self,
        code_size: int = 2,
        hidden_units: Widths = (32,),
        activation: Activation = "relu",
        scaling: Literal["standard", "minmax", "log", "uint8"] = "standard",
        epochs: int = 50,
        batch_size: int = 32,
        learning_rate: float = 0.001,
        random_state=None,
        verbose: int | str = 0,
    ) -> None:
        self.code_size = code_size
        self.hidden_units = hidden_units
        self.activation = activation
        self.scaling = scaling
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.verbose = verbose

    def _trained(self, X):
        """A model of raw rows, trained on them."""
        from tfae import datasets, models, networks

        check_integers(
            code_size=self.code_size, epochs=self.epochs, batch_size=self.batch_size
        )
        check_positive(learning_rate=self.learning_rate)
        check_choice(WAYS, scaling=self.scaling)
        hidden_units = check_widths(hidden_units=self.hidden_units)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        with _seeded(seed):
            pair = networks.dense(
                X.shape[1],
                [*hidden_units, self.code_size],
                activation=self.activation,
                code_activation="linear",
                output_activation="linear",
            )
        model = models.PreprocessedModel(models.Autoencoder(*pair), self.scaling)
        model.adapt(X)
        model.compile(_adam(self.learning_rate), "mse", jit_compile=False)
        rows = np.asarray(model.prepared(X))
        # For the inner model, since its inputs are scaled once instead of every epoch.
        model.model.fit(
            datasets.batches(rows, min(self.batch_size, len(X)), seed=seed),
            epochs=self.epochs,
            shuffle=False,
            verbose=self.verbose,
        )
        return model

    def _checked(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=("float64", "float32"), reset=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.random_state is None
        return tags


def _adam(learning_rate):
    import keras

    return keras.optimizers.Adam(learning_rate)


@contextlib.contextmanager
def _seeded(seed):
    """Seeds Python's generator, from which Keras initializers draw their seeds."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def in_blocks(function, rows):
    """Array of a function's results for rows, in blocks, with the last one padded."""
    found = []
    for start in range(0, len(rows), ROWS):
        block = np.asarray(rows[start : start + ROWS], "float32")
        missing = ROWS - len(block)
        filled = np.concatenate([block, np.repeat(block[-1:], missing, axis=0)])
        found.append(np.asarray(function(filled))[: len(block)])
    return np.concatenate(found)
