"""The importance-weighted bound: what it equals, and that it tightens."""

import keras
import numpy as np
import pytest
import scipy.stats

import tfae
from tfae import evaluation, likelihoods, networks


def new_model(samples=5, **arguments):
    keras.utils.set_random_seed(2)
    pair = networks.variational(64, [20], 3, "tanh")
    model = tfae.ImportanceWeightedAutoencoder(*pair, samples=samples, **arguments)
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    model.build((None, 64))
    return model


def evaluate(model, inputs):
    return model.evaluate(inputs, batch_size=64, verbose=0, return_dict=True)


def test_the_bound_is_the_logarithm_of_the_mean_weight(vectors):
    model = new_model(7)
    weights = np.array(model.log_weights(vectors, 7, seed=0), "float64")
    expected = np.log(np.exp(weights - 50).mean(axis=0)) + 50
    logs = evaluate(model, vectors)
    assert logs["negative_bound"] == pytest.approx(-expected.mean(), rel=1e-5)
    assert logs["loss"] == logs["negative_bound"]
    assert logs["elbo"] == pytest.approx(weights.mean(), rel=1e-5)


def test_with_one_draw_it_is_the_evidence_lower_bound(vectors):
    logs = evaluate(new_model(1), vectors)
    assert logs["loss"] == pytest.approx(-logs["elbo"], rel=1e-6)
    # That of the other class has the divergence in closed form, without its noise.
    repeated = np.repeat(vectors[:1], 20_000, axis=0)
    weights = np.array(new_model().log_weights(repeated, 1))
    plain = tfae.VariationalAutoencoder(*networks.variational(64, [20], 3, "tanh"))
    plain.compile(run_eagerly=True)
    plain.build((None, 64))
    plain.set_weights(new_model().get_weights())
    expected = plain.evaluate(repeated, batch_size=20_000, verbose=0, return_dict=True)
    error = weights.std() / np.sqrt(weights.size)
    assert weights.mean() == pytest.approx(expected["elbo"], abs=6 * error)


@pytest.mark.slow
def test_bounds_rise_with_the_draws_of_a_trained_model(vectors):
    model = new_model(2)
    model.run_eagerly = False
    before = evaluate(model, vectors)["loss"]
    model.fit(np.tile(vectors, (40, 1)), batch_size=64, verbose=0)
    assert evaluate(model, vectors)["loss"] < before
    bounds = [
        evaluation.log_likelihoods(model, vectors, k).mean() for k in (1, 5, 50, 500)
    ]
    assert bounds == sorted(bounds)
    assert bounds[-1] > bounds[0] + 0.1


def linear_model():
    """p(x | z) = N(Wz + b, s²) with z ~ N(0, I), and a q(z | x) that is a bit off."""
    generator = np.random.default_rng(1)
    pair = networks.variational(6, [], 2)
    model = tfae.ImportanceWeightedAutoencoder(
        *pair, likelihood=likelihoods.Gaussian(0.25)
    )
    model.build((None, 6))
    kernel = generator.normal(size=(2, 6))
    bias = generator.normal(size=6)
    posterior = np.linalg.inv(np.eye(2) + kernel @ kernel.T / 0.25)
    backward = kernel.T @ posterior / 0.25
    encoder = {layer.name: layer for layer in model.encoder.layers}
    encoder["mean"].set_weights([backward, -bias @ backward + 0.05])
    variances = 1.2 * np.diag(posterior)
    encoder["log_variance"].set_weights([np.zeros((6, 2)), np.log(variances)])
    model.decoder.layers[-1].set_weights([kernel, bias])
    covariance = kernel.T @ kernel + 0.25 * np.eye(6)
    inputs = generator.multivariate_normal(bias, covariance, 50).astype("float32")
    exact = scipy.stats.multivariate_normal(bias, covariance).logpdf(inputs)
    return model, inputs, exact


@pytest.mark.slow
def test_of_a_linear_gaussian_model_it_is_the_likelihood():
    model, inputs, exact = linear_model()
    found = evaluation.log_likelihoods(model, inputs, 5000)
    assert found.mean() == pytest.approx(exact.mean(), abs=0.05)
    assert np.abs(found - exact).max() < 0.3
    few = evaluation.log_likelihoods(model, inputs, 2)
    assert few.mean() < exact.mean() - 0.05


@pytest.mark.slow
def test_estimates_do_not_depend_on_what_fits_memory():
    model, inputs, _ = linear_model()
    options = {"samples": 100, "batch_size": 20, "at_once": 40}
    parts = evaluation.log_likelihoods(model, inputs, **options)
    again = evaluation.log_likelihoods(model, inputs[:20], **options)
    np.testing.assert_array_equal(parts[:20], again)
    whole = evaluation.log_likelihoods(model, inputs, 100)
    assert parts.mean() == pytest.approx(whole.mean(), abs=0.03)
    assert parts.shape == (50,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 0}, "`samples` must be a positive integer"),
        ({"samples": 2.0}, "`samples` must be a positive integer"),
        ({"likelihood": None}, "bound requires a likelihood"),
        ({"beta": 2.0}, "no divergence of its own to weigh. Received: beta"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_model(**arguments)


def test_estimates_take_draws():
    with pytest.raises(ValueError, match="`samples` must be a positive integer"):
        evaluation.log_likelihoods(new_model(), np.zeros((2, 64), "float32"), 0)
