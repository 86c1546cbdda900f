"""Zeros and ones of grey values: drawn once, anew, or cut."""

import numpy as np
import pytest

from tfae import datasets


def test_a_threshold_cuts_at_one_half(digits):
    cut = datasets.binarize(digits, "threshold")
    for part, grey in ((cut.train, digits.train), (cut.test, digits.test)):
        np.testing.assert_array_equal(part.inputs, grey.inputs > 0.5)
        assert part.inputs.dtype == "float32"
        assert part.labels is grey.labels


def test_what_is_drawn_once_follows_the_seed(digits):
    first, again = (datasets.binarize(digits, "fixed", seed=3) for _ in range(2))
    other = datasets.binarize(digits, "fixed", seed=4)
    np.testing.assert_array_equal(first.train.inputs, again.train.inputs)
    assert (first.train.inputs != other.train.inputs).any()
    assert set(np.unique(first.train.inputs)) == {0, 1}
    gap = first.train.inputs.mean(axis=0) - digits.train.inputs.mean(axis=0)
    assert abs(gap).max() < 5 * 0.5 / np.sqrt(len(first.train.inputs))


def test_dynamic_draws_wait_for_the_batches(digits):
    dynamic = datasets.binarize(digits, "dynamic")
    assert dynamic.train is digits.train
    fixed = datasets.binarize(digits, "fixed")
    np.testing.assert_array_equal(dynamic.test.inputs, fixed.test.inputs)
    assert datasets.binarize(digits) is digits


def epochs(inputs, count, **options):
    batches = datasets.batches(inputs, 32, shuffle=False, draw=True, **options)
    return [np.concatenate(list(batches)) for _ in range(count)]


def test_batches_are_drawn_anew_in_every_epoch(digits):
    inputs = digits.train.inputs
    first, second = epochs(inputs, 2)
    assert set(np.unique(first)) == {0, 1}
    assert (first != second).any()
    np.testing.assert_array_equal(epochs(inputs, 1)[0], first)
    assert (epochs(inputs, 1, seed=1)[0] != first).any()
    # Resumed at the second epoch, they are those of the second.
    np.testing.assert_array_equal(epochs(inputs, 1, first_epoch=1)[0], second)
    repeated = np.full((3200, 4), 0.3, "float32")
    (drawn,) = epochs(repeated, 1)
    assert drawn.mean() == pytest.approx(0.3, abs=0.02)
    assert drawn[:32].tolist() != drawn[32:64].tolist()


def test_bad_ways_and_values_are_refused(digits):
    with pytest.raises(ValueError, match="`how` must be one of threshold, fixed"):
        datasets.binarize(digits, "random")
    wide = digits.train._replace(inputs=2 * digits.train.inputs)
    split = datasets.Split("wide", wide, wide, wide)
    with pytest.raises(ValueError, match=r"wide with values from 0 to 2"):
        datasets.binarize(split, "fixed")
    for values in (wide.inputs, wide.inputs.astype("uint8")):
        with pytest.raises(ValueError, match=r"probabilities in \[0, 1\]"):
            datasets.batches(values, 32, draw=True)
    doubles = digits.train.inputs.astype("float64")
    assert next(iter(datasets.batches(doubles, 32, draw=True))).dtype == "float64"
