"""Thresholds of anomaly scores: arrays in, numbers out."""

import math

import numpy as np

from tfae.arguments import is_real


def check_rate(**values):
    """Raises `ValueError` for a value that is not in (0, 1)."""
    for name, value in values.items():
        if not (is_real(value) and 0 < value < 1):
            raise ValueError(f"`{name}` must be in (0, 1). Received: {name}={value!r}.")


def choose(scores, labels=None, false_alarm_rate=None, precision=None):
    """Chooses a threshold of scores by a false-alarm rate or by labels.

    Args:
        scores: Array of n scores.
        labels: Array of n labels, 1 for anomalies, or `None` if all are normal.
        false_alarm_rate: As for `conformal_threshold`, on the normal examples. Defaults
            to .01 without labels.
        precision: As for `labelled_threshold`.

    Returns:
        Tuple of the threshold, the sorted scores of the normal examples, and the rate,
        or `None` if the threshold was chosen by labels.
    """
    if not np.isfinite(scores).all():
        raise ValueError(
            "Scores to calibrate on must be finite. Received: NaN or infinite ones. "
            "Has the training failed, or do examples hold such values?"
        )
    of_normal = scores if labels is None else scores[normal(labels, len(scores))]
    if labels is not None and false_alarm_rate is None:
        found = labelled_threshold(scores, labels, precision)
        return found, np.sort(of_normal), None
    if precision is not None:
        raise ValueError(
            "`precision` goes with labels, without a false-alarm rate. Received: "
            f"precision={precision}. Leave it out, or give only labels."
        )
    rate = 0.01 if false_alarm_rate is None else false_alarm_rate
    found = conformal_threshold(of_normal, rate)
    return found, np.sort(of_normal), float(rate)


def conformal_threshold(scores, false_alarm_rate):
    """The threshold that a normal example exceeds with at most a given probability.

    It is the k-th smallest of n scores of normal examples, k = ⌈(n + 1)(1 − α)⌉. If
    future normal examples are exchangeable with these, the probability of a higher
    score is at most α, and at least α − 1/(n + 1) without ties, over the draw of both
    the calibration examples and the new one.

    Reference:
        Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World", 2005; Lei
        et al., "Distribution-Free Predictive Inference for Regression", 2018,
        algorithm 2.

    Args:
        scores: Array of n scores of examples that the model was not trained on.
        false_alarm_rate: Float α in (0, 1).

    Raises:
        ValueError: If α is outside (0, 1), or n < 1/α − 1.
    """
    scores = np.sort(np.asarray(scores, "float64").ravel())
    return float(scores[rank(len(scores), false_alarm_rate) - 1])


def rank(count, false_alarm_rate):
    """Rank k of the threshold among `count` scores; see `conformal_threshold`."""
    check_rate(false_alarm_rate=false_alarm_rate)
    # Rounded, or an error might exceed a whole number.
    found = math.ceil((count + 1) * (1 - false_alarm_rate) - 1e-9)
    if found > count:
        needed = math.ceil(1 / false_alarm_rate - 1 - 1e-9)
        raise ValueError(
            f"A false-alarm rate of {false_alarm_rate:g} needs at least {needed} "
            f"normal examples to calibrate on. Received: {count}. Give more, or allow "
            f"a rate of {1 / (count + 1):.2g} or more."
        )
    return found


def labelled_threshold(scores, labels, precision=None):
    """The best threshold according to labels.

    Args:
        scores: Array of n scores.
        labels: Array of n labels, 1 for anomalies and 0 for normal examples.
        precision: Float in (0, 1], the smallest share of anomalies among flagged
            examples: the threshold with the highest recall at this precision is chosen.
            By default, the threshold with the highest F1.

    Raises:
        ValueError: If labels are of one class or no threshold has the precision.
    """
    labels = check_labels(labels, len(scores))
    from sklearn.metrics import precision_recall_curve

    precisions, recalls, thresholds = precision_recall_curve(labels, scores)
    precisions, recalls = precisions[:-1], recalls[:-1]  # the last flags nothing
    if precision is None:
        values = 2 * precisions * recalls / np.maximum(precisions + recalls, 1e-12)
    else:
        if not (is_real(precision) and 0 < precision <= 1):
            raise ValueError(
                f"`precision` must be in (0, 1]. Received: precision={precision!r}."
            )
        reached = precisions >= precision - 1e-12
        if not (reached & (recalls > 0)).any():
            raise ValueError(
                f"No threshold has a precision of {precision:g}. Received: scores "
                f"with one of {precisions.max():.3g} at best."
            )
        values = np.where(reached, recalls, -1)
    best = thresholds[int(np.argmax(values))]
    # Flagged scores lie above the threshold; `best` is the smallest of them.
    below = np.float32(np.max(scores, initial=-np.inf, where=np.less(scores, best)))
    middle = np.float32((best + below) / 2)
    if not np.isfinite(below):
        return float(np.nextafter(np.float32(best), np.float32(-np.inf)))
    return float(middle if middle < np.float32(best) else below)


def normal(labels, count):
    """Mask of the normal examples; `ValueError` for invalid labels."""
    labels = np.asarray(labels)
    if labels.shape != (count,) or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"Labels must be 1 for anomalies and 0 for normal examples, one of each of "
            f"{count} examples. Received: an array of shape {labels.shape} with "
            f"{', '.join(map(str, np.unique(labels)[:5]))}."
        )
    return labels == 0


def check_labels(labels, count):
    """Labels as an array with zeros and ones; `ValueError` for other labels."""
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(
            f"Labels must be one of each of {count} examples. Received: an array of "
            f"shape {labels.shape}."
        )
    found = [*np.unique(labels)]
    if found != [0, 1]:
        shown = ", ".join(map(str, found[:5]))
        raise ValueError(
            "Labels must be 1 for anomalies and 0 for normal examples, and of both. "
            f"Received: {shown}."
        )
    return labels.astype(int)


def figures(scores, threshold, labels=None):
    """Figures of a threshold on examples not used in training or calibration.

    Args:
        scores: Array of n anomaly scores.
        threshold: Float.
        labels: Array of n labels, 1 for anomalies, or `None` if all are normal.

    Returns:
        Dict of `false_alarm_rate`, with the ends of its exact 95 % interval (Clopper
        and Pearson) `false_alarm_rate_low` and `false_alarm_rate_high`; and, with
        labels of both classes, `auroc`, `average_precision`, `precision`, `recall`,
        `f1`.
    """
    from scipy.stats import binomtest

    scores = np.asarray(scores, "float64")
    flagged = ~(scores <= threshold)
    labels = np.zeros(len(scores), int) if labels is None else np.asarray(labels)
    alarms = flagged[normal(labels, len(scores))]
    if not alarms.size:
        raise ValueError(
            "There must be normal examples, labelled 0. Received: only anomalies."
        )
    test = binomtest(int(alarms.sum()), alarms.size)
    interval = test.proportion_ci(0.95, "exact")
    found = {
        "false_alarm_rate": float(alarms.mean()),
        "false_alarm_rate_low": float(interval.low),
        "false_alarm_rate_high": float(interval.high),
    }
    if len(np.unique(labels)) < 2:
        return found
    from sklearn import metrics

    labels = check_labels(labels, len(scores))
    rates = metrics.precision_recall_fscore_support(
        labels, flagged, average="binary", zero_division=0
    )
    return {
        **found,
        "auroc": float(metrics.roc_auc_score(labels, scores)),
        "average_precision": float(metrics.average_precision_score(labels, scores)),
        **dict(zip(("precision", "recall", "f1"), map(float, rates[:3]), strict=True)),
    }
