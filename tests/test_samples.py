"""Measures of samples, beside libraries and densities that are known."""

import numpy as np
import pytest
from scipy import linalg
from sklearn.neighbors import KernelDensity

from tfae import datasets
from tfae.evaluation import samples


def normal(count, features=4, seed=0, **options):
    options = {"size": (count, features), **options}
    return np.random.default_rng(seed).normal(**options).astype("float32")


def test_a_parzen_window_is_a_kernel_density():
    drawn, inputs = normal(300), normal(700, seed=1)
    density = KernelDensity(bandwidth=0.4, rtol=1e-9).fit(drawn)
    found = samples.parzen_log_likelihoods(drawn, inputs, 0.4)
    np.testing.assert_allclose(found, density.score_samples(inputs), rtol=1e-4)


def test_the_validation_part_chooses_the_width(digits):
    found = samples.parzen(digits.train.inputs, digits)
    every = {
        width: samples.parzen_log_likelihoods(
            digits.train.inputs, digits.valid.inputs, width
        ).mean()
        for width in samples.WIDTHS
    }
    width = max(every, key=every.get)
    assert found["parzen_width"] == width
    test = samples.parzen_log_likelihoods(
        digits.train.inputs, digits.test.inputs, width
    )
    assert found["test_parzen"] == pytest.approx(test.mean())
    noise = np.random.default_rng(0).random(digits.train.inputs.shape)
    assert samples.parzen(noise, digits)["test_parzen"] < found["test_parzen"] - 20


def test_the_distance_is_that_of_gaussians():
    ours, theirs = normal(5000), normal(5000, seed=1, loc=0.5, scale=2.0)
    one, other = np.cov(ours.T), np.cov(theirs.T)
    gap = ours.mean(axis=0) - theirs.mean(axis=0)
    root = linalg.sqrtm(one @ other).real
    expected = gap @ gap + np.trace(one + other - 2 * root)
    assert samples.frechet_distance(ours, theirs) == pytest.approx(expected, rel=1e-4)
    # 4 (½² + (2 − 1)²) of the distributions themselves.
    assert expected == pytest.approx(5, rel=0.1)
    assert samples.frechet_distance(ours, ours) == pytest.approx(0, abs=1e-8)


def test_samples_of_a_part_have_precision_but_no_recall():
    generator = np.random.default_rng(0)
    inputs = generator.uniform(size=(1000, 2))
    part = generator.uniform(0, 0.3, size=(1000, 2))
    precision, recall = samples.precision_and_recall(part, inputs)
    assert precision > 0.95
    assert 0.05 < recall < 0.2
    precision, recall = samples.precision_and_recall(inputs, part)
    assert 0.05 < precision < 0.2
    assert recall > 0.95
    far = samples.precision_and_recall(inputs + 5, inputs)
    assert far == (0, 0)


def test_classes_and_steps_are_counted():
    labels = [0, 0, 3, 3, 3, 0, 7]
    assert samples.classes_visited(labels) == 3
    assert samples.classes_visited(labels, least=2) == 2
    assert samples.mixing(labels) == 3 / 6


def test_other_numbers_of_neighbours_are_refused():
    with pytest.raises(ValueError, match="`neighbours` must be a positive integer"):
        samples.precision_and_recall(normal(9), normal(9), 0)


def test_images_are_taken_as_vectors():
    images = datasets.load("digits", flatten=False)
    vectors = datasets.load("digits")
    found = [samples.parzen(one.train.inputs[:50], one) for one in (images, vectors)]
    assert found[0] == pytest.approx(found[1])
