"""Score matching in its three ways, beside densities whose scores are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae


def new_model(features=3, units=5, dtype="float64", **options):
    """One tied layer, sigmoid to linear, with weights of which none is small."""
    keras.utils.set_random_seed(0)
    pair = tfae.networks.dense(
        features,
        [units],
        "sigmoid",
        output_activation="linear",
        tie_weights=True,
        dtype=dtype,
    )
    model = tfae.ScoreMatchingAutoencoder(*pair, dtype=dtype, **options)
    model.compile("adam", run_eagerly=True)
    model.build((None, features))
    generator = np.random.default_rng(0)
    model.set_weights([generator.normal(size=w.shape) for w in model.get_weights()])
    return model


def inputs_of(count, features=3):
    return np.random.default_rng(1).normal(size=(count, features))


def parts(model):
    """W, b and c of the tied layer."""
    up, down = model.encoder.layers[-1], model.decoder.layers[-1]
    return [np.array(one) for one in (up.kernel, up.bias, down.bias)]


def cost(model, inputs, **drawn):
    inputs = tf.constant(inputs)
    _, terms = model.loss_terms(inputs, inputs, True, **drawn)
    return float(terms["score_matching"])


def test_the_explicit_cost_is_that_of_the_formula():
    model, inputs = new_model(method="explicit", noise_levels=0.5), inputs_of(7)
    w, b, c = parts(model)
    active = 1 / (1 + np.exp(-(inputs @ w + b)))
    scores = (active @ w.T + c - inputs) / 0.25
    traces = ((active * (1 - active)) @ (w**2).sum(axis=0) - 3) / 0.25
    expected = np.mean((scores**2).sum(axis=1) / 2 + traces)
    assert cost(model, inputs) == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(model.score(inputs), scores, rtol=1e-6)


def test_slices_have_the_explicit_cost_as_their_mean():
    explicit = new_model(method="explicit", noise_levels=2.0)
    sliced = new_model(method="sliced", noise_levels=2.0)
    inputs = np.repeat(inputs_of(2), 100_000, axis=0)
    noise = np.random.default_rng(2).normal(size=(1, *inputs.shape))
    found = cost(sliced, inputs, noise=noise, places=None)
    assert found == pytest.approx(cost(explicit, inputs[::100_000]), abs=0.02)


def test_the_energy_has_the_score_as_its_slope():
    model, inputs = new_model(noise_levels=0.5), inputs_of(7)
    with tf.GradientTape() as tape:
        given = tf.constant(inputs)
        tape.watch(given)
        energy = tf.reduce_sum(model.energy(given))
    np.testing.assert_allclose(-tape.gradient(energy, given), model.score(inputs), 1e-5)


def test_denoising_is_the_denoising_autoencoder_over_the_fourth_power():
    model, inputs = new_model(noise_levels=0.5), inputs_of(7)
    batch = model.prepare(tf.constant(inputs))
    noise = np.array(batch.drawn["noise"][0])
    noisy = inputs + 0.5 * noise
    squares = ((np.array(model(noisy)) - inputs) ** 2).sum(axis=1)
    expected = np.mean(squares) / 2 / 0.5**4
    assert cost(model, inputs, **batch.drawn) == pytest.approx(expected, rel=1e-6)
    # And is that the score's distance from that of the noise, as it is defined?
    defined = ((np.array(model.score(noisy)) + noise / 0.5) ** 2).sum(axis=1)
    assert np.mean(defined) / 2 == pytest.approx(expected, rel=1e-6)


def test_denoising_has_the_gradient_of_matching_the_smoothed_density():
    model, level = new_model(1, 6, noise_levels=0.3), 0.3
    centres = np.array([-1.0, 0.2, 0.9, 1.5])
    grid = np.linspace(-5, 5, 4001)[:, None]
    spacing = grid[1, 0] - grid[0, 0]
    kernels = np.exp(-((grid - centres) ** 2) / (2 * level**2))
    kernels /= level * np.sqrt(2 * np.pi)
    density = kernels.mean(axis=1)
    smoothed = (kernels * (centres - grid)).mean(axis=1) / level**2 / density
    with tf.GradientTape(persistent=True) as tape:
        scores = model.score(tf.constant(grid))[:, 0]
        explicit = tf.reduce_sum(density * (scores - smoothed) ** 2) / 2 * spacing
        targets = (centres - grid) / level**2
        gaps = kernels * (scores[:, None] - targets) ** 2
        denoising = tf.reduce_sum(gaps) / len(centres) / 2 * spacing
    variables = model.trainable_variables
    for one, other in zip(
        tape.gradient(explicit, variables),
        tape.gradient(denoising, variables),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_levels_are_weighted_by_their_squares():
    model, inputs = new_model(noise_levels=[1.0, 0.1]), inputs_of(4)
    noise, places = np.zeros((1, 4, 3)), np.array([0, 1, 1, 0])
    squares = ((np.array(model(inputs)) - inputs) ** 2).sum(axis=1)
    expected = np.mean(squares / 2 / np.array([1.0, 0.1, 0.1, 1.0]) ** 2)
    assert cost(model, inputs, noise=noise, places=places) == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["denoising", slow("sliced"), slow("explicit")])
def test_a_gaussian_is_found_and_drawn(method):
    keras.utils.set_random_seed(0)
    inputs = np.random.default_rng(0).normal([1, -1], [0.5, 0.8], (2000, 2))
    pair = tfae.networks.dense(
        2, [2], code_activation="linear", output_activation="linear"
    )
    levels = [1.0, 0.5, 0.2] if method == "denoising" else 1.0
    model = tfae.ScoreMatchingAutoencoder(*pair, method=method, noise_levels=levels)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(inputs.astype("float32"), batch_size=100, epochs=15, verbose=0)
    if method != "denoising":
        expected = (np.array([1, -1]) - inputs[:50]) / [0.25, 0.64]
        found = model.score(inputs[:50].astype("float32"))
        assert np.abs(found - expected).max() < 0.15 * np.abs(expected).max()
    drawn = np.array(model.sample(3000, steps=100, seed=1))
    again = np.array(model.sample(3000, steps=100, seed=1))
    np.testing.assert_array_equal(drawn, again)
    np.testing.assert_allclose(drawn.mean(axis=0), [1, -1], atol=0.25)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise_levels": [0.1, 0.2]}, "`noise_levels` must be a number, or decrease"),
        ({"noise_levels": [0.1, 0.1]}, "or decrease"),
        ({"noise_levels": []}, "or decrease"),
        ({"noise_levels": [None]}, "`noise_levels` must be a finite number"),
        ({"noise_levels": 0.0}, "`noise_levels` must be a finite number"),
        ({"noise_levels": [1, 0.1], "method": "sliced"}, "or decrease"),
        ({"method": "guessed"}, "`method` must be denoising, sliced or explicit"),
        ({"projections": 0}, "`projections` must be a positive integer"),
    ],
)
def test_other_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        new_model(**options)


def test_other_networks_have_no_energy():
    pair = tfae.networks.dense(8, [4], "relu")
    with pytest.raises(ValueError, match="known to have an energy"):
        tfae.ScoreMatchingAutoencoder(*pair).energy(np.zeros((2, 8)))
