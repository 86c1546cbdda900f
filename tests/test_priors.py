"""Priors, as functions of Gaussian noise."""

import keras
import numpy as np
import pytest
from scipy import stats

from tfae import priors


def drawn(prior, count=20_000, labels=None):
    noise = np.random.default_rng(0).normal(size=(count, prior.noise_dim))
    return np.array(prior(noise.astype("float32"), labels))


def test_uniform_draws_are_uniform():
    codes = drawn(priors.Uniform(2, -1, 3))
    for values in codes.T:
        assert stats.kstest(values, stats.uniform(-1, 4).cdf).pvalue > 0.01


def test_a_ring_has_its_gaussians_where_the_labels_say():
    ring = priors.GaussianRing(4, radius=2, along=0.5, across=0.1)
    labels = np.repeat(np.arange(4), 5000)
    codes = drawn(ring, labels=labels)
    for label, angle in enumerate(np.pi / 2 * np.arange(4)):
        radial = np.array([np.cos(angle), np.sin(angle)])
        part = codes[labels == label]
        np.testing.assert_allclose(part.mean(axis=0), 2 * radial, atol=0.03)
        assert (part @ radial).std() == pytest.approx(0.5, rel=0.05)
        assert (part @ [-radial[1], radial[0]]).std() == pytest.approx(0.1, rel=0.05)


def test_components_are_equally_frequent_where_no_label_is_known():
    ring = priors.GaussianRing(4)
    angles = np.arctan2(*drawn(ring, labels=np.full(20_000, -1)).T[::-1])
    counts = np.bincount(np.round(angles / (np.pi / 2)).astype(int) % 4)
    assert stats.chisquare(counts).pvalue > 0.01


def test_parts_of_a_roll_follow_one_another():
    roll = priors.SwissRoll(5, radius=2, turns=1.5)
    labels = np.repeat(np.arange(5), 4000)
    distance = np.linalg.norm(drawn(roll, labels=labels), axis=1)
    for label in range(5):
        part = distance[labels == label]
        assert part.min() >= 2 * np.sqrt(label / 5) - 1e-5
        assert part.max() <= 2 * np.sqrt((label + 1) / 5) + 1e-5


@keras.saving.register_keras_serializable(package="tests")
def doubled(noise):
    return 2 * noise


@pytest.mark.parametrize(
    "prior",
    [
        *(priors.Gaussian(3), priors.Uniform(2, 0, 1), priors.GaussianRing(3)),
        *(priors.SwissRoll(3), priors.Sampler(doubled, 2)),
    ],
    ids=lambda prior: type(prior).__name__,
)
def test_they_are_serializable(prior):
    copy = priors.given(keras.saving.serialize_keras_object(prior))
    np.testing.assert_array_equal(drawn(copy, 10), drawn(prior, 10))


def test_other_arguments_are_refused():
    with pytest.raises(ValueError, match="`low` must be a number less than `high`"):
        priors.Uniform(2, 1, 1)
    with pytest.raises(ValueError, match="`low` must be a number"):
        priors.Uniform(2, "a")
    with pytest.raises(ValueError, match="`noise_dim` must be a positive integer"):
        priors.Sampler(doubled, 2, 2.5)
    with pytest.raises(ValueError, match="`components` must be an integer >= 2"):
        priors.GaussianRing(1)
    with pytest.raises(ValueError, match="`across` must be a finite number"):
        priors.GaussianRing(across=0)
