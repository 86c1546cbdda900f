"""Weights of examples and of their parts, against NumPy, in every class."""

import every_class
import keras
import numpy as np
import pytest
from conftest import mostly_slow, slow

import tfae
from tfae.models.randomness import evaluation_noise

TIME, FEATURES = 5, 3
FOR_EACH = ("kl", "codebook", "commitment", "contraction", "sparsity")


def series(count, seed=0):
    shape = (count, TIME, FEATURES)
    return np.random.default_rng(seed).random(shape, dtype="float32")


def ends(outputs, activation):
    return keras.layers.TimeDistributed(keras.layers.Dense(outputs, activation))


def recurrent(activation="sigmoid"):
    keras.utils.set_random_seed(1)
    encoder = keras.Sequential(
        [keras.Input((TIME, FEATURES)), keras.layers.GRU(4, return_sequences=True)]
    )
    decoder = keras.Sequential([keras.Input((TIME, 4)), ends(FEATURES, activation)])
    return encoder, decoder


def recurrent_vae(likelihood="bernoulli", kind=tfae.VariationalAutoencoder, **options):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((TIME, FEATURES))
    hidden = keras.layers.GRU(4)(inputs)
    heads = [keras.layers.Dense(2)(hidden) for _ in range(2)]
    codes = keras.Input((2,))
    rows = keras.layers.RepeatVector(TIME)(codes)
    levels = 4 if isinstance(likelihood, tfae.likelihoods.Categorical) else 1
    rows = ends(levels * FEATURES, "linear")(rows)
    networks = keras.Model(inputs, heads), keras.Model(codes, rows)
    model = kind(*networks, likelihood=likelihood, **options)
    model.compile("sgd", "mse" if likelihood is None else None, run_eagerly=True)
    return model


def compiled(kind, *networks, loss="mse", **options):
    model = kind(*networks, **options)
    model.compile("sgd", loss, run_eagerly=True)
    return model


RECURRENT = {
    "plain": lambda: compiled(tfae.Autoencoder, *recurrent()),
    "summed": lambda: compiled(
        tfae.Autoencoder, *recurrent(), loss=tfae.losses.SummedSquaredError()
    ),
    "quantized": lambda: compiled(tfae.VQVAE, *recurrent(), num_codes=4),
    "sparse": lambda: compiled(tfae.SparseAutoencoder, *recurrent(), penalty="l1"),
    "Bernoulli": recurrent_vae,
    "Gaussian": lambda: recurrent_vae("gaussian"),
    "categorical": lambda: recurrent_vae(tfae.likelihoods.Categorical(4)),
    "a loss": lambda: recurrent_vae(None),
    "importance": lambda: recurrent_vae(
        kind=tfae.ImportanceWeightedAutoencoder, samples=2
    ),
}


def terms(model, inputs, weights=None, targets=None):
    model.reset_metrics()
    targets = inputs if targets is None else targets
    return model.test_on_batch(inputs, targets, weights, return_dict=True)


# One example, and as many as time steps, where the axes could be confused.
@pytest.mark.parametrize("count", [1, slow(TIME)])
@pytest.mark.parametrize("name", mostly_slow(RECURRENT, "plain", "Gaussian"))
def test_weights_of_time_steps_weigh_the_reconstruction_alone(name, count):
    inputs = series(count)
    weights = np.random.default_rng(1).random((count, TIME)).astype("float32")
    weights[:, -1] = 0
    model = RECURRENT[name]()
    plain, found = terms(model, inputs), terms(model, inputs, weights)
    # Each step counts for its weight: the sum of what the steps cost one by one.
    parts = []
    for step in range(TIME):
        for row in range(count):
            alone = np.zeros_like(weights)
            alone[row, step] = 1
            parts.append(weights[row, step] * terms(model, inputs, alone)["loss"])
    fixed = sum(plain[one] for one in FOR_EACH if one in plain)
    if name == "importance":  # of which the bound is no sum over the steps
        assert found["loss"] < plain["loss"]
    else:
        share = np.sum(weights)
        expected = sum(parts) - (share - 1) * fixed
        assert found["loss"] == pytest.approx(expected, rel=1e-4)
    for one in plain.keys() & {*FOR_EACH}:
        assert found[one] == pytest.approx(plain[one], rel=1e-6)
    again = terms(model, inputs, weights[..., None])
    assert again == pytest.approx(found, rel=1e-6)
    ones = terms(model, inputs, np.ones_like(weights))
    assert ones == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("count", [2, TIME])
