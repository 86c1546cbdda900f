"""The restricted Boltzmann machine against NumPy, and against all its states."""

import itertools

import keras
import numpy as np
import oracles
import pytest
import tensorflow as tf
from conftest import assert_near, slow

import tfae
from tfae.pretraining import pretrain


def new_model(features=64, units=12, hidden="sigmoid", visible="sigmoid", **arguments):
    pair = tfae.networks.dense(
        features, [units], hidden, output_activation=visible, tie_weights=True
    )
    model = tfae.RestrictedBoltzmannMachine(*pair, **arguments)
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    model.build((None, features))
    return model


def parameters(model):
    """W, c and b in float64, the biases made other than 0."""
    generator = np.random.default_rng(1)
    for layer in (model.encoder.layers[-1], model.decoder.layers[-1]):
        layer.bias.assign(0.3 * generator.normal(size=layer.bias.shape))
    up, down = model.encoder.layers[-1], model.decoder.layers[-1]
    return [np.array(w, "float64") for w in (up.kernel, up.bias, down.bias)]


def numpy_chain(model, inputs, steps):
    """CD's chain, from the numbers that Keras will draw next, in NumPy."""
    up, down = model.encoder.layers[-1], model.decoder.layers[-1]
    kernel, c, b = (np.array(w, "float64") for w in (up.kernel, up.bias, down.bias))
    generator = keras.random.SeedGenerator(0)
    generator.state.assign(model.seed_generator.state)
    values, shape = inputs.astype("float64"), (len(inputs), len(c))
    for _ in range(steps):
        given = values @ kernel + c
        if up.activation is keras.activations.sigmoid:
            drawn = np.array(keras.random.uniform(shape, seed=generator))
            hidden = (drawn < oracles.sigmoid(given)).astype("float64")
        else:
            hidden = given + np.array(keras.random.normal(shape, seed=generator))
        values = hidden @ kernel.T + b
        if down.activation is keras.activations.sigmoid:
            values = oracles.sigmoid(values)
    return values


@pytest.mark.parametrize("hidden", ["sigmoid", "linear"])
@pytest.mark.parametrize("visible", ["sigmoid", "linear"])
@pytest.mark.parametrize("steps", [1, 3])
def test_the_gradient_is_that_of_contrastive_divergence(
    vectors, hidden, visible, steps
):
    model = new_model(hidden=hidden, visible=visible, steps=steps)
    kernel, c, _ = parameters(model)
    ends = numpy_chain(model, vectors, steps)
    with tf.GradientTape() as tape:
        total = model.loss_terms(vectors, vectors, True)[1]["divergence"]
    found = tape.gradient(total, model.trainable_variables)
    products, hiddens, visibles = [], [], []
    for values in (vectors.astype("float64"), ends):
        active = getattr(oracles, hidden)(values @ kernel + c)
        products.append(values.T @ active / len(values))
        hiddens.append(active.mean(axis=0))
        visibles.append(values.mean(axis=0))
    expected = [-(one[0] - one[1]) for one in (products, hiddens, visibles)]
    for gradient, value in zip(found, expected, strict=True):
        assert_near(gradient, value, 1e-4)


@pytest.mark.parametrize("chains", [None, 20])
def test_weights_of_one_half_halve_the_gradient(vectors, chains):
    model = new_model(chains=chains)
    state = model.seed_generator.state.numpy()
    particles = None if chains is None else model._particles.numpy()
    gradients = []
    for weights in (None, np.full(64, 0.5)):
        model.seed_generator.state.assign(state)
        if chains:
            model._particles.assign(particles)
        with tf.GradientTape() as tape:
            total = model.loss_terms(vectors, vectors, True, weights)[1]["divergence"]
        gradients.append(tape.gradient(total, model.trainable_variables))
    for whole, half in zip(*gradients, strict=True):
        assert_near(half, np.array(whole) / 2, 1e-4)


@pytest.mark.parametrize(
    "policy", [slow("mixed_float16"), slow("mixed_bfloat16"), "float64"]
)
def test_it_trains_in_other_precisions(vectors, policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = new_model(chains=10)
        doubles = tf.data.Dataset.from_tensor_slices(vectors.astype("float64"))
        history = model.fit(doubles.batch(32), epochs=2, shuffle=False, verbose=0)
        model.sample(3, steps=5)
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history.history["loss"]).all()


def states(count):
    return np.array(list(itertools.product([0.0, 1.0], repeat=count)))


def log_likelihood(model, inputs):
    """Exact, from all 2⁴ × 2³ states of the units."""
    up, down = model.encoder.layers[-1], model.decoder.layers[-1]
    kernel, c, b = (np.array(w, "float64") for w in (up.kernel, up.bias, down.bias))
    visible, hidden = states(4), states(3)
    energies = -(visible @ kernel @ hidden.T) - (visible @ b)[:, None] - hidden @ c
    weights = np.exp(-energies)
    odds = dict(
        zip(map(tuple, visible), weights.sum(axis=1) / weights.sum(), strict=True)
    )
    return np.mean([np.log(odds[tuple(row)]) for row in inputs])


@pytest.mark.parametrize("chains", [slow(None), 50])
@pytest.mark.slow
def test_training_raises_the_exact_likelihood(chains):
    inputs = np.repeat([[1, 1, 0, 0], [0, 0, 1, 1]], 50, axis=0).astype("float32")
    model = new_model(4, 3, chains=chains)
    before = log_likelihood(model, inputs)
    model.fit(inputs, batch_size=20, epochs=60, verbose=0)
    assert log_likelihood(model, inputs) > before + 0.7
    # 2 of 16 patterns fill the data: 4 bits at first, 1 at best.
    assert log_likelihood(model, inputs) < np.log(1 / 2)
    drawn = np.array(model.sample(200, steps=30, seed=1)).round()
    assert (
        np.mean(abs(drawn[:, 0] - drawn[:, 1]) + abs(drawn[:, 2] - drawn[:, 3])) < 0.5
    )
    np.testing.assert_array_equal(
        model.sample(200, steps=30, seed=1).numpy().round(), drawn
    )


