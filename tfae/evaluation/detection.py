"""Figures of a detector on a part of the data."""

from tfae.evaluation import calibration
from tfae.types import Config, Shape


def check_numbers(part):
    """Raises `ValueError` if labels were texts, which do not identify the anomalies.

    Args:
        part: `tfae.datasets.Part`.
    """
    texts = getattr(part.inputs, "label_names", None)
    if texts:
        raise ValueError(
            "Labels must be 1 for anomalies and 0 for normal examples. Received: "
            f"{', '.join(map(repr, texts[:5]))}. Replace them by these numbers."
        )


def detection_figures(detector, part, image_shape: Shape | None = None) -> Config:
    """Rates and curves of a calibrated `tfae.Detector`, as in `calibration.figures`.

    Args:
        detector: Calibrated detector.
        part: `tfae.datasets.Part`, with labels 1 for anomalies and 0 for normal
            examples, or without labels, of normal examples.
        image_shape: Not used.

    Raises:
        ValueError: If there are other labels.
    """
    detector.check_calibrated()
    check_numbers(part)
    scores = detector.anomaly_scores(part.inputs)
    return calibration.figures(scores, float(detector.threshold), part.labels)
