"""The contractive autoencoder: three ways to one penalty."""

import keras
import numpy as np
import oracles
import pytest

import tfae


def new_model(units=(12,), activation="sigmoid", **arguments):
    keras.utils.set_random_seed(4)
    encoder, decoder = tfae.networks.dense(64, list(units), activation=activation)
    model = tfae.ContractiveAutoencoder(encoder, decoder, **arguments)
    model.compile("adam", loss="mse")
    return model


def contraction(model, inputs, training=False):
    return float(model.loss_terms(inputs, inputs, training)[1]["contraction"])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_analytic_and_exact_are_the_formula(vectors, activation):
    model = new_model(activation=activation, contraction=0.3)
    kernel = np.array(model.encoder.layers[0].kernel, "float64")
    norms = oracles.jacobian_norm(
        lambda x: getattr(oracles, activation)(x @ kernel), vectors
    )
    assert contraction(model, vectors) == pytest.approx(0.3 * norms.mean(), rel=1e-5)
    exact = new_model(activation=activation, contraction=0.3, method="exact")
    assert contraction(exact, vectors) == pytest.approx(
        contraction(model, vectors), rel=1e-5
    )


def test_analytic_is_for_one_dense_layer_and_nothing_else():
    inputs = keras.Input((64,))
    encoder = keras.Model(inputs, keras.ops.tanh(keras.layers.Dense(8)(inputs)))
    decoder = keras.layers.Dense(64)
    with pytest.raises(ValueError, match="an encoder of one dense layer"):
        tfae.ContractiveAutoencoder(encoder, decoder)
    plain = keras.Model(inputs, keras.layers.Dense(8, "tanh")(inputs))
    tfae.ContractiveAutoencoder(plain, decoder)


def test_the_norm_of_sequences_is_summed_over_their_steps():
    steps = np.random.default_rng(0).random((3, 5, 6), dtype="float32")
    values = []
    for method in ("analytic", "exact"):
        keras.utils.set_random_seed(0)
        encoder = keras.Sequential([keras.Input((5, 6)), keras.layers.Dense(4, "tanh")])
        decoder = keras.Sequential([keras.Input((5, 4)), keras.layers.Dense(6)])
        model = tfae.ContractiveAutoencoder(encoder, decoder, method=method)
        model.compile(loss="mse")
        values.append(contraction(model, steps))
    assert values[0] == pytest.approx(values[1], rel=1e-5)


@pytest.mark.slow
def test_the_estimate_is_near_the_norm_and_repeats_in_evaluation(vectors):
    deep = {"units": (20, 10), "contraction": 1.0}
    exact = contraction(new_model(method="exact", **deep), vectors)
    model = new_model(method="estimate", projections=200, **deep)
    drawn = contraction(model, vectors, True)
    assert drawn == pytest.approx(exact, rel=0.1)
    assert contraction(model, vectors, True) != drawn
    assert contraction(model, vectors) == contraction(model, vectors)


@pytest.mark.slow
def test_training_contracts(vectors):
    norms = []
    for weight in (0.0, 1.0):
        model = new_model(contraction=weight)
        repeated = np.tile(vectors, (50, 1))  # in one epoch, as each costs time
        model.fit(repeated, shuffle=False, verbose=0)
        kernel = np.array(model.encoder.layers[0].kernel, "float64")
        bias = np.array(model.encoder.layers[0].bias, "float64")
        norms.append(
            oracles.jacobian_norm(
                lambda x, k=kernel, b=bias: oracles.sigmoid(x @ k + b), vectors
            ).mean()
        )
    assert norms[1] < norms[0] / 3


def test_with_a_corruption_the_norm_is_taken_at_the_corrupted_inputs(vectors):
    zeros = keras.layers.Dense(64, kernel_initializer="zeros", trainable=False)
    model = new_model(contraction=1.0, corruption=zeros)
    at_zero = contraction(new_model(contraction=1.0), np.zeros_like(vectors))
    assert contraction(model, vectors) == pytest.approx(at_zero, rel=1e-5)
    config = model.get_config()
    assert type(model).from_config(config).get_config() == config


def test_weights_of_examples_weigh_the_penalty(vectors):
    model = new_model()
    vectors, weights = vectors[:8], np.arange(8, dtype="float32")
    found = float(model.loss_terms(vectors, vectors, False, weights)[1]["contraction"])
    each = [contraction(model, vectors[i : i + 1]) for i in range(8)]
    assert found == pytest.approx(np.mean(weights * each), rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"contraction": -1}, "Use 0 to switch it off"),
        ({"method": "guess"}, "`method` must be one of analytic"),
        ({"projections": 0}, "`projections` must be a positive integer"),
        ({"units": (8, 4)}, 'Use method="exact"'),
        ({"activation": "elu"}, "knows the slopes of linear, relu"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        new_model(**arguments)


def test_integers_have_slopes_too(vectors):
    pixels = (16 * vectors).astype("uint8")
    for method in ("analytic", "exact", "estimate"):
        model = new_model(method=method)
        found = contraction(model, pixels)
        assert found == pytest.approx(contraction(model, pixels * 1.0), rel=1e-5)
        assert found > 0


def test_emphasis_needs_a_corruption():
    with pytest.raises(ValueError, match=r"there is no corruption.*Give a corruption"):
        new_model(intact_weight=0.5)


def test_weights_of_the_steps_of_sequences_leave_the_penalty():
    steps = np.random.default_rng(0).random((4, 5, 6), dtype="float32")
    encoder = keras.Sequential([keras.Input((5, 6)), keras.layers.Dense(3, "tanh")])
    decoder = keras.Sequential([keras.Input((5, 3)), keras.layers.Dense(6)])
    model = tfae.ContractiveAutoencoder(encoder, decoder)
    model.compile(loss="mse")
    weights = np.array([[2.0] * 5, [0.0] * 5, [0.0] * 5, [0, 0, 0, 0, 10.0]])
    alone = [contraction(model, steps[index : index + 1]) for index in range(4)]
    for given, expected in (
        (weights, np.mean(alone)),
        (np.array([2.0, 0.0, 0.0, 2.0]), (alone[0] + alone[3]) / 2),
    ):
        found = model.loss_terms(steps, steps, False, given)[1]["contraction"]
        assert float(found) == pytest.approx(expected, rel=1e-5)


def test_a_layer_as_activation_is_named():
    encoder = keras.layers.Dense(8, activation=keras.layers.LeakyReLU(0.1))
    with pytest.raises(ValueError, match=r'LeakyReLU.*method="exact"'):
        tfae.ContractiveAutoencoder(encoder, keras.layers.Dense(64))
