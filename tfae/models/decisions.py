"""The scikit-learn methods of a calibrated detector."""

import numpy as np

from tfae import evaluation
from tfae.datasets import Part
from tfae.evaluation import calibration as thresholds
from tfae.reporting import detection
from tfae.types import Array, ArrayLike


class Decisions:
    """Mixin for a model with `anomaly_scores`, `threshold`, `calibration_scores`."""

    def score_samples(self, x) -> Array:
        """Minus the anomaly scores: high for normal examples, as scikit-learn's."""
        return -self.anomaly_scores(x)

    def decision_function(self, x) -> Array:
        """Threshold minus score: negative for anomalies."""
        self.check_calibrated()
        return np.float32(self.threshold) - self.anomaly_scores(x)

    def predict(self, x):
        """Array of −1 for anomalies and 1 for normal examples, as scikit-learn's."""
        return np.where(self.decision_function(x) >= 0, 1, -1)

    def report(self, x, labels: ArrayLike | None = None, title: str = "Detector"):
        """Evaluates the detector on examples that it has not seen.

        Args:
            x: Examples, all of them normal if there are no `labels`.
            labels: Array of labels, 1 for anomalies, or `None`.
            title: Title of the figure.

        Returns:
            Pair of the dict of `tfae.evaluation.detection_figures` and a Matplotlib
            figure.
        """
        part = Part(self._taken(x), labels)
        figures = evaluation.detection_figures(self, part)
        return figures, detection.draw(self, part, title)

    def check_calibrated(self) -> None:
        """Raises `ValueError` if there is no threshold yet."""
        if self.calibration_scores is None:
            raise ValueError(
                "The detector has no threshold. Received: one that was not calibrated. "
                "Call `fit`, or `calibrate` with examples that the model was not "
                "trained on."
            )

    def set_threshold(self, threshold: float, scores: ArrayLike):
        """Sets a custom threshold and the scores that it is based on."""
        return self._keep(float(threshold), np.sort(scores), None)

    def set_false_alarm_rate(self, false_alarm_rate: float):
        """Sets the threshold for another rate from the calibration scores.

        Returns:
            The detector.
        """
        self.check_calibrated()
        scores = self.calibration_scores
        return self._keep(*thresholds.choose(scores, None, false_alarm_rate))

    def _keep(self, threshold, scores, false_alarm_rate):
        self.threshold.assign(threshold)
        self.calibration_scores = scores
        self.false_alarm_rate = false_alarm_rate
        return self

    def save_own_variables(self, store):
        super().save_own_variables(store)
        if self.calibration_scores is not None:
            store["calibration_scores"] = self.calibration_scores

    def load_own_variables(self, store):
        stored = {name: store[name] for name in store.keys()}  # noqa: SIM118, no dict
        scores = stored.pop("calibration_scores", None)
        self.calibration_scores = scores if scores is None else np.array(scores)
        super().load_own_variables(stored)