def test_free_energy_is_that_of_all_hidden_states(vectors):
    model = new_model(64, 3)
    kernel, c, b = parameters(model)
    hidden = states(3)
    inputs = vectors.astype("float64")
    energies = -(inputs @ kernel @ hidden.T) - (inputs @ b)[:, None] - hidden @ c
    expected = -np.log(np.exp(-energies).sum(axis=1))
    assert_near(model.free_energy(vectors), expected)


def test_persistent_chains_go_on_from_batch_to_batch(vectors):
    model = new_model(chains=10)
    before = np.array(model._particles)
    model.fit(vectors, verbose=0)
    assert (np.array(model._particles) != before).any()
    assert set(np.unique(model._particles)) <= {0.0, 1.0}


@pytest.mark.slow
def test_it_is_a_shallow_learner_of_tied_stacks(vectors):
    keras.utils.set_random_seed(0)
    stack = tfae.StackedAutoencoder(64, [32, 8], "sigmoid", tie_weights=True)
    stack.compile(keras.optimizers.SGD(0.1, momentum=0.5), "mse")
    before = stack.evaluate(vectors, verbose=0)[0]
    pretraining = tfae.GreedyPretraining(20, tfae.RestrictedBoltzmannMachine)
    stack.fit(vectors, epochs=40, batch_size=16, callbacks=[pretraining], verbose=0)
    assert stack.evaluate(vectors, verbose=0)[0] < before
    for rows in pretraining.histories:
        assert rows[-1]["reconstruction"] < rows[0]["reconstruction"]


def test_samples_begin_at_persistent_chains():
    model = new_model(4, 4, chains=3)
    model.encoder.layers[-1].kernel.assign(100 * np.eye(4))
    for layer in (model.encoder.layers[-1], model.decoder.layers[-1]):
        layer.bias.assign(4 * [-50])  # each unit copies another one
    particles = np.array([[1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]], "float32")
    model._particles.assign(particles)
    drawn = np.array(model.sample(40, steps=5, seed=0)).round()
    np.testing.assert_array_equal(
        np.unique(drawn, axis=0), np.unique(particles, axis=0)
    )


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [False, True])
def test_stacks_of_them_are_unrolled(vectors, ahead):
    keras.utils.set_random_seed(0)
    stack = tfae.StackedAutoencoder(64, [32, 8], "sigmoid")
    stack.compile(keras.optimizers.SGD(0.1, momentum=0.5), "mse")
    arguments = (2, tfae.RestrictedBoltzmannMachine)
    before = [np.array(w) for w in stack.weights]
    if ahead:
        pretrain(stack, vectors, *arguments, tie_weights=True, verbose=0)
    else:
        pretraining = tfae.GreedyPretraining(*arguments, tie_weights=True)
        stack.fit(vectors, epochs=4, callbacks=[pretraining], verbose=0)
    for encoder, decoder in stack.stages:
        np.testing.assert_array_equal(decoder.kernel, np.transpose(encoder.kernel))
    for old, new in zip(before, stack.weights, strict=True):
        assert (old != np.array(new)).any()
    stack.fit(vectors, verbose=0)  # as two kernels
    encoder, decoder = stack.stages[0]
    assert (np.array(decoder.kernel) != np.transpose(encoder.kernel)).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "`steps` must be"),
        ({"chains": 0}, "`chains` must be"),
        ({"hidden": "relu"}, "units .* are sigmoid .* or linear"),
    ],
)
def test_arguments_have_ranges(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_model(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, r"`count` must be a positive integer\. Received: count=0"),
        ({"count": 2.5}, "Received: count=2.5"),
        ({"count": 3, "steps": 0}, "`steps` must be .* Received: steps=0"),
        ({"count": 3, "steps": -5}, "`steps` must be .* Received: steps=-5"),
    ],
)
def test_samples_are_counted_by_positive_integers(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        new_model().sample(**arguments)
    assert "\n" not in str(error.value)


def of_any_inputs():
    up = keras.layers.Dense(12, "sigmoid")
    return up, tfae.layers.TiedDense(up, "sigmoid")


def test_samples_need_a_built_model():
    pair = of_any_inputs()
    model = tfae.RestrictedBoltzmannMachine(*pair)
    with pytest.raises(ValueError, match=r"The model must be built\. .* fit it, first"):
        model.sample(3)


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_a_quantized_machine_has_nearly_the_same_energies(vectors):
    model = new_model()
    before = np.array(model.free_energy(vectors))
    model.quantize("int8")
    assert_near(model.free_energy(vectors), before, 0.01)


def test_weights_must_be_tied():
    with pytest.raises(ValueError, match=r"one layer of weights.*tie_weights=True"):
        tfae.RestrictedBoltzmannMachine(*tfae.networks.dense(64, [8], "sigmoid"))


@pytest.mark.parametrize("steps", [-5, 1.5])
def test_a_chain_takes_a_number_of_steps(vectors, steps):
    model = new_model()
    with pytest.raises(ValueError, match="`steps` must be an integer >= 0"):
        model.gibbs(vectors, steps)
    np.testing.assert_array_equal(model.gibbs(vectors, 0), vectors)


def test_a_chain_needs_a_built_model(vectors):
    pair = of_any_inputs()
    with pytest.raises(ValueError, match="The model must be built"):
        tfae.RestrictedBoltzmannMachine(*pair).gibbs(vectors)
