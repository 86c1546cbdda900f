"""Winners: who they are, of a batch and of an example."""

import numpy as np
import pytest

from tfae import layers


def test_each_unit_keeps_its_best_examples():
    codes = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
    outputs = np.array(layers.LifetimeSparsity(0.1)(codes, training=True))
    for unit in range(6):
        best = np.argsort(codes[:, unit])[-4:]
        assert set(np.flatnonzero(outputs[:, unit])) == set(best)
        np.testing.assert_array_equal(outputs[best, unit], codes[best, unit])
    np.testing.assert_array_equal(layers.LifetimeSparsity(0.1)(codes), codes)


def test_a_feature_map_wins_as_a_whole():
    maps = np.random.default_rng(0).uniform(0.1, 1, (10, 3, 3, 2)).astype("float32")
    outputs = np.array(layers.LifetimeSparsity(0.2)(maps, training=True))
    for channel in range(2):
        best = np.argsort(maps[..., channel].max(axis=(1, 2)))[-2:]
        alive = outputs[..., channel].any(axis=(1, 2))
        assert set(np.flatnonzero(alive)) == set(best)
        np.testing.assert_array_equal(
            outputs[best, ..., channel], maps[best, ..., channel]
        )


def test_lifetime_sparsity_needs_examples_to_compare():
    with pytest.raises(ValueError, match="Received: a batch of 1"):
        layers.LifetimeSparsity(0.1)(np.ones((1, 3)), training=True)
    for rate in (0, 1.1, None):
        with pytest.raises(ValueError, match=r"`rate` must be in \(0, 1\]"):
            layers.LifetimeSparsity(rate)


def test_each_example_keeps_its_k_largest_activations():
    codes = np.random.default_rng(0).normal(size=(7, 9)).astype("float32")
    layer = layers.KSparse(3, inference_k=5)
    for k, training in ((3, True), (5, False)):
        outputs = np.array(layer(codes, training=training))
        for row, values in zip(outputs, codes, strict=True):
            best = np.argsort(values)[-k:]
            assert set(np.flatnonzero(row)) == set(best)
            np.testing.assert_array_equal(row[best], values[best])


def test_k_fits_the_units():
    with pytest.raises(
        ValueError, match="4 units cannot stay active where there are 3"
    ):
        layers.KSparse(4)(np.ones((2, 3)))
    for k in (0, 1.5, True):
        with pytest.raises(ValueError, match="`k` must be a positive integer"):
            layers.KSparse(k)
