"""Losses and penalties, and their gradients, against plain NumPy and SciPy."""

import keras
import numpy as np
import oracles
import pytest
import tensorflow as tf
from conftest import assert_near
from scipy import special, stats

from tfae import losses, networks

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh")


def gradient(function, values):
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        result = function(values)
    return tape.gradient(result, values).numpy()


def random(*shape, low=0.05, high=0.95):
    return np.random.default_rng(0).uniform(low, high, shape).astype("float32")


def test_summed_losses_are_sums_over_features_and_means_over_examples():
    targets, outputs = random(6, 4, 3), random(6, 4, 3)[::-1]
    squared = ((targets - outputs) ** 2).sum((1, 2)).mean()
    found = losses.SummedSquaredError()(targets, outputs)
    assert float(found) == pytest.approx(squared, rel=1e-5)
    # SciPy's entropy of a Bernoulli variable, plus its divergence.
    entropy = special.entr(targets) + special.entr(1 - targets)
    divergence = special.rel_entr(targets, outputs)
    divergence += special.rel_entr(1 - targets, 1 - outputs)
    expected = (entropy + divergence).sum((1, 2)).mean()
    found = losses.SummedBinaryCrossentropy()(targets, outputs)
    assert float(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("target", [0.05, 0.1, 0.5])
def test_bernoulli_kl_is_scipy_s_entropy(target):
    means = random(50)
    expected = [stats.entropy([target, 1 - target], [q, 1 - q]) for q in means]
    found = losses.bernoulli_kl(target, means)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    slopes = gradient(lambda q: losses.bernoulli_kl(target, q), means)
    expected = (1 - target) / (1 - means.astype("float64")) - target / means
    np.testing.assert_allclose(slopes, expected, rtol=1e-5, atol=1e-6)


def test_bernoulli_kl_of_dead_and_of_constant_units_is_finite():
    values = losses.bernoulli_kl(0.1, tf.constant([0.0, 1.0]))
    assert np.isfinite(values).all()
    assert (np.array(values) > 1).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_jacobian_norms_are_those_of_finite_differences(activation):
    keras.utils.set_random_seed(1)
    encoder, _ = networks.dense(7, [5], activation=activation)
    layer = encoder.layers[0]
    layer.bias.assign(random(5, low=-0.5, high=0.5))
    kernel, bias = np.array(layer.kernel, "float64"), np.array(layer.bias, "float64")
    inputs = random(6, 7)
    expected = oracles.jacobian_norm(
        lambda x: getattr(oracles, activation)(x @ kernel + bias), inputs
    )
    analytic = losses.dense_jacobian_norm(
        encoder(inputs), layer.kernel, layer.activation
    )
    codes, exact = losses.jacobian_norm(encoder, tf.constant(inputs))
    np.testing.assert_allclose(analytic, expected, rtol=1e-5)
    np.testing.assert_allclose(exact, analytic, rtol=1e-5)
    np.testing.assert_allclose(codes, encoder(inputs), rtol=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_gradients_of_the_jacobian_norm_are_those_of_finite_differences(activation):
    keras.utils.set_random_seed(1)
    encoder, _ = networks.dense(4, [3], activation=activation)
    layer = encoder.layers[0]
    inputs = random(5, 4)
    bias = np.array(layer.bias, "float64")

    def norm(kernel):
        function = getattr(oracles, activation)
        return oracles.jacobian_norm(
            lambda x: function(x @ kernel + bias), inputs
        ).mean()

    expected = oracles.finite_difference(norm, np.array(layer.kernel, "float64"))
    for penalty in (
        lambda: losses.dense_jacobian_norm(
            encoder(inputs), layer.kernel, layer.activation
        ),
        lambda: losses.jacobian_norm(encoder, tf.constant(inputs))[1],
    ):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(penalty())
        found = tape.gradient(value, layer.kernel.value)
        assert_near(found, expected)


@pytest.mark.slow
def test_the_estimate_of_the_jacobian_norm_has_no_bias():
    keras.utils.set_random_seed(2)
    encoder, _ = networks.dense(9, [8, 6], activation="tanh")
    inputs = tf.constant(random(4, 9))
    _, exact = losses.jacobian_norm(encoder, inputs)
    generator = keras.random.SeedGenerator(2)

    def draw(values):
        return [keras.random.normal(values.shape, seed=generator)]

    draws = []
    for _ in range(200):
        _, estimate = losses.jacobian_norm_estimate(encoder, inputs, draw)
        draws.append(float(tf.reduce_mean(estimate)))
    error = np.std(draws, ddof=1) / np.sqrt(len(draws))
    assert abs(np.mean(draws) - np.mean(exact)) < 2 * error
    assert error < 0.1 * np.mean(exact)


def test_an_estimate_along_every_axis_is_exact():
    encoder, _ = networks.dense(9, [6], activation="tanh")
    inputs = tf.constant(random(4, 9))
    # Each axis once, scaled so that their mean is the sum.
    axes = np.sqrt(6) * np.eye(6, dtype="float32")[:, None]
    _, estimate = losses.jacobian_norm_estimate(encoder, inputs, lambda _: list(axes))
    _, exact = losses.jacobian_norm(encoder, inputs)
    np.testing.assert_allclose(estimate, exact, rtol=1e-5)


@pytest.mark.parametrize("summed", [False, True])
def test_multinomial_crossentropy_is_of_words_or_of_documents(summed):
    counts = np.random.default_rng(0).poisson(2.0, (6, 5)).astype("float32")
    counts[2] = 0
    outputs = random(6, 5)
    outputs /= outputs.sum(axis=1, keepdims=True)
    found = losses.MultinomialCrossentropy(summed)(counts, outputs)
    costs = -(counts * np.log(outputs)).sum(axis=1)
    expected = costs if summed else costs / np.maximum(counts.sum(axis=1), 1)
    assert float(found) == pytest.approx(expected.mean(), rel=1e-5)
    zeros = losses.MultinomialCrossentropy()(np.eye(2), np.zeros((2, 2)))
    assert np.isfinite(float(zeros))
