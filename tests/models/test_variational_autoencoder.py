"""The variational autoencoder: its bound, its draws and what it refuses."""

import keras
import numpy as np
import pytest
import scipy.stats
from conftest import assert_near

import tfae
from tfae import likelihoods, networks
from tfae.layers import SCALES

BOTH = (tfae.VariationalAutoencoder, tfae.ImportanceWeightedAutoencoder)


def new_model(activation="tanh", output_activation="linear", **arguments):
    keras.utils.set_random_seed(2)
    pair = networks.variational(
        64, [20], 3, activation, output_activation=output_activation
    )
    model = tfae.VariationalAutoencoder(*pair, **arguments)
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    model.build((None, 64))
    return model


def evaluate(model, inputs, **options):
    return model.evaluate(inputs, verbose=0, return_dict=True, **options)


def test_terms_are_those_of_the_formula(vectors):
    model = new_model(beta=2.0)
    mean, log_variance = map(np.array, model.encode_distribution(vectors))
    with model.seeded(0):
        codes = np.array(model.sampling([mean, log_variance]))
    probabilities = np.array(model.decode(codes), "float64")
    likelihood = vectors * np.log(probabilities)
    likelihood += (1 - vectors) * np.log1p(-probabilities)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    logs = evaluate(model, vectors, batch_size=64)
    reconstruction = -likelihood.sum(axis=1).mean()
    divergence = divergence.sum(axis=1).mean()
    assert logs["reconstruction"] == pytest.approx(reconstruction, rel=1e-5)
    assert logs["kl"] == pytest.approx(2 * divergence, rel=1e-5)
    assert logs["elbo"] == pytest.approx(-reconstruction - divergence, rel=1e-5)
    assert logs["active_units"] == (mean.var(axis=0) > 0.01).sum()


def test_draws_have_the_moments_of_the_code(vectors):
    model = new_model()
    repeated = np.repeat(vectors[:1], 20_000, axis=0)
    mean, log_variance = map(np.array, model.encode_distribution(repeated))
    draws = np.array(model.sampling([mean, log_variance]))
    deviation = np.exp(log_variance[0] / 2)
    assert (abs(draws.mean(axis=0) - mean[0]) < 0.04 * deviation).all()
    np.testing.assert_allclose(draws.std(axis=0), deviation, rtol=0.03)


def test_codes_are_drawn_in_training_only(vectors):
    model = new_model()
    np.testing.assert_array_equal(model(vectors), model(vectors))
    np.testing.assert_array_equal(model.reconstruct(vectors), model(vectors))
    drawn = np.array(model(vectors, training=True))
    assert (drawn != np.array(model(vectors, training=True))).any()
    assert evaluate(model, vectors) == evaluate(model, vectors)


def test_the_divergence_warms_up(vectors):
    model = new_model(warm_up_steps=8, beta=3.0)
    terms = []
    for steps in (0, 2, 8, 20):
        model.optimizer.iterations.assign(steps)
        terms.append(float(model.loss_terms(vectors, vectors, True)[1]["kl"]))
    full = float(new_model(beta=3.0).loss_terms(vectors, vectors, True)[1]["kl"])
    assert_near(np.array(terms), full * np.array([0, 0.25, 1, 1]))
    assert evaluate(model, vectors)["kl"] == pytest.approx(full, rel=1e-5)


def test_free_bits_are_no_lower_than_they_cost(vectors):
    mean, log_variance = map(np.array, new_model().encode_distribution(vectors))
    each = (0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)).mean(axis=0)
    bits = float(np.median(each))
    logs = evaluate(new_model(free_bits=bits), vectors, batch_size=64)
    assert logs["kl"] == pytest.approx(np.maximum(each, bits).sum(), rel=1e-5)
    total = -logs["reconstruction"] - each.sum()
    assert logs["elbo"] == pytest.approx(total, rel=1e-5)