def test_weighted_time_steps_of_the_plain_model_are_those_of_keras(count):
    inputs = series(count)
    weights = np.random.default_rng(1).random((count, TIME)).astype("float32")
    model = RECURRENT["plain"]()
    plain = keras.Sequential([model.encoder, model.decoder])
    plain.compile(loss="mse")
    expected = plain.test_on_batch(inputs, inputs, weights)
    assert terms(model, inputs, weights)["loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", RECURRENT)
def test_a_weight_for_each_example_is_that_of_all_its_steps(name):
    inputs, weights = series(TIME), np.linspace(0, 2, TIME, dtype="float32")
    model = RECURRENT[name]()
    found = terms(model, inputs, weights)
    assert terms(model, inputs, weights[:, None]) == pytest.approx(found, rel=1e-6)
    if name != "importance":
        wide = terms(model, inputs, np.repeat(weights[:, None], TIME, axis=1))
        term = "reconstruction"
        assert wide[term] == pytest.approx(found[term], rel=1e-5)


def squares(x, outputs):
    return (x - outputs) ** 2


def nats(x, outputs):
    return -(x * np.log(outputs) + (1 - x) * np.log(1 - outputs))


FEATURE_LOSSES = [
    ("mse", squares, np.mean),
    ("mae", lambda x, outputs: abs(x - outputs), np.mean),
    ("binary_crossentropy", nats, np.mean),
    (keras.losses.MeanSquaredError(), squares, np.mean),
    (tfae.losses.SummedSquaredError(), squares, np.sum),
    (tfae.losses.SummedBinaryCrossentropy(), nats, np.sum),
]


@pytest.mark.parametrize(("loss", "formula", "over"), FEATURE_LOSSES)
@pytest.mark.parametrize("count", [5, 64])  # examples, and as many as features
def test_weights_of_features_weigh_each_by_itself(loss, formula, over, count, vectors):
    inputs = vectors[:count]
    weights = np.random.default_rng(1).random(inputs.shape).astype("float32")
    weights[:, ::3] = 0
    masked = np.where(weights == 0, 0.5, inputs).astype("float32")
    model = compiled(tfae.Autoencoder, *tfae.networks.dense(64, [8]), loss=loss)
    outputs = np.float64(model.predict_on_batch(inputs))
    expected = np.mean(over(weights * formula(masked, outputs), axis=1))
    found = terms(model, inputs, weights, masked)
    assert found["loss"] == pytest.approx(expected, rel=1e-4)
    images = compiled(
        tfae.Autoencoder,
        keras.Sequential([keras.layers.Reshape((64,)), model.encoder]),
        keras.Sequential([model.decoder, keras.layers.Reshape((8, 8, 1))]),
        loss=loss,
    )
    shaped = [one.reshape(-1, 8, 8, 1) for one in (inputs, weights, masked)]
    assert terms(images, *shaped)["loss"] == pytest.approx(expected, rel=1e-4)


