"""Anomaly scores and a threshold."""

import numpy as np

from tfae.plots.figures import Figure, as_array, logarithmic
from tfae.types import ArrayLike

BINS = 50


def detection(
    scores: ArrayLike,
    threshold: float,
    labels: ArrayLike | None = None,
    title: str = "Anomaly scores",
) -> Figure:
    """Histogram of scores with the threshold; with labels, two curves, too.

    Args:
        scores: Array of shape `(n,)`.
        threshold: Float.
        labels: Array of n labels with both classes, 1 for anomalies and 0 for normal
            examples; or `None`.
        title: Title of the figure.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> figure = tfae.plots.detection(np.random.rand(50), threshold=0.9)
    """
    scores, labels = as_array(scores).astype("float64"), as_array(labels)
    threshold = float(as_array(threshold))
    panels = 1 if labels is None else 3
    figure = Figure(figsize=(4.5 * panels, 3.6))
    axes = figure.subplots(1, panels, squeeze=False)[0]
    _histogram(axes[0], scores, threshold, labels)
    if labels is not None:
        _curves(axes[1], axes[2], scores, threshold, labels)
    figure.suptitle(title)
    return figure


def _histogram(axis, scores, threshold, labels):
    # Scores of anomalies may be orders of magnitude larger.
    wide = scores.min() > 0 and scores.max() > 100 * np.median(scores)
    low, high = min(scores.min(), threshold), max(scores.max(), threshold)
    if wide and low > 0:
        bins = np.geomspace(low, high, BINS)
    else:
        bins = np.linspace(low, high if high > low else low + 1, BINS)
    kinds = {"examples": np.ones(len(scores), bool)}
    if labels is not None:
        kinds = {"normal": labels == 0, "anomalies": labels == 1}
    for name, chosen in kinds.items():
        # Shares, since the densities of wide bins on a logarithmic axis would vanish.
        shares = np.full(chosen.sum(), 1 / max(1, chosen.sum()))
        axis.hist(scores[chosen], bins, weights=shares, alpha=0.6, label=name)
    axis.axvline(threshold, color="black", linestyle="--", label="threshold")
    axis.set(xlabel="score", ylabel="share of examples")
    axis.legend()
    if wide and low > 0:
        logarithmic(axis, "x")
    else:  # few and short numbers, which do not overlap
        axis.locator_params(axis="x", nbins=5)
        axis.ticklabel_format(axis="x", scilimits=(-3, 4))


def _curves(left, right, scores, threshold, labels):
    from sklearn import metrics

    flagged = scores > threshold
    false_alarms, found = flagged[labels == 0].mean(), flagged[labels == 1].mean()
    rates = metrics.roc_curve(labels, scores)
    area = metrics.roc_auc_score(labels, scores)
    left.plot(rates[0], rates[1], label=f"area {area:.3f}")
    left.plot([0, 1], [0, 1], color="grey", linestyle=":", label="by chance")
    left.plot(false_alarms, found, "ko", label="threshold")
    left.set(xlabel="false-alarm rate", ylabel="share of anomalies found")
    left.legend(loc="lower right")
    precisions, recalls, _ = metrics.precision_recall_curve(labels, scores)
    average = metrics.average_precision_score(labels, scores)
    right.plot(recalls, precisions, label=f"average precision {average:.3f}")
    right.axhline(labels.mean(), color="grey", linestyle=":", label="by chance")
    if flagged.any():
        right.plot(found, labels[flagged].mean(), "ko", label="threshold")
    right.set(xlabel="share of anomalies found", ylabel="precision", ylim=(0, 1.05))
    right.legend(loc="lower left")
