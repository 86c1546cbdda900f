"""Probes of codes, against plain NumPy and scikit-learn."""

import dataclasses

import numpy as np
import oracles
import pytest

import tfae
from tfae.evaluation import probes


@pytest.fixture(scope="module")
def model():
    return tfae.Autoencoder(*tfae.networks.dense(64, [20], activation="sigmoid"))


def test_the_jacobian_is_that_of_finite_differences(model, vectors):
    model(vectors)
    layer = model.encoder.layers[0]
    kernel, bias = np.array(layer.kernel, "float64"), np.array(layer.bias, "float64")

    def encode(x):
        return oracles.sigmoid(x @ kernel + bias)

    expected = oracles.jacobian_norm(encode, vectors[:20])
    found = probes.jacobians(model, vectors[:20])
    assert found.shape == (20, 20, 64)
    np.testing.assert_allclose((found**2).sum((1, 2)), expected, rtol=1e-4)
    example = vectors[:1].astype("float64")
    slope = (encode(example + 1e-5) - encode(example - 1e-5)) / 2e-5
    np.testing.assert_allclose(found[0].sum(axis=1), slope[0], rtol=1e-3)
    norm = probes.jacobian_norm(model, vectors[:20])
    assert norm == pytest.approx(expected.mean(), rel=1e-4)


def test_sparsity_figures_know_the_extremes():
    one_hot = np.eye(16)
    figures = probes.sparsity_figures(one_hot)
    assert figures["hoyer_sparsity"] == pytest.approx(1)
    assert figures["zero_share"] == pytest.approx(15 / 16)
    assert figures["mean_activation"] == pytest.approx(1 / 16)
    assert figures["dead_units"] == 0
    even = probes.sparsity_figures(np.full((5, 16), 0.5))
    assert even["hoyer_sparsity"] == pytest.approx(0)
    half_dead = np.hstack([one_hot, np.full((16, 16), 0.3)])
    assert probes.sparsity_figures(half_dead)["dead_units"] == 0.5


def test_classifiers_learn_from_training_codes_and_are_measured_on_test_codes(
    model, digits
):
    figures = probes.measure(model, digits, ["linear_svm", "logistic", "knn"])
    assert set(figures) == {"linear_svm_error", "logistic_error", "knn_error"}
    assert all(0 < error < 0.3 for error in figures.values()), figures
    # With labels that mean nothing nothing is learned.
    generator = np.random.default_rng(0)
    shuffled = dataclasses.replace(
        digits,
        train=digits.train._replace(labels=generator.permutation(digits.train.labels)),
        valid=digits.valid._replace(labels=generator.permutation(digits.valid.labels)),
    )
    assert probes.measure(model, shuffled, ["knn"])["knn_error"] > 0.8


def test_all_probes_are_measured_unless_some_are_named(model, digits):
    figures = probes.measure(model, digits)
    assert {"knn_error", "jacobian_norm", "hoyer_sparsity"} <= set(figures)


def test_an_unknown_probe_lists_the_known_ones(model, digits):
    with pytest.raises(ValueError, match=r"no probe 'svm'.*linear_svm"):
        probes.measure(model, digits, ["svm"])


def test_classifiers_need_labels(model, digits):
    bare = dataclasses.replace(digits, test=digits.test._replace(labels=None))
    with pytest.raises(
        ValueError, match="Classifiers need labels, and digits has none"
    ):
        probes.measure(model, bare, ["knn"])
    assert "jacobian_norm" in probes.measure(model, bare, ["jacobian"])


def test_dead_codes_are_no_better_than_chance(digits):
    encoder, decoder = tfae.networks.dense(64, [8], "relu", kernel_initializer="zeros")
    dead = tfae.Autoencoder(encoder, decoder)
    errors = probes.measure(dead, digits, ["linear_svm", "logistic", "knn"]).values()
    assert all(0.8 < error < 1 for error in errors)


def test_maps_are_pooled_and_the_validation_part_chooses(monkeypatch):
    split = tfae.datasets.load("digits", flatten=False)
    pair = tfae.networks.feature_maps((8, 8, 1), [4], kernel_size=3)
    model = tfae.WinnerTakeAllAutoencoder(
        *pair, winners=tfae.layers.LifetimeSparsity(0.5, spatial=True)
    )
    maps = np.array(model.maps(split.test.inputs[:5]))
    found = tfae.evaluation.pooled_codes(model, split.test.inputs[:5], 4, 4)
    expected = maps.reshape(5, 2, 4, 2, 4, 4).max(axis=(2, 4))
    np.testing.assert_array_equal(found, expected)
    monkeypatch.setattr(probes, "POOLINGS", ((4, 4), (4, 2)))
    monkeypatch.setattr(probes, "POWERS", (50.0, 1.0))
    monkeypatch.setattr(probes, "PENALTIES", (1e-6, 1.0))
    figures = probes.measure(model, split, ["pooled_svm"])
    assert figures["pooled_svm_error"] < 0.15
    assert figures["pooled_svm_penalty"] == figures["pooled_svm_power"] == 1.0
    assert "pooled_svm" in probes.of(model, split)


def test_only_maps_can_be_pooled(model, digits):
    assert "pooled_svm" not in probes.of(model, digits)
    with pytest.raises(ValueError, match="Only feature maps can be pooled"):
        probes.measure(model, digits, ["pooled_svm"])
