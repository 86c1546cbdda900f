"""The generative stochastic network: its chain, and walking back along it."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae


def new_model(units=(16,), features=64, **options):
    keras.utils.set_random_seed(0)
    pair = tfae.networks.dense(features, units, "tanh", tie_weights=True)
    model = tfae.GenerativeStochasticNetwork(*pair, **options)
    loss = tfae.losses.SummedBinaryCrossentropy()
    model.compile(keras.optimizers.Adam(3e-3), loss)
    model.build((None, features))
    return model


@pytest.mark.slow
def test_a_chain_reaches_its_stationary_distribution():
    model = new_model((5,), 3, corruption=0.3, hidden_noise=0.0)
    generator = np.random.default_rng(3)
    model.set_weights([2 * generator.normal(size=w.shape) for w in model.get_weights()])
    states = np.array([*itertools.product((0, 1), repeat=3)], "float32")
    # A feature stays, or becomes 0 or 1 with half the corruption each.
    stays = (states[:, None] == states).astype(float)
    corrupted = np.prod(0.7 * stays + 0.15, axis=-1)
    means = np.array(model(states), "float64")[:, None]
    drawn = np.prod(np.where(states == 1, means, 1 - means), axis=-1)
    values, vectors = np.linalg.eig((corrupted @ drawn).T)
    expected = np.real(vectors[:, np.argmax(values.real)])
    expected /= expected.sum()
    rows = 20_000
    state = model.begin(tf.zeros((rows, 3)))
    step = tf.function(lambda state: model.step(state, model.noise(rows))[1])
    for _ in range(60):
        state = step(state)
    places = np.array(state[0]) @ [4, 2, 1]
    found = np.bincount(places.astype(int), minlength=8) / rows
    assert expected.max() < 0.9
    assert np.abs(found - expected).sum() / 2 < 0.02


def test_hidden_layers_follow_from_their_neighbours():
    model = new_model((6, 5, 4), 8, corruption=0.0, hidden_noise=0.5)
    generator = np.random.default_rng(0)
    model.set_weights([generator.normal(size=w.shape) for w in model.get_weights()])
    values = [generator.random((7, size)).astype("float32") for size in (8, 6, 5, 4)]
    noise = generator.normal(size=(7, model.noise_dim)).astype("float32")
    means, state = model.step([*values], noise)
    kernels, biases = [], []
    for layer in model.encoder.layers:
        kernels.append(np.array(layer.kernel))
        biases.append(np.array(layer.bias))
    downs = [np.array(layer.bias) for layer in model.decoder.layers[::-1]]
    x, h1, h2, h3 = values
    before, after = 0.5 * noise[:, 16:20], 0.5 * noise[:, 20:]
    h1 = np.tanh(x @ kernels[0] + biases[0] + h2 @ kernels[1].T + downs[1])
    h3 = np.tanh(h2 @ kernels[2] + biases[2] + before) + after
    h2 = np.tanh(h1 @ kernels[1] + biases[1] + h3 @ kernels[2].T + downs[2])
    expected = 1 / (1 + np.exp(-(h1 @ kernels[0].T + downs[0])))
    np.testing.assert_allclose(means, expected, atol=1e-5)
    for ours, theirs in zip(state[1:], (h1, h2, h3), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert set(np.unique(state[0])) == {0, 1}


def test_the_loss_is_the_mean_of_the_steps(vectors):
    model = new_model(steps=3)
    batch = model.prepare(tf.constant(vectors[:16]))
    _, terms = model.loss_terms(batch.inputs, batch.inputs, True, **batch.drawn)
    state, costs = model.begin(batch.inputs), []
    for noise in batch.drawn["noise"]:
        means, state = model.step(state, noise)
        costs.append(float(model.reconstruction_loss(batch.inputs, means)))
    assert len(costs) == 3
    assert float(terms["reconstruction"]) == pytest.approx(np.mean(costs), rel=1e-5)


def test_without_noise_it_is_an_autoencoder(vectors):
    model = new_model(corruption=0.0, hidden_noise=0.0)
    means, _ = model.step(model.begin(vectors[:16]), model.noise(16))
    np.testing.assert_allclose(means, model(vectors[:16]), atol=1e-6)


def test_steps_are_twice_the_layers_at_first():
    assert [new_model(units).steps for units in ((16,), (16, 8))] == [2, 4]


@pytest.mark.slow
def test_a_chain_walks_through_the_classes(digits):
    model = new_model((64,), corruption=0.3, hidden_noise=0.5, steps=3)
    model.optimizer.learning_rate = 0.01
    model.fit(digits.train.inputs, epochs=20, batch_size=64, verbose=0)
    samples = np.array(model.sample(300, steps=1, burn_in=20, seed=1))
    again = model.sample(300, steps=1, burn_in=20, seed=1)
    np.testing.assert_array_equal(samples, again)
    thinned = model.sample(100, steps=3, burn_in=18, seed=1)
    np.testing.assert_allclose(thinned, samples[::3], atol=1e-5)
    train = digits.train.inputs
    distances = ((samples[:, None] - train[None]) ** 2).sum(axis=-1)
    labels = digits.train.labels[distances.argmin(axis=1)]
    assert len(np.unique(labels)) >= 5
    spread = ((train - train.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert distances.min(axis=1).mean() < 0.5 * spread


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "`steps` must be a positive integer"),
        ({"corruption": 1.0}, r"`corruption` must be in \[0, 1\)"),
        ({"hidden_noise": -1}, "`hidden_noise` must be a finite number"),
    ],
)
def test_other_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        new_model(**options)


@pytest.mark.parametrize(
    "options", [{"tie_weights": False}, {"output_activation": "linear"}]
)
def test_other_networks_are_refused(options):
    pair = tfae.networks.dense(8, [4], **{"tie_weights": True, **options})
    with pytest.raises(ValueError, match="ends with a sigmoid"):
        tfae.GenerativeStochasticNetwork(*pair)


def test_other_lengths_of_chains_are_refused():
    model = new_model()
    with pytest.raises(ValueError, match="`burn_in` must be an integer >= 0"):
        model.sample(3, burn_in=-1)
    for name in ("count", "steps"):
        with pytest.raises(ValueError, match=f"`{name}` must be a positive integer"):
            model.sample(**{"count": 3, name: 0})
