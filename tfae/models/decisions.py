"""What a calibrated score says of examples, in scikit-learn's words."""

import numpy as np

from tfae import evaluation
from tfae.datasets import Part
from tfae.evaluation import calibration as thresholds
from tfae.reporting import detection
from tfae.types import Array, ArrayLike


class Decisions:
    """Part of a model with `anomaly_scores`, a `threshold` and `calibration_scores`."""

    def score_samples(self, x) -> Array:
        """Minus the anomaly scores: high for normal examples, as scikit-learn's."""
        return -self.anomaly_scores(x)

    def decision_function(self, x) -> Array:
        """How far below the threshold scores are: negative for anomalies."""
        self.check_calibrated()
        return np.float32(self.threshold) - self.anomaly_scores(x)

    def predict(self, x):
        """Array of −1 for anomalies and 1 for normal examples, as scikit-learn's."""
        return np.where(self.decision_function(x) >= 0, 1, -1)

    def report(self, x, labels: ArrayLike | None = None, title: str = "Detector"):
        """What the detector does on examples that it has not seen.

        Args:
            x: Examples, all of them normal where there are no `labels`.
            labels: Array of labels, 1 for anomalies, or `None`.
            title: Title of the picture.

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
        """Sets a threshold of one's own, and the scores that it goes back to."""
        return self._keep(float(threshold), np.sort(scores), None)

    def set_false_alarm_rate(self, false_alarm_rate: float):
        """Moves the threshold to another rate, by the scores that it was set by.

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
