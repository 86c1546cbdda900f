"""Codes of an autoencoder as features."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from tfae.estimators.dense_autoencoder import DenseAutoencoder, in_blocks
from tfae.types import Array


class AutoencoderTransformer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, DenseAutoencoder
):
    """Codes of an autoencoder as features, like those of `sklearn.decomposition.PCA`.

    Columns are scaled within the model. `fit(X)` takes no labels, and `score(X)` is
    minus the mean squared error of the scaled reconstruction, so that `GridSearchCV`
    works without labels.

    Args:
        code_size: Integer, number of output features.
        hidden_units: Sequence of integers, widths of the layers before the code.
        activation: Activation of these layers; code and outputs are linear.
        scaling: As for `tfae.layers.FeatureScaling`.
        epochs, batch_size: Integers, of the training.
        learning_rate: Float, of Adam.
        random_state: Integer, `RandomState` or `None`, as in scikit-learn.
        verbose: As for `keras.Model.fit`.

    Attributes:
        model_: The trained `tfae.PreprocessedModel`.

    Example:
    >>> X = np.random.rand(100, 5)
    >>> codes = tfae.AutoencoderTransformer(code_size=2, epochs=1).fit_transform(X)
    >>> codes.shape
    (100, 2)
    """

    def fit(self, X, y=None) -> "AutoencoderTransformer":
        """Trains on rows `X`, `(n, features)`; `y` is not used."""
        X = validate_data(self, X, dtype=("float64", "float32"), ensure_min_samples=2)
        self.model_ = self._trained(X)
        self._n_features_out = self.code_size
        return self

    def transform(self, X) -> Array:
        """Codes of rows, `(n, code_size)`."""
        return in_blocks(self.model_.encode, self._checked(X))

    def inverse_transform(self, X) -> Array:
        """Rows decoded from codes, `(n, features)`, in the units of the columns."""
        check_is_fitted(self)
        codes = np.asarray(X)
        if codes.ndim != 2 or codes.shape[1] != self._n_features_out:
            raise ValueError(
                f"Codes must have {self._n_features_out} columns. Received: an array "
                f"of shape {codes.shape}."
            )
        return in_blocks(self.model_.decode, codes)

    def score(self, X, y=None):
        """Minus the mean squared error of the scaled reconstruction of rows."""
        rows = in_blocks(self.model_.prepared, self._checked(X))
        return -float(np.mean((in_blocks(self.model_.model, rows) - rows) ** 2))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
