"""Thresholds of anomaly scores."""

import numpy as np
import pytest

from tfae.evaluation import calibration


def test_the_threshold_is_the_order_statistic_of_the_formula():
    scores = np.random.default_rng(0).permutation(99)
    assert calibration.conformal_threshold(scores, 0.01) == 98  # the 99th of 99
    assert calibration.conformal_threshold(scores, 0.1) == 89
    assert calibration.conformal_threshold(scores, 0.5) == 49


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1])
def test_the_realized_rate_is_the_stated_one_on_average(rate):
    rng = np.random.default_rng(1)
    count, rates = 199, []
    for _ in range(2000):
        threshold = calibration.conformal_threshold(rng.gamma(2, size=count), rate)
        rates.append((rng.gamma(2, size=500) > threshold).mean())
    error = 4 * np.std(rates) / np.sqrt(len(rates))
    assert rate - 1 / (count + 1) - error <= np.mean(rates) <= rate + error


def test_the_interval_covers_the_true_rate():
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(400):
        found = calibration.figures(rng.random(300), 0.95)
        low, high = found["false_alarm_rate_low"], found["false_alarm_rate_high"]
        covered += low <= 0.05 <= high
    assert covered >= 0.93 * 400


def test_too_few_examples_say_how_many_are_needed():
    with pytest.raises(ValueError, match="at least 99 normal"):
        calibration.conformal_threshold(np.arange(50), 0.01)
    assert calibration.conformal_threshold(np.arange(99), 0.01) == 98
    with pytest.raises(ValueError, match="at least 99"):
        calibration.conformal_threshold(np.arange(98), 0.01)


@pytest.mark.parametrize("rate", [0, 1, -0.1, 2, np.nan, "most", True])
def test_a_rate_is_between_zero_and_one(rate):
    with pytest.raises(ValueError, match=r"`false_alarm_rate` must be in \(0, 1\)"):
        calibration.conformal_threshold(np.arange(500), rate)


def test_labels_choose_the_threshold_of_the_best_f1():
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(3)
    labels = (rng.random(300) < 0.2).astype(int)
    scores = np.float32(rng.normal(size=300) + 2 * labels)
    threshold = calibration.labelled_threshold(scores, labels)
    best = max(f1_score(labels, scores > one) for one in scores)
    assert f1_score(labels, scores > np.float32(threshold)) == pytest.approx(best)


def test_labels_choose_the_most_that_is_found_at_a_precision():
    labels = np.array([0, 0, 1, 0, 1, 1])
    scores = np.arange(6.0)
    flagged = scores > calibration.labelled_threshold(scores, labels, precision=1.0)
    assert [*np.flatnonzero(flagged)] == [4, 5]
    flagged = scores > calibration.labelled_threshold(scores, labels, precision=0.7)
    assert [*np.flatnonzero(flagged)] == [2, 3, 4, 5]


def test_neighbours_in_single_precision_are_told_apart():
    low = np.float32(1)
    high = np.nextafter(low, np.float32(2))
    scores = np.array([low, low, high, high])
    threshold = calibration.labelled_threshold(scores, [0, 0, 1, 1])
    assert [*(scores > np.float32(threshold))] == [False, False, True, True]
    threshold = calibration.labelled_threshold(scores[2:], [1, 0])
    assert (scores[2:] > np.float32(threshold)).all()


@pytest.mark.parametrize(
    "labels", [[0, 0, 0], [1, 1, 1], [0, 1, 2], [0, 1], ["a", "b", "a"], [-1, 1, 1]]
)
def test_other_labels_are_refused(labels):
    with pytest.raises(ValueError, match="Labels must be"):
        calibration.labelled_threshold(np.arange(3.0), labels)


def test_a_precision_that_none_reaches_is_refused():
    with pytest.raises(ValueError, match="No threshold has a precision"):
        calibration.labelled_threshold([3.0, 2.0, 1.0], [0, 1, 1], precision=0.9)
    with pytest.raises(ValueError, match="`precision` must be in"):
        calibration.labelled_threshold([3.0, 2.0], [0, 1], precision=3)
