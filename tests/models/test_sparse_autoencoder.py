"""The sparse autoencoder: its penalties, its running mean, what it reports."""

import keras
import numpy as np
import oracles
import pytest
import tensorflow as tf
from conftest import assert_near

import tfae


def new_model(activation="sigmoid", **arguments):
    encoder, decoder = tfae.networks.dense(64, [12], activation=activation)
    model = tfae.SparseAutoencoder(encoder, decoder, **arguments)
    model.compile(keras.optimizers.SGD(0.5), loss="mse")
    model.build((None, 64))
    return model


def term(model, vectors):
    return float(model.loss_terms(vectors, vectors, False)[1]["sparsity"])


@pytest.mark.parametrize("penalty", ["kl", "squared", "l1"])
def test_the_penalty_and_its_gradient_are_those_of_the_formula(penalty, vectors):
    target = None if penalty == "l1" else 0.05
    # Codes of both signs where there is no target.
    activation = "tanh" if penalty == "l1" else "sigmoid"
    model = new_model(
        activation, penalty=penalty, sparsity=3.0, target_activation=target
    )
    kernel = np.array(model.encoder.layers[0].kernel)

    def expected(kernel):
        codes = getattr(oracles, activation)(vectors.astype("float64") @ kernel)
        if penalty == "l1":
            return 3 * abs(codes).mean(axis=0).sum()
        mean = codes.mean(axis=0)
        kl = 0.05 * np.log(0.05 / mean) + 0.95 * np.log(0.95 / (1 - mean))
        squared = (mean - 0.05) ** 2
        return 3 * {"kl": kl, "squared": squared}[penalty].sum()

    with tf.GradientTape() as tape:
        value = model.loss_terms(vectors, vectors, True)[1]["sparsity"]
    assert float(value) == pytest.approx(expected(kernel), rel=1e-5)
    gradient = tape.gradient(value, model.encoder.layers[0].kernel.value).numpy()
    slopes = oracles.finite_difference(expected, kernel)
    assert_near(gradient, slopes)


def test_the_running_mean_is_that_of_the_batches(vectors):
    model = new_model(momentum=0.9, target_activation=0.2)
    means = [np.full(12, 0.2)]
    for start in (0, 32):
        batch = vectors[start : start + 32]
        means.append(0.9 * means[-1] + 0.1 * np.array(model.encode(batch)).mean(0))
        value = float(model.loss_terms(batch, batch, True)[1]["sparsity"])
    q = means[-1]
    kl = 0.2 * np.log(0.2 / q) + 0.8 * np.log(0.8 / (1 - q))
    assert value == pytest.approx(model.sparsity * kl.sum(), rel=1e-4)
    # Evaluation has a mean of its own and leaves the running one alone.
    assert term(model, vectors) == pytest.approx(
        term(new_copy(model), vectors), rel=1e-6
    )


def new_copy(model):
    copy = tfae.SparseAutoencoder.from_config({**model.get_config(), "momentum": None})
    copy.compile(loss="mse")
    copy.build((None, 64))
    copy.encoder.set_weights(model.encoder.get_weights())
    copy.decoder.set_weights(model.decoder.get_weights())
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("momentum", [None, 0.9])
def test_training_brings_the_units_to_their_target(vectors, momentum):
    model = new_model(sparsity=1.0, momentum=momentum, target_activation=0.1)
    repeated = np.tile(vectors, (5, 1))  # in few epochs, as each costs time
    history = model.fit(repeated, batch_size=32, epochs=12, verbose=0).history
    assert history["mean_activation"][-1] == pytest.approx(0.1, abs=0.01)
    assert history["near_target"][-1] > 0.9 > history["near_target"][0]
    means = np.array(model.encode(vectors)).mean(axis=0)
    logs = model.evaluate(vectors, batch_size=64, verbose=0, return_dict=True)
    assert logs["mean_activation"] == pytest.approx(means.mean(), rel=1e-5)
    near = (abs(means - 0.1) <= 0.025).mean()
    assert logs["near_target"] == pytest.approx(near, rel=1e-6)


def test_l1_has_no_target_to_be_near(vectors):
    history = new_model("relu", penalty="l1").fit(vectors, verbose=0).history
    assert "near_target" not in history
    assert "mean_activation" in history
    for arguments in ({"target_activation": 0.1}, {"momentum": 0.9}):
        with pytest.raises(ValueError, match="no mean activation to aim at"):
            new_model("relu", penalty="l1", **arguments)


@pytest.mark.parametrize("activation", ["relu", "linear", "tanh", "leaky_relu"])
def test_kl_needs_probabilities(activation):
    with pytest.raises(ValueError, match=f'ends with .*{activation}.*Use "sigmoid"'):
        new_model(activation)


class Wrapped(keras.Model):
    """An encoder that does not tell what it does."""

    def __init__(self, units):
        super().__init__()
        self.layer = keras.layers.Dense(units, "sigmoid")

    def call(self, inputs):
        return self.layer(inputs)


def test_kl_leaves_it_to_the_user_where_it_cannot_tell(vectors):
    model = tfae.SparseAutoencoder(Wrapped(12), keras.layers.Dense(64))
    model.compile("adam", "mse")
    history = model.fit(vectors, epochs=2, verbose=0).history
    assert history["sparsity"][1] < history["sparsity"][0]
    inputs = keras.Input((64,))
    for codes in (
        keras.ops.sigmoid(keras.layers.Dense(8)(inputs)),
        keras.layers.Softmax()(keras.layers.Dense(8)(inputs)),
        keras.layers.MaxPooling1D(2)(
            keras.layers.Reshape((8, 1))(keras.layers.Dense(8, "sigmoid")(inputs))
        ),
    ):
        tfae.SparseAutoencoder(keras.Model(inputs, codes), keras.layers.Dense(64))


def test_a_running_mean_holds_in_double_precision(vectors):
    networks = tfae.networks.dense(64, [12], activation="sigmoid", dtype="float64")
    model = tfae.SparseAutoencoder(*networks, momentum=0.9, dtype="float64")
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    assert model._running_mean.dtype == "float64"


def test_kl_needs_to_know_that_they_are_probabilities():
    relu, decoder = tfae.networks.dense(20, [8], activation="relu", dropout=0.2)
    inputs = keras.Input((20,))
    scaled = keras.layers.Dense(8, "sigmoid")(inputs) * 5
    for encoder in (
        relu,
        keras.Sequential([keras.Input((20,)), relu]),
        keras.Model(inputs, keras.ops.relu(scaled)),
    ):
        with pytest.raises(ValueError, match="takes activations for probabilities"):
            tfae.SparseAutoencoder(encoder, decoder)
    sigmoid, decoder = tfae.networks.dense(20, [8], activation="sigmoid", dropout=0.2)
    tfae.SparseAutoencoder(sigmoid, decoder)


@pytest.mark.parametrize(
    "arguments",
    [
        {"target_activation": 0},
        {"target_activation": 1.0},
        {"sparsity": -1},
        {"sparsity": float("nan")},
        {"penalty": "l2"},
        {"momentum": 1},
    ],
    ids=str,
)
def test_arguments_have_ranges(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}` must be"):
        new_model(**arguments)


def test_a_batch_of_one_has_no_mean(vectors):
    with pytest.raises(ValueError, match="Received: a batch of 1"):
        new_model().loss_terms(vectors[:1], vectors[:1], True)
    assert np.isfinite(term(new_model(), vectors[:1]))