def test_samples_follow_the_seed():
    model = new_model()
    first, again = (np.array(model.sample(6, seed=4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != np.array(model.sample(6, seed=5))).any()
    assert (np.array(model.sample(6)) != np.array(model.sample(6))).any()
    assert first.shape == (6, 64) and first.min() > 0 and first.max() < 1
    codes = np.array(model.sample_codes(20_000, seed=1))
    assert abs(codes.mean()) < 0.02 and abs(codes.std() - 1) < 0.02


def test_log_weights_are_densities_of_the_draws(vectors):
    model = new_model()
    weights = np.array(model.log_weights(vectors, samples=3, seed=7))
    assert weights.shape == (3, 64)
    mean, log_variance = map(np.array, model.encode_distribution(vectors))
    tiled = [np.tile(one, (3, 1)) for one in (mean, log_variance)]
    with model.seeded(7):
        codes = np.array(model.sampling(tiled))
    expected = np.array(
        model.likelihood.log_likelihood(np.tile(vectors, (3, 1)), model.decoder(codes))
    )
    expected = expected + scipy.stats.norm.logpdf(codes).sum(axis=1)
    deviation = np.exp(tiled[1] / 2)
    expected -= scipy.stats.norm.logpdf(codes, tiled[0], deviation).sum(axis=1)
    assert_near(weights, expected.reshape(3, 64))


def test_without_a_likelihood_the_loss_of_compile_counts(vectors):
    model = new_model(likelihood=None)
    model.compile(loss="mse", run_eagerly=True)
    logs = evaluate(model, vectors, batch_size=64)
    with model.seeded(0):
        codes = model.sampling(model.encode_distribution(vectors))
    error = np.mean((np.array(model.decode(codes)) - vectors) ** 2)
    assert logs["reconstruction"] == pytest.approx(error, rel=1e-5)


def test_without_a_likelihood_there_is_no_bound(vectors):
    model = new_model(likelihood=None)
    model.compile(loss="mse", run_eagerly=True)
    assert "elbo" not in evaluate(model, vectors)
    with pytest.raises(ValueError, match="no density to weigh"):
        model.log_weights(vectors)


def test_weights_of_examples_weigh_both_terms(vectors):
    model = new_model(likelihood="gaussian")
    weights = np.arange(64) % 3
    found = evaluate(model, vectors, sample_weight=weights, batch_size=64)
    mean, log_variance = map(np.array, model.encode_distribution(vectors))
    with model.seeded(0):
        codes = model.sampling([mean, log_variance])
    error = ((np.array(model.decode(codes)) - vectors) ** 2 + np.log(2 * np.pi)) / 2
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    for name, values in (("reconstruction", error), ("kl", divergence)):
        expected = np.mean(weights * values.sum(axis=1))
        assert found[name] == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_codes_may_have_several_axes(digits):
    images = digits.train.inputs[:64].reshape(-1, 8, 8, 1)
    inputs = keras.Input((8, 8, 1))
    hidden = keras.layers.Conv2D(6, 3, 2, "same", activation="relu")(inputs)
    heads = [keras.layers.Conv2D(2, 3, padding="same")(hidden) for _ in range(2)]
    codes = keras.Input((4, 4, 2))
    outputs = keras.layers.Conv2DTranspose(1, 3, 2, "same")(codes)
    for model_class in BOTH:
        model = model_class(keras.Model(inputs, heads), keras.Model(codes, outputs))
        model.compile("sgd", jit_compile=True)
        model.fit(images, verbose=0)
        assert model.code_shape == (4, 4, 2)
        assert model.sample(3).shape == (3, 8, 8, 1)
        assert np.array(model.log_weights(images, 2)).shape == (2, 64)


def test_half_precision_keeps_small_deviations_finite(vectors):
    policy = keras.DTypePolicy("mixed_float16")
    pair = networks.variational(64, [20], 3, scale="deviation", dtype=policy)
    for model_class in BOTH:
        model = model_class(*pair, dtype=policy)
        model.compile("adam", run_eagerly=True)
        model.fit(vectors, verbose=0)
        logs = evaluate(model, np.zeros((32, 64), "float32"))
        assert np.isfinite(list(logs.values())).all()


@pytest.mark.slow
def test_a_learned_variance_is_found():
    noise = np.random.default_rng(0).normal(0, 0.3, (512, 64)).astype("float32")
    shared = likelihoods.Gaussian("shared")
    model = new_model(likelihood=shared)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(np.tile(noise, (10, 1)), batch_size=64, epochs=3, verbose=0)
    assert float(np.exp(shared.log_variance / 2)) == pytest.approx(0.3, rel=0.1)


def test_it_saves_with_its_draws(vectors, tmp_path):
    model = new_model(likelihood=likelihoods.Gaussian("shared"), free_bits=0.1)
    model.fit(vectors, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    for one, other in zip(
        model.encode_distribution(vectors),
        loaded.encode_distribution(vectors),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(model.sample(3), loaded.sample(3))
    np.testing.assert_array_equal(model.sample(3, 1), loaded.sample(3, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"beta": -1}, "`beta` must be a finite number >= 0. Received: beta=-1"),
        ({"beta": float("nan")}, "`beta` must be"),
        ({"free_bits": -0.1}, "`free_bits` must be"),
        ({"warm_up_steps": 1.5}, "`warm_up_steps` must be an integer"),
        ({"likelihood": "poisson"}, "`likelihood` must be one of"),
        ({"output_activation": "relu"}, "takes a decoder that ends with linear"),
        ({"likelihood": "categorical"}, r"outputs of shape \(16384,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_model(**arguments)


def test_networks_that_give_no_distribution_are_refused():
    model = tfae.VariationalAutoencoder(*networks.dense(64, [3]))
    with pytest.raises(ValueError, match=r"a mean and a log-variance.*variational"):
        model.build((None, 64))


def test_values_outside_the_likelihood_are_refused(vectors):
    with pytest.raises(ValueError, match=r"\[0, 1\].*from 0 to 2"):
        new_model().fit(2 * vectors, verbose=0)


def test_a_loss_beside_the_likelihood_is_refused(vectors):
    model = new_model()
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="likelihood=None"):
        model.fit(vectors, verbose=0)


@pytest.mark.parametrize("count", [0, 2.5])
def test_a_count_is_a_positive_integer(count):
    with pytest.raises(ValueError, match="`count` must be a positive integer"):
        new_model().sample(count)
    encoder, decoder = networks.variational(64, [20], 3)
    encoder = keras.layers.TimeDistributed(encoder)  # which tells no shape
    unbuilt = tfae.VariationalAutoencoder(encoder, decoder)
    with pytest.raises(ValueError, match="must be built"):
        unbuilt.sample(3)
    model = new_model()
    np.testing.assert_array_equal(model.sample(2, np.int64(3)), model.sample(2, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": 0}, "`latent_dim` must be a positive integer"),
        ({"hidden_units": [0]}, "`hidden_units` must be a sequence of positive"),
        ({"scale": "variance"}, "`scale` must be one of log_variance"),
        ({"outputs_per_feature": 1.5}, "`outputs_per_feature` must be"),
    ],
)
def test_networks_have_widths(arguments, message):
    arguments = {"hidden_units": [5], "latent_dim": 2, **arguments}
    with pytest.raises(ValueError, match=message):
        networks.variational(8, **arguments)


def test_scales_say_what_the_second_head_gives(vectors):
    heads = {}
    for scale in ("log_variance", "log_deviation", "deviation", "softplus"):
        keras.utils.set_random_seed(1)
        encoder, _ = networks.variational(64, [8], 3, scale=scale)
        heads[scale] = np.array(encoder(vectors)[1], "float64")
    raw = heads["log_variance"]
    assert_near(heads["log_deviation"], 2 * raw)
    assert_near(np.exp(heads["deviation"]), raw**2)
    assert_near(np.exp(heads["softplus"]), np.log1p(np.exp(raw)) ** 2)
    # Where σ itself is too small for its logarithm.
    far = SCALES["softplus"](np.float32([-200, -16, 0]))
    assert_near(far, [-400, -32, 2 * np.log(np.log(2))])
