"""Hard inputs: who plays against whom, and whether it helps against an attack."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from tfae.evaluation import attacks

PARTS = ("autoencoder", "adversary", "discriminator")


def new_model(rates=None, features=6, units=(4,), **options):
    keras.utils.set_random_seed(0)
    pair = tfae.networks.dense(
        features, units, code_activation="linear", output_activation="linear"
    )
    names = PARTS[1:] if options.get("adversary") == "generator" else PARTS[1:2]
    optimizers = None
    if rates is not None:
        sgd = keras.optimizers.SGD
        optimizers = {name: sgd(rates.get(name, 0.0)) for name in names}
    model = tfae.HardInputAutoencoder(
        *pair, adversary_units=(8,), optimizers=optimizers, **options
    )
    rate = 1e-3 if rates is None else rates.get("autoencoder", 0.0)
    kind = keras.optimizers.Adam if rates is None else keras.optimizers.SGD
    model.compile(kind(rate), "mse", run_eagerly=True)
    model.build((None, features))
    return model


def inputs_of(count, features=6):
    return np.random.default_rng(1).normal(size=(count, features)).astype("float32")


@pytest.mark.parametrize("adversary", ["perturbation", "generator"])
@pytest.mark.parametrize("part", PARTS)
def test_each_part_moves_its_own_variables(adversary, part):
    if (adversary, part) == ("perturbation", "discriminator"):
        model = new_model(adversary=adversary)
        assert model.discriminator is None
        return
    model = new_model({part: 0.1}, adversary=adversary)
    networks = {
        "autoencoder": [model.encoder, model.decoder],
        "adversary": [model.network],
        "discriminator": [model.discriminator] if model.discriminator else [],
    }
    before = {
        name: [net.get_weights() for net in nets] for name, nets in networks.items()
    }
    model.fit(inputs_of(8), batch_size=8, verbose=0)
    for name, nets in networks.items():
        for net, weights in zip(nets, before[name], strict=True):
            same = [
                (a == b).all() for a, b in zip(net.get_weights(), weights, strict=True)
            ]
            assert all(same) == (name != part), (name, part)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_perturbations_stay_within_the_bound(scale):
    model, inputs = new_model(bound=0.7), inputs_of(20)
    model.network.set_weights([scale * w for w in model.network.get_weights()])
    change = np.array(model.hard_inputs(inputs)) - inputs
    norms = np.linalg.norm(change, axis=1)
    assert norms.max() <= 0.7 + 1e-5
    if scale > 1:
        np.testing.assert_allclose(norms, 0.7, rtol=1e-4)
    else:
        np.testing.assert_allclose(change, model.network(inputs), atol=1e-6)


@pytest.mark.slow
def test_ascents_end_where_a_linear_model_is_worst():
    model, inputs = new_model(bound=0.5, ascents=100), inputs_of(4)
    plain = new_model(bound=0.5)
    plain.set_weights(model.get_weights())

    def gaps(hard):
        return np.square(np.array(model(hard)) - inputs).mean(axis=1)

    found = gaps(model.hard_inputs(inputs))
    change = np.random.default_rng(2).normal(size=(50_000, 6)).astype("float32")
    change *= 0.5 / np.linalg.norm(change, axis=1, keepdims=True)
    for example, worst, proposed in zip(
        inputs, found, gaps(plain.hard_inputs(inputs)), strict=True
    ):
        near = np.array(model(example + change))
        best = np.square(near - example).mean(axis=1).max()
        assert worst == pytest.approx(best, rel=0.02)
        assert proposed < best
    assert np.linalg.norm(model.hard_inputs(inputs) - inputs, axis=1).max() < 0.5001


@pytest.mark.slow
def test_the_players_want_the_opposite():
    inputs = inputs_of(64)
    losses = {}
    for part in ("autoencoder", "adversary"):
        model = new_model({part: 0.05}, bound=1.0)
        logs = model.fit(inputs, epochs=20, batch_size=64, verbose=0).history["hard"]
        losses[part] = logs[-1] - logs[0]
    assert losses["autoencoder"] < -0.01
    assert losses["adversary"] > 0.01


@pytest.mark.slow
def test_terms_are_those_of_the_game():
    model, inputs = new_model(hard_weight=0.5), inputs_of(16)
    logs = model.evaluate(inputs, verbose=0, return_dict=True)
    hard = np.array(model(model.hard_inputs(inputs)))
    assert logs["hard"] == pytest.approx(np.mean((hard - inputs) ** 2) / 2, rel=1e-5)
    model = new_model(adversary="generator")
    logs = model.evaluate(inputs, verbose=0, return_dict=True)
    made = np.array(model.hard_inputs(inputs))
    rebuilt = np.array(model(made))
    assert logs["hard"] == pytest.approx(np.mean((made - rebuilt) ** 2), rel=1e-5)
    assert {"generator", "discriminator"} <= set(logs)


@pytest.mark.slow
def test_an_attack_finds_the_worst_of_a_linear_model():
    matrix = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    inputs = inputs_of(5, 4)

    def linear(values, training):
        return values @ matrix

    found = attacks.worst_case_errors(linear, inputs, 0.3, 200, starts=20)
    # The largest of ‖x A − x + δ A‖² over a sphere, by its many points.
    change = np.random.default_rng(2).normal(size=(200_000, 4))
    change *= 0.3 / np.linalg.norm(change, axis=1, keepdims=True)
    gaps = inputs @ matrix - inputs
    expected = [((gap + change @ matrix) ** 2).mean(axis=1).max() for gap in gaps]
    np.testing.assert_allclose(found, expected, rtol=0.01)
    clean = (gaps**2).mean(axis=1)
    small = attacks.worst_case_errors(linear, inputs, 1e-6)
    np.testing.assert_allclose(small, clean, rtol=1e-3)


@pytest.mark.slow
def test_training_on_hard_inputs_helps_against_an_attack(digits):
    recipe, errors = tfae.recipes.get("hard_input_digits"), {}
    for name in ("Autoencoder", recipe.model):
        keras.utils.set_random_seed(0)
        pair = tfae.networks.dense(64, **recipe.network_arguments)
        options = recipe.arguments if name == recipe.model else {}
        model = getattr(tfae, name)(*pair, **options)
        model.compile(keras.optimizers.Adam(2e-3), "mse", jit_compile=True)
        model.fit(digits.train.inputs, batch_size=64, epochs=60, verbose=0)
        found = attacks.worst_case_errors(model, digits.valid.inputs, 1.0)
        errors[name] = found.mean()
    assert errors[recipe.model] < 0.6 * errors["Autoencoder"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"adversary": "oracle"}, "`adversary` must be perturbation or generator"),
        ({"bound": 0}, "`bound` must be a finite number greater than 0"),
        ({"hard_weight": -1}, "`hard_weight` must be a finite number >= 0"),
        ({"ascents": -1}, "`ascents` must be an integer >= 0"),
        ({"ascents": 1, "adversary": "generator"}, "a generator does not have"),
    ],
)
def test_other_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        new_model(**options)


def test_images_can_be_perturbed():
    pair = tfae.networks.convolutional((8, 8, 1), [4], latent_dim=3)
    model = tfae.HardInputAutoencoder(*pair, bound=0.5, adversary_units=(8,))
    images = tf.constant(inputs_of(3, 64).reshape(3, 8, 8, 1))
    model.build((None, 8, 8, 1))
    assert model.hard_inputs(images).shape == (3, 8, 8, 1)


@pytest.mark.parametrize("adversary", ["perturbation", "generator"])
def test_examples_without_weight_teach_nobody(adversary):
    model = new_model({"adversary": 0.1}, adversary=adversary, plausibility=0)
    inputs = inputs_of(8)
    moved = []
    for values in (inputs, np.concatenate([inputs[:4], 100 + inputs[4:]])):
        model.set_weights([np.full(w.shape, 0.1) for w in model.get_weights()])
        weights = np.array([1] * 4 + [0] * 4)
        with model.seeded(1):
            model.train_on_batch(values, values, sample_weight=weights)
        moved.append(model.network.get_weights()[0])
    assert (moved[0] != 0.1).any()
    np.testing.assert_allclose(*moved)


def test_activities_on_the_data_are_regularized():
    encoder = keras.Sequential(
        [keras.layers.Dense(2, activity_regularizer="l1", kernel_initializer="ones")]
    )
    decoder = keras.Sequential([keras.layers.Dense(6)])
    model = tfae.HardInputAutoencoder(encoder, decoder, bound=100.0)
    model.compile("sgd", "mse", run_eagerly=True)
    model.build((None, 6))
    model.network.set_weights([np.ones(w.shape) for w in model.network.get_weights()])
    inputs = np.ones((4, 6), "float32")
    logs = model.evaluate(inputs, verbose=0, return_dict=True)
    assert logs["regularization"] == pytest.approx(0.01 * 2 * 6, rel=1e-5)


def test_hard_inputs_are_asked_of_a_built_model():
    pair = keras.layers.Dense(4), keras.layers.Dense(6)  # of any inputs
    with pytest.raises(ValueError, match="must be built"):
        tfae.HardInputAutoencoder(*pair).hard_inputs(inputs_of(2))
