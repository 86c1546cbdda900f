"""Figures, each against an independent computation."""

import keras
import numpy as np
import oracles
import pytest

import tfae
from tfae import evaluation
from tfae.evaluation import measures


@pytest.fixture
def model(vectors):
    model = tfae.StackedAutoencoder(64, [8])
    model.compile("adam", "mse")
    return model


def test_errors_are_means_over_what_they_say(vectors):
    outputs = vectors + 0.1
    assert evaluation.mean_squared_error(vectors, outputs) == pytest.approx(0.01, 1e-5)
    assert evaluation.squared_error(vectors, outputs) == pytest.approx(0.64, 1e-5)
    assert evaluation.psnr(vectors, outputs) == pytest.approx(20, 1e-5)
    assert evaluation.psnr(vectors, vectors) == float("inf")


def test_figures_agree_with_the_compiled_loss(model, vectors):
    figures = evaluation.figures(model, vectors)
    assert figures["mse"] == pytest.approx(figures["loss"], rel=1e-5)
    assert figures["squared_error"] == pytest.approx(64 * figures["mse"])


def test_the_mean_example_and_pca_are_measured_beside_a_model(model, digits):
    train, test = (
        part.inputs.astype("float64") for part in (digits.train, digits.test)
    )
    figures = measures.measure(model, digits)
    mean = np.mean((test - train.mean(axis=0)) ** 2)
    assert figures["mean_test_mse"] == pytest.approx(mean, rel=1e-6)
    expected = oracles.pca_error(train, test, 8)
    assert figures["pca_test_mse"] == pytest.approx(expected, rel=1e-5)


def test_a_code_as_wide_as_the_inputs_has_the_mean_beside_it_alone(digits):
    model = tfae.StackedAutoencoder(64, [64])
    model.compile("adam", "mse")
    figures = measures.measure(model, digits)
    assert "mean_test_mse" in figures
    assert "pca_test_mse" not in figures


def test_batches_do_not_change_codes_or_outputs(model, vectors):
    for function in (evaluation.encode, evaluation.reconstruct):
        np.testing.assert_allclose(
            function(model, vectors, batch_size=10), function(model, vectors), atol=1e-6
        )


def test_pca_error_is_that_of_the_singular_vectors(digits):
    train, test = (
        part.inputs.astype("float64") for part in (digits.train, digits.test)
    )
    expected = oracles.pca_error(train, test, 7)
    assert evaluation.pca_error(train, test, 7) == pytest.approx(expected, rel=1e-9)


def test_angle_to_pca_is_zero_for_its_own_span_and_grows(digits):
    train = digits.train.inputs
    basis = evaluation.pca(train, 5).components_
    mixed = np.random.default_rng(0).normal(size=(5, 5)) @ basis
    assert evaluation.pca_angle(train, mixed) < 1e-4
    tilted = basis.copy()
    tilted[0] = evaluation.pca(train, 6).components_[5]
    assert evaluation.pca_angle(train, tilted) == pytest.approx(90, abs=1e-3)


def test_denoising_figures_compare_noisy_and_denoised(digits):
    vectors = digits.train.inputs
    noise = keras.layers.GaussianNoise(0.3, seed=1)
    model = tfae.DenoisingAutoencoder(*tfae.networks.dense(64, [16]), noise)
    model(vectors)
    figures = evaluation.denoising_figures(model, vectors, (8, 8, 1))
    # Clipping halves the error of noise around the many zeros: more than the
    # −20 log10 .3 = 10.46 dB of σ .3 itself.
    generator = np.random.default_rng(0)
    noisy = np.clip(vectors + 0.3 * generator.normal(size=vectors.shape), 0, 1)
    expected = -10 * np.log10(np.mean((noisy - vectors) ** 2))
    assert expected > 11
    assert figures["noisy_psnr"] == pytest.approx(expected, abs=0.1)
    assert figures["denoised_psnr"] < figures["noisy_psnr"]  # untrained
    gain = figures["denoised_psnr"] - figures["noisy_psnr"]
    assert figures["psnr_gain"] == pytest.approx(gain)
    assert 0 < figures["noisy_ssim"] < 1
    assert "noisy_ssim" not in evaluation.denoising_figures(model, vectors)
    # The draws that training would go on with are left alone.
    fresh = keras.layers.GaussianNoise(0.3, seed=1)
    expected = fresh(vectors, training=True)
    np.testing.assert_array_equal(model.corrupt(vectors), expected)
    assert evaluation.denoising_figures(model, vectors, (8, 8, 1)) == figures


def test_ratios_to_a_peak_of_one_are_for_values_up_to_it(vectors):
    noise = keras.layers.GaussianNoise(0.3)
    model = tfae.DenoisingAutoencoder(*tfae.networks.dense(64, [16]), noise)
    model.compile(loss="mse")
    assert "psnr" in evaluation.figures(model, vectors)
    assert "psnr" not in evaluation.figures(model, 3 * vectors)
    assert evaluation.denoising_figures(model, 3 * vectors) == {}


def test_without_corruption_there_is_nothing_to_denoise(vectors):
    model = tfae.ContractiveAutoencoder(*tfae.networks.dense(64, [16], "sigmoid"))
    assert evaluation.denoising_figures(model, vectors) == {}


def test_structural_similarity_is_that_of_its_formula():
    generator = np.random.default_rng(0)
    images = generator.random((3, 14, 17))
    others = np.clip(images + 0.2 * generator.normal(size=images.shape), 0, 1)
    pairs = zip(images, others, strict=True)
    expected = np.mean([oracles.ssim(image, other) for image, other in pairs])
    found = evaluation.ssim(images, others, (14, 17, 1))
    assert found == pytest.approx(expected, rel=1e-4)


def test_structural_similarity_is_one_of_equals_and_falls_with_noise(vectors):
    noise = np.random.default_rng(0).normal(size=vectors.shape)
    values = [
        evaluation.ssim(vectors, vectors + scale * noise, (8, 8, 1))
        for scale in (0, 0.1, 0.5)
    ]
    assert values[0] == pytest.approx(1)
    assert values[0] > values[1] > values[2]
