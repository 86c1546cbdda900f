"""What is drawn: by seed, on each replica, and after a model was saved."""

import every_class
import keras
import numpy as np
import processes
import pytest
import tensorflow as tf
from conftest import slow

import tfae
from tfae.models import randomness


def states(model):
    return {name: state.numpy() for name, state in randomness.states(model).items()}


def two_generators():
    encoder, decoder = tfae.networks.dense(64, [16], dropout=0.5)
    return tfae.DenoisingAutoencoder(encoder, decoder, keras.layers.GaussianNoise(0.3))


def test_a_seed_draws_the_same_and_leaves_the_states(vectors):
    model = two_generators()
    model(vectors, training=True)
    before = states(model)
    drawn = []
    for seed in (5, 5, 6):
        with model.seeded(seed):
            drawn.append(np.array(model(vectors, training=True)))
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    for name, state in states(model).items():
        np.testing.assert_array_equal(state, before[name])


def test_generators_of_one_model_draw_different_numbers(vectors):
    encoder = keras.Sequential([keras.Input((64,)), keras.layers.GaussianNoise(1.0)])
    decoder = keras.Sequential([keras.Input((64,)), keras.layers.GaussianNoise(1.0)])
    model = tfae.Autoencoder(encoder, decoder)
    zeros = np.zeros((8, 64), "float32")
    with model.seeded(1):
        first, second = (net(zeros, training=True) for net in (encoder, decoder))
    assert abs(np.corrcoef(np.ravel(first), np.ravel(second))[0, 1]) < 0.2


def test_states_come_back_after_an_error(vectors):
    model = two_generators()
    before = states(model)
    with pytest.raises(KeyError), model.seeded(3):
        model(vectors, training=True)
        raise KeyError
    for name, state in states(model).items():
        np.testing.assert_array_equal(state, before[name])


def test_states_are_saved_where_something_was_drawn(vectors, tmp_path):
    model = two_generators()
    saved = {}
    randomness.save(model, saved)
    assert not saved
    model.corrupt(vectors)
    randomness.save(model, saved)
    (name,) = saved
    assert "GaussianNoise" in name


def test_numbered_states_of_earlier_files_are_read():
    model = two_generators()
    drawn = {f"seed_state_{index}": np.array([7, index]) for index in (0, 1)}
    assert randomness.load(model, {**drawn, "other": 1}) == {"other": 1}
    assert sorted(state[1] for state in states(model).values()) == [0, 1]
    assert all(state[0] == 7 for state in states(model).values())


@pytest.mark.parametrize(
    ("name", "options"),
    [("VariationalAutoencoder", {}), slow("RestrictedBoltzmannMachine", {"steps": 20})],
)
def test_samples_of_a_seed_are_the_same_in_every_copy(vectors, name, options):
    drawn = []
    for _ in range(2):
        model = every_class.new_model(name)
        model(vectors)
        drawn.append(np.array(model.sample(3, seed=4, **options)))
    np.testing.assert_array_equal(*drawn)


def train_on_two_replicas():
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    keras.utils.set_random_seed(0)
    with strategy.scope():
        networks = tfae.networks.variational(64, [16], latent_dim=4)
        noise = keras.layers.GaussianNoise(0.5)
        models = [
            tfae.DenoisingAutoencoder(
                *tfae.networks.dense(64, [16], dropout=0.1), noise
            ),
            tfae.VariationalAutoencoder(*networks),
        ]
        for model, loss in zip(models, ["mse", None], strict=True):
            model.compile("sgd", loss)
            model.build((None, 64))
    x = np.random.default_rng(0).random((64, 64), dtype="float32")
    for model in models:
        assert_replicas_differ(model, strategy, x)
    assert_phases_differ(strategy, x)
    assert_codebooks_agree(strategy, x)


def assert_codebooks_agree(strategy, x):
    quantizer = tfae.layers.VectorQuantizer(
        8, moving_average=0.9, start="kmeans", replace_below=1.0
    )
    with strategy.scope():
        networks = tfae.networks.quantized(64, [16], positions=4, code_dim=2)
        model = tfae.VQVAE(*networks, quantizer=quantizer)
        model.compile("sgd", "mse")
    model.fit(x, batch_size=16, verbose=0)
    layer = model.quantizer
    for variable in (layer.codebook, layer.numbers, layer.sums):
        first, second = strategy.experimental_local_results(variable.value)
        np.testing.assert_array_equal(first, second)
    # 4 steps of 64 vectors each, of which a replaced code counts for one.
    assert np.sum(layer.numbers) > 8 * 0.9**4 + 64 * (1 - 0.9**4) - 1e-3


def assert_replicas_differ(model, strategy, x):
    def draw():
        batch = model.prepare((tf.zeros((4, 64)),))
        return next(iter(batch.drawn.values()))

    def check(when):
        first, second = strategy.experimental_local_results(strategy.run(draw))
        assert (first.numpy() != second.numpy()).any(), when

    model.fit(x, epochs=1, batch_size=16, verbose=0)
    check("after a fit")
    model.evaluate(x, batch_size=16, verbose=0)
    model.save_weights("some.weights.h5")
    model.load_weights("some.weights.h5")
    check("after weights were loaded")
    with model.seeded(3):
        pass
    check("after a seed")
    model.fit(x, epochs=1, batch_size=16, verbose=0)


def assert_phases_differ(strategy, x):
    drawn = []

    class Noisy(tfae.DenoisingAutoencoder):
        def prepare(self, data):
            batch = super().prepare(data)
            noise = tf.reduce_sum(batch.drawn["corrupted"] - batch.inputs)
            tf.py_function(lambda one: drawn.append(float(one)), [noise], [])
            return batch

    def learner(encoder, decoder):
        return Noisy(encoder, decoder, keras.layers.GaussianNoise(0.5))

    with strategy.scope():
        stack = tfae.StackedAutoencoder(64, [8, 4])
        stack.compile("sgd", "mse")
    phases = tfae.GreedyPretraining(1, learner)
    stack.fit(x, epochs=2, batch_size=32, callbacks=[phases], verbose=0)
    assert len(drawn) == len(set(drawn)) == 8, drawn


@pytest.mark.slow
def test_replicas_draw_different_noise(tmp_path):
    # Logical devices must be set before TensorFlow is used: in another process.
    result = processes.call(train_on_two_replicas, tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
