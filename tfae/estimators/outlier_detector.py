"""Outliers by the error of an autoencoder."""

from typing import Literal

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from tfae.arguments import is_real
from tfae.estimators.dense_autoencoder import DenseAutoencoder, in_blocks
from tfae.types import Activation, Array, ArrayLike, Widths


class AutoencoderOutlierDetector(OutlierMixin, DenseAutoencoder):
    """Outliers by the error of an autoencoder, with scikit-learn's detector API.

    With a `contamination` it trains on all rows and flags that share of them, as
    `sklearn.ensemble.IsolationForest` does. With a `false_alarm_rate` instead, a part
    of the rows is held out to calibrate the threshold, so that a new normal row is
    flagged with at most this probability; see `tfae.Detector`.

    Args:
        contamination: Float in (0, 0.5], the share of outliers in the training rows.
        false_alarm_rate: Float in (0, 1), or `None`.
        calibration: Share of the rows for the calibration of a false-alarm rate.
        feature_weights: As for `tfae.Detector`.
        code_size: As for `AutoencoderTransformer`, like the remaining arguments.

    Attributes:
        detector_: The trained `tfae.Detector`.
        offset_: Float, the score below which a row is an outlier.

    Example:
    >>> X = np.random.rand(100, 5)
    >>> detector = tfae.AutoencoderOutlierDetector(epochs=1).fit(X)
    >>> detector.predict([[9.0, 0.0, 0.0, 0.0, 0.0]])
    array([-1])
    """

    def __init__(
        self,
        contamination: float = 0.1,
        false_alarm_rate: float | None = None,
        calibration: float = 0.2,
        feature_weights: str | ArrayLike | None = None,
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
        super().__init__(
            code_size,
            hidden_units,
            activation,
            scaling,
            epochs,
            batch_size,
            learning_rate,
            random_state,
            verbose,
        )
        self.contamination = contamination
        self.false_alarm_rate = false_alarm_rate
        self.calibration = calibration
        self.feature_weights = feature_weights

    def fit(self, X, y=None) -> "AutoencoderOutlierDetector":
        """Trains on rows `X`, `(n, features)`; `y` is not used."""
        from tfae import models
        from tfae.evaluation import calibration
        from tfae.models import rows

        X = validate_data(self, X, dtype=("float64", "float32"), ensure_min_samples=2)
        share = self.contamination
        if not (is_real(share) and 0 < share <= 0.5):
            raise ValueError(
                "`contamination` must be in (0, 0.5]. Received: "
                f"contamination={share!r}."
            )
        train, rest = X, X[:0]
        if self.false_alarm_rate is not None:
            count = rows.held_out(self.calibration, len(X))
            calibration.rank(count, self.false_alarm_rate)
            order = check_random_state(self.random_state).permutation(len(X))
            train, rest = X[order[:-count]], X[order[-count:]]
        detector = models.Detector(
            self._trained(train), feature_weights=self.feature_weights
        ).adapt(train)
        if self.false_alarm_rate is not None:
            detector.calibrate(rest, false_alarm_rate=self.false_alarm_rate)
            self.offset_ = -float(detector.threshold)
        else:
            scores = -in_blocks(detector, train)
            self.offset_ = float(np.percentile(scores, 100 * share))
            detector.set_threshold(-self.offset_, -scores)
        self.detector_ = detector
        return self

    def score_samples(self, X) -> Array:
        """Minus the anomaly scores of rows, `(n,)`: low for outliers."""
        rows = self._checked(X)
        return -in_blocks(self.detector_, rows).astype("float64")

    def decision_function(self, X) -> Array:
        """Scores minus `offset_`: negative for outliers."""
        scores = self.score_samples(X)
        return scores - self.offset_

    def predict(self, X):
        """Array of −1 for outliers and 1 for inliers."""
        return np.where(self.decision_function(X) < 0, -1, 1)
