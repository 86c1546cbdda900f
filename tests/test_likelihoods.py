"""Likelihoods against SciPy's, and what they refuse."""

import keras
import numpy as np
import pytest
import scipy.stats
from conftest import assert_near

from tfae import likelihoods, losses, networks

GENERATOR = np.random.default_rng(0)
UNIT = GENERATOR.random((7, 6)).astype("float32")
REAL = GENERATOR.normal(size=(7, 6)).astype("float32")
OUTPUTS = GENERATOR.normal(size=(7, 6)).astype("float32")


def test_bernoulli_from_logits_and_from_probabilities():
    bits = (UNIT > 0.5).astype("float32")
    probabilities = 1 / (1 + np.exp(-OUTPUTS.astype("float64")))
    expected = scipy.stats.bernoulli.logpmf(bits, probabilities).sum(axis=1)
    logits = likelihoods.Bernoulli()
    assert_near(logits.log_likelihood(bits, OUTPUTS), expected)
    assert_near(logits(OUTPUTS), probabilities)
    given = likelihoods.Bernoulli(from_logits=False)
    found = given.log_likelihood(bits, probabilities.astype("float32"))
    assert_near(found, expected)
    grey = UNIT * np.log(probabilities) + (1 - UNIT) * np.log1p(-probabilities)
    assert_near(logits.log_likelihood(UNIT, OUTPUTS), grey.sum(axis=1))


def test_logits_are_exact_where_probabilities_are_not():
    logits = np.full((1, 1), -50, "float32")
    found = likelihoods.Bernoulli().log_likelihood(np.ones((1, 1), "float32"), logits)
    assert float(found[0]) == pytest.approx(-50)


def test_probabilities_of_0_and_1_cost_what_epsilon_says():
    ends = np.array([[0.0, 1.0]], "float32")
    guarded = likelihoods.Bernoulli(from_logits=False, epsilon=1e-10)
    found = guarded.log_likelihood(1 - ends, ends)
    assert float(found[0]) == pytest.approx(2 * np.log(1e-10))
    middle = np.full((1, 1), 0.25)
    assert_near(guarded.log_likelihood(np.ones((1, 1)), middle), [np.log(0.25 + 1e-10)])
    assert likelihoods.Bernoulli.from_config(guarded.get_config()).epsilon == 1e-10


def test_gaussian_of_every_kind_of_variance():
    scale = np.sqrt(0.25)
    expected = scipy.stats.norm.logpdf(REAL, OUTPUTS, scale).sum(axis=1)
    fixed = likelihoods.Gaussian(0.25)
    assert_near(fixed.log_likelihood(REAL, OUTPUTS), expected)
    shared = likelihoods.Gaussian("shared")
    shared.build(OUTPUTS.shape)
    shared.log_variance.assign(np.log(0.25))
    assert_near(shared.log_likelihood(REAL, OUTPUTS), expected)
    assert shared.trainable_variables
    each = likelihoods.Gaussian("each")
    parameters = np.concatenate([OUTPUTS, 0.3 * REAL], axis=1)
    expected = scipy.stats.norm.logpdf(REAL, OUTPUTS, np.exp(0.15 * REAL)).sum(axis=1)
    assert_near(each.log_likelihood(REAL, parameters), expected)
    np.testing.assert_array_equal(each(parameters), OUTPUTS)


def test_categorical_of_levels():
    levels = GENERATOR.integers(0, 4, (7, 6))
    logits = GENERATOR.normal(size=(7, 24)).astype("float32")
    likelihood = likelihoods.Categorical(4)
    probabilities = np.exp(logits.astype("float64")).reshape(7, 6, 4)
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    chosen = np.take_along_axis(probabilities, levels[..., None], axis=-1)[..., 0]
    targets = (levels / 3).astype("float32")
    found = likelihood.log_likelihood(targets, logits)
    assert_near(found, np.log(chosen).sum(axis=1))
    assert_near(likelihood(logits), probabilities @ (np.arange(4) / 3))


def test_divergence_and_density_of_gaussians():
    mean, log_variance = REAL, OUTPUTS
    draws = GENERATOR.normal(size=(200_000, 1, 2))
    deviation = np.exp(log_variance[0, :2] / 2)
    values = mean[0, :2] + deviation * draws
    gap = scipy.stats.norm.logpdf(values, mean[0, :2], deviation)
    gap -= scipy.stats.norm.logpdf(values)
    error = gap.std(axis=0) / np.sqrt(len(gap))
    found = np.array(losses.gaussian_kl(mean, log_variance))[0, :2]
    assert (abs(found - gap.mean(axis=0)) < 4 * error).all()
    assert_near(
        losses.gaussian_log_density(UNIT, mean, log_variance),
        scipy.stats.norm.logpdf(UNIT, mean, np.exp(log_variance / 2)),
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: likelihoods.Gaussian(0), '`variance` must be a number > 0, "shared"'),
        (lambda: likelihoods.Gaussian("own"), "variance='own'"),
        (lambda: likelihoods.Categorical(1), "`levels` must be an integer >= 2"),
        (lambda: likelihoods.Bernoulli(False, epsilon=0), "`epsilon` must be"),
        (lambda: likelihoods.Bernoulli(epsilon=1e-10), "epsilon=1e-10 with from_log"),
    ],
)
def test_arguments_have_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("identifier", "activation", "message"),
    [
        ("poisson", "linear", "bernoulli, gaussian, categorical"),
        ({"class_name": "Poisson"}, "linear", "no likelihood 'Poisson'"),
        ({"name": "Gaussian"}, "linear", "A likelihood must be given as itself or as"),
        ({"class_name": "Gaussian", "config": {"σ": 1}}, "linear", "Unrecognized.*σ"),
        ("bernoulli", "relu", "ends with linear.*'relu'.*output_activation"),
        ("categorical", "sigmoid", "ends with linear"),
        ({"class_name": "Gaussian", "config": {"variance": "each"}}, "relu", "linear"),
    ],
)
def test_what_does_not_fit_is_refused(identifier, activation, message):
    _, decoder = networks.dense(6, [3], output_activation=activation)
    with pytest.raises(ValueError, match=message):
        likelihoods.get(identifier, decoder)


def test_a_decoder_that_does_not_tell_is_asked_about():
    inputs = keras.Input((3,))
    shifted = keras.Model(inputs, keras.layers.Dense(6)(inputs) + 1.0)
    with pytest.raises(ValueError, match=r"Bernoulli\(from_logits=…\)"):
        likelihoods.get("bernoulli", shifted)
    given = likelihoods.Bernoulli(from_logits=True)
    assert likelihoods.get(given, shifted) is given
    shaped = keras.ops.reshape(keras.layers.Dense(6)(inputs), (-1, 2, 3))
    assert likelihoods.get("bernoulli", keras.Model(inputs, shaped)).from_logits
    _, decoder = networks.dense(6, [3], output_activation="selu")
    assert likelihoods.get("gaussian", decoder).variance == 1.0


def test_the_decoder_tells_logits_from_probabilities():
    for activation, from_logits in (("linear", True), ("sigmoid", False)):
        _, decoder = networks.dense(6, [3], output_activation=activation)
        assert likelihoods.get("bernoulli", decoder).from_logits is from_logits
    config = {"class_name": "Gaussian", "config": {"variance": "shared"}}
    assert likelihoods.get(config, keras.layers.Dense(6)).variance == "shared"
