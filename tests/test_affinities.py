"""Affinities beside scikit-learn's, and divergences beside their formula."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import squareform
from sklearn.manifold import _t_sne
from sklearn.metrics import pairwise_distances

from tfae import affinities

GENERATOR = np.random.default_rng(0)
SETS = {
    "normal": GENERATOR.standard_normal((200, 20)),
    "of many scales": GENERATOR.standard_cauchy((300, 4)),
    "in two places": GENERATOR.standard_normal((200, 5))
    + 1e3 * (np.arange(200) > 99)[:, None],
    "on a line": np.geomspace(1, 1e4, 300)[:, None],
}


def joint(points, perplexity):
    return affinities.joint(tf.constant(points, tf.float32), perplexity).numpy()


@pytest.mark.parametrize("perplexity", [2, 10, 60])
@pytest.mark.parametrize("name", SETS)
def test_affinities_are_those_of_scikit_learn(name, perplexity):
    points = SETS[name].astype("float32")
    distances = pairwise_distances(points.astype("float64"), squared=True)
    expected = squareform(
        _t_sne._joint_probabilities(distances.astype("float32"), perplexity, 0)
    )
    np.testing.assert_allclose(joint(points, perplexity), expected, atol=1e-6)


@pytest.mark.parametrize("perplexity", [2.0, 10.0, 60.0])
@pytest.mark.parametrize("offset", [0, 1e3])
def test_each_point_has_the_perplexity(perplexity, offset):
    # Also outliers, of which the sums of scikit-learn's search are 0.
    points = SETS["normal"] + offset * np.eye(*SETS["normal"].shape)
    points = tf.constant(points, tf.float32)
    distances = affinities.squared_distances(points)
    rows = affinities.conditional(distances, perplexity).numpy().astype("float64")
    entropies = -(rows * np.log(np.maximum(rows, 1e-30))).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropies), perplexity, rtol=1e-4)
    assert (np.diag(rows) == 0).all()


def test_few_points_and_duplicates_have_affinities():
    same = joint(np.ones((5, 3)), 30.0)
    np.testing.assert_allclose(same, (1 - np.eye(5)) / 20, atol=1e-7)
    np.testing.assert_allclose(joint(np.eye(2), 30.0), [[0, 0.5], [0.5, 0]])
    assert joint(np.ones((1, 3)), 30.0) == 0
    twice = joint(np.repeat(SETS["normal"][:30], 2, axis=0), 5.0)
    assert np.isfinite(twice).all()
    assert twice.sum() == pytest.approx(1, abs=1e-5)


def kl(similarities, codes, alpha):
    """KL(P ‖ Q) in plain NumPy."""
    gaps = np.square(codes[:, None] - codes[None]).sum(axis=-1)
    kernel = (1 + gaps / alpha) ** (-(alpha + 1) / 2)
    apart = ~np.eye(len(codes), dtype=bool)
    found = kernel / kernel[apart].sum()
    return (similarities * np.log(similarities / found))[apart].sum()


@pytest.mark.parametrize(("dimensions", "alpha"), [(1, 1), (2, 1), (3, 2), (2, 0.5)])
def test_the_gradient_is_that_of_finite_differences(dimensions, alpha):
    points = SETS["normal"][:40]
    similarities = joint(points, 8.0).astype("float64")
    similarities = np.maximum(similarities, 1e-12)
    codes = GENERATOR.standard_normal((40, dimensions))
    variable = tf.constant(codes)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        shares = affinities.divergences(tf.constant(similarities), variable, alpha)
        cost = tf.reduce_sum(shares)
    # The diagonal of P is 0 but for the floor, whose share is far below.
    assert float(cost) == pytest.approx(kl(similarities, codes, alpha), abs=1e-6)
    expected = np.zeros_like(codes)
    for place in np.ndindex(codes.shape):
        step = np.zeros_like(codes)
        step[place] = 1e-5
        ends = [kl(similarities, codes + sign * step, alpha) for sign in (1, -1)]
        expected[place] = (ends[0] - ends[1]) / 2e-5
    np.testing.assert_allclose(tape.gradient(cost, variable), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("perplexity", "count", "message"),
    [
        (1, 100, "must be a number > 1"),
        (float("nan"), 100, "must be a number > 1"),
        ("30", 100, "must be a number > 1"),
        (30, 90, "perplexity=30 for 90 points. Give at least 91 points"),
    ],
)
def test_other_perplexities_are_refused(perplexity, count, message):
    affinities.check_perplexity(30, 91)
    with pytest.raises(ValueError, match=message):
        affinities.check_perplexity(perplexity, count)
