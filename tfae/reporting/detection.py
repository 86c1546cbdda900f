"""Plots of a detector: scores, threshold, and curves from labels."""

import numpy as np

from tfae import plots


def of_split(detector, split, title):
    """The plot of the test part."""
    return draw(detector, split.test, f"{title}: test part")


def draw(detector, part, title):
    """Histogram of the scores, with curves if labels have both classes."""
    scores = detector.anomaly_scores(part.inputs)
    labels = part.labels
    both = labels is not None and len(np.unique(labels)) == 2
    return plots.detection(
        scores, float(detector.threshold), np.asarray(labels) if both else None, title
    )
