"""Pictures of a detector: scores and its threshold, and what labels say of them."""

import numpy as np

from tfae import plots


def of_split(detector, split, title):
    """The picture of the test part."""
    return draw(detector, split.test, f"{title}: test part")


def draw(detector, part, title):
    """Histogram of the scores; of labels of both classes, curves beside it."""
    scores = detector.anomaly_scores(part.inputs)
    labels = part.labels
    both = labels is not None and len(np.unique(labels)) == 2
    return plots.detection(
        scores, float(detector.threshold), np.asarray(labels) if both else None, title
    )