LIKELIHOODS = {
    "bernoulli": lambda x, p: x * np.log(p) + (1 - x) * np.log(1 - p),
    "gaussian": lambda x, p: -((x - p) ** 2) / 2 - np.log(2 * np.pi) / 2,
}


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_missing_features_have_no_likelihood_and_the_divergence_stays(
    likelihood, vectors
):
    keras.utils.set_random_seed(0)
    networks = tfae.networks.variational(64, [16], 2)
    model = compiled(
        tfae.VariationalAutoencoder, *networks, loss=None, likelihood=likelihood
    )
    weights = np.ones_like(vectors)
    weights[:, 10:40] = 0
    found, plain = terms(model, vectors, weights), terms(model, vectors)
    outputs = np.float64(drawn_outputs(model, vectors))
    logarithms = weights * LIKELIHOODS[likelihood](vectors, outputs)
    expected = -np.mean(np.sum(logarithms, axis=1))
    assert found["reconstruction"] == pytest.approx(expected, rel=1e-4)
    assert found["kl"] == pytest.approx(plain["kl"], rel=1e-6)
    assert found["elbo"] == pytest.approx(-found["loss"], rel=1e-5)


def drawn_outputs(model, inputs):
    """Means of the likelihood at the codes that an evaluation draws."""
    mean, log_variance = map(np.array, model.encode_distribution(inputs))
    noise = np.array(evaluation_noise(mean.shape))
    return model.decode(mean + np.exp(log_variance / 2) * noise)


WITHOUT_PARTS = ("RestrictedBoltzmannMachine",)


@pytest.mark.filterwarnings("ignore:Only .* layers are solved")
@pytest.mark.parametrize(
    "name", mostly_slow(every_class.MAKERS, "VQVAE", *WITHOUT_PARTS, "Autoencoder")
)
def test_every_class_weighs_features_or_says_that_it_cannot(name, vectors):
    weights = np.ones_like(vectors[:5])
    model = every_class.new_model(name, run_eagerly=True)
    if name in WITHOUT_PARTS:
        with pytest.raises(ValueError, match=r"must have the shape \(batch,\)"):
            terms(model, vectors[:5], weights)
        return
    found = terms(model, vectors[:5], weights)
    assert found == pytest.approx(terms(model, vectors[:5]), rel=1e-4)
    if name != "MarginalizedDenoisingAutoencoder":
        model.fit(vectors[:5], vectors[:5], sample_weight=weights, verbose=0)


@pytest.mark.parametrize("shape", [(4,), (5, 4), (5, TIME, 2), (5, TIME, 3, 1)])
def test_weights_of_other_axes_are_refused(shape):
    model = RECURRENT["Bernoulli"]()
    if shape == (4,):
        with pytest.raises(ValueError, match="cardinality"):
            model.evaluate(series(5), sample_weight=np.ones(4), verbose=0)
        return
    with pytest.raises(ValueError, match="begin with the axes of the targets"):
        terms(model, series(5), np.ones(shape, "float32"))


def test_a_loss_that_does_not_tell_features_apart_is_refused(vectors):
    model = compiled(
        tfae.Autoencoder, *tfae.networks.dense(64, [8]), loss="cosine_similarity"
    )
    with pytest.raises(ValueError, match=r'cosine_similarity.*such as "mse"'):
        terms(model, vectors, np.ones_like(vectors))


def test_codes_that_are_averaged_count_examples_alone(vectors):
    quantizer = tfae.layers.VectorQuantizer(8, moving_average=0.9)
    networks = tfae.networks.quantized(64, [16], positions=4, code_dim=4)
    model = compiled(tfae.VQVAE, *networks, quantizer=quantizer)
    model.build((None, 64))
    model.train_on_batch(vectors, vectors, np.ones_like(vectors))
    assert np.sum(quantizer.numbers) == pytest.approx(0.9 * 8 + 0.1 * 256, rel=1e-5)


def test_features_that_do_not_count_may_have_any_value(vectors):
    masked, weights = vectors.copy(), np.ones_like(vectors)
    masked[:, 3], weights[:, 3] = -1, 0
    loss = tfae.losses.SummedBinaryCrossentropy()
    model = compiled(tfae.Autoencoder, *tfae.networks.dense(64, [8]), loss=loss)
    model.fit(vectors, masked, sample_weight=weights, verbose=0)
