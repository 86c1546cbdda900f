"""Several steps in one XLA program train as single steps do."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae
from tfae.models import compiled_steps


def train(inputs, monkeypatch, steps, jit_compile=True, corruption=None, variant=None):
    """History of three epochs of nine whole batches and a partial one."""
    calls = []
    original = compiled_steps.train_function

    def watched(prepare, update, steps, *further):
        calls.append(steps)
        return original(prepare, update, steps, *further)

    monkeypatch.setattr(compiled_steps, "train_function", watched)
    # Adam takes XLA longer, and shows no more where the noise is the question.
    model, optimizer = tfae.StackedAutoencoder(64, [8]), "adam"
    if corruption is not None:
        encoder, decoder = tfae.networks.dense(64, [16])
        model = variant(encoder, decoder, corruption=corruption)
        optimizer = keras.optimizers.SGD(1.0)
        model.build((None, 64))
    model.set_weights(
        [np.random.default_rng(0).normal(0, 0.1, w.shape) for w in model.weights]
    )
    model.compile(optimizer, "mse", jit_compile=jit_compile, steps_per_execution=steps)
    data = tfae.batches(inputs[:600], 64)
    history = model.fit(data, epochs=3, shuffle=False, verbose=0).history
    return model, history, calls


def contractive(encoder, decoder, corruption):
    shallow = tfae.networks.dense(64, [16], "sigmoid")
    return tfae.ContractiveAutoencoder(*shallow, corruption=corruption)


def test_steps_at_once_train_as_single_steps(digits, monkeypatch):
    model, history, calls = train(digits.train.inputs, monkeypatch, steps=4)
    plain, expected, none = train(digits.train.inputs, monkeypatch, 1, False)
    assert (calls, none) == ([4], [])
    assert model.optimizer.iterations == plain.optimizer.iterations == 30
    for name, values in expected.items():
        assert history[name] == pytest.approx(values, rel=1e-5), name
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.slow
def test_convolutions_are_left_out_of_loops_of_xla(digits, monkeypatch):
    networks = tfae.networks.convolutional((8, 8, 1), [2])
    model = tfae.Autoencoder(*networks)
    monkeypatch.setattr(compiled_steps, "train_function", None)  # fails if called
    model.compile("sgd", "mse", jit_compile=True, steps_per_execution=4)
    images = digits.train.inputs[:16].reshape(-1, 8, 8, 1)
    model.fit(tfae.batches(images, 4), shuffle=False, verbose=0)
    assert model.optimizer.iterations == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "corruption"),
    [
        slow(tfae.DenoisingAutoencoder, keras.layers.GaussianNoise),
        (tfae.DenoisingAutoencoder, keras.layers.Dropout),
        slow(tfae.DenoisingAutoencoder, tfae.layers.MaskingNoise),
        slow(tfae.DenoisingAutoencoder, tfae.layers.SharedGaussianNoise),
        slow(contractive, tfae.layers.MaskingNoise),
    ],
)
def test_noise_is_drawn_as_without_a_compiler(digits, monkeypatch, variant, corruption):
    inputs = digits.train.inputs
    model, history, _ = train(
        inputs, monkeypatch, 4, True, corruption(0.5, seed=1), variant
    )
    plain, expected, _ = train(
        inputs, monkeypatch, 1, False, corruption(0.5, seed=1), variant
    )
    assert history["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
    drawn = [one.corruption.seed_generator.state.numpy() for one in (model, plain)]
    np.testing.assert_array_equal(*drawn)


@pytest.mark.slow
def test_noise_drawn_ahead_goes_with_weights_and_targets_of_its_own(vectors):
    noisy = np.clip(vectors + 0.1, 0, 1)
    weights = np.linspace(0, 1, len(vectors), dtype="float32")
    data = tf.data.Dataset.from_tensor_slices((noisy, vectors, weights)).batch(8)
    losses = []
    for jit_compile, steps in ((True, 4), (False, 1)):
        keras.utils.set_random_seed(0)
        networks = tfae.networks.dense(64, [32])
        model = tfae.DenoisingAutoencoder(
            *networks, tfae.layers.MaskingNoise(0.5, seed=1), intact_weight=0.5
        )
        model.compile("sgd", "mse", jit_compile=jit_compile, steps_per_execution=steps)
        fitted = model.fit(data, epochs=2, shuffle=False, verbose=0)
        losses.append(fitted.history["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


class Halved(tfae.DenoisingAutoencoder):
    def loss_terms(self, inputs, targets, training, sample_weight=None):
        return super().loss_terms(inputs / 2, targets, training, sample_weight)


@pytest.mark.slow
def test_a_subclass_that_changes_the_inputs_corrupts_those(digits, monkeypatch):
    inputs = digits.train.inputs
    noise = keras.layers.Dropout
    _, history, _ = train(inputs, monkeypatch, 4, True, noise(0.0, seed=1), Halved)
    _, expected, _ = train(inputs, monkeypatch, 1, False, noise(0.0, seed=1), Halved)
    assert history["loss"] == pytest.approx(expected["loss"], rel=1e-4)


def test_a_corruption_that_learns_is_part_of_the_step():
    class Shift(keras.layers.Layer):
        def build(self, input_shape):
            self.shift = self.add_weight(shape=(64,))

    networks = tfae.networks.dense(64, [32])
    model = tfae.DenoisingAutoencoder(*networks, Shift())
    model.build((None, 64))
    assert not model.prepare((np.ones((2, 64)),)).drawn
    model = tfae.DenoisingAutoencoder(*networks, keras.layers.GaussianNoise(0.1))
    assert "corrupted" in model.prepare((np.ones((2, 64)),)).drawn


@pytest.mark.slow
def test_a_later_fit_may_have_targets_and_weights(vectors):
    weights = np.linspace(0, 1, len(vectors), dtype="float32")
    found = []
    for jit_compile, steps in ((True, 2), (False, 1)):
        keras.utils.set_random_seed(0)
        model = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
        model.compile("adam", "mse", jit_compile=jit_compile, steps_per_execution=steps)
        options = {"batch_size": 16, "shuffle": False, "verbose": 0}
        model.fit(vectors, **options)
        model.fit(vectors, 1 - vectors, sample_weight=weights, **options)
        found.append(model.get_weights())
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


class Counted(tfae.Autoencoder):
    """Counts its steps in a part of them that a subclass may override."""

    def build(self, input_shape):
        super().build(input_shape)
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)


class InPrepare(Counted):
    def prepare(self, data):
        self.steps.assign_add(1.0)
        return super().prepare(data)


class InTrainStep(Counted):
    def train_step(self, data):
        self.steps.assign_add(1.0)
        return super().train_step(data)


@pytest.mark.parametrize("variant", [InPrepare, slow(InTrainStep)])
def test_what_a_subclass_does_in_a_step_is_done_in_each(vectors, variant):
    model = variant(*tfae.networks.dense(64, [8]))
    model.build((None, 64))
    model.compile("adam", "mse", jit_compile=True, steps_per_execution=2)
    model.fit(vectors, batch_size=16, epochs=2, verbose=0)
    assert float(model.steps) == 8


class AnyDraw(tfae.DenoisingAutoencoder):
    def loss_terms(self, *arguments, **drawn):
        assert "corrupted" in drawn
        return super().loss_terms(*arguments, **drawn)


def test_draws_reach_an_override_that_takes_anything(vectors):
    model = AnyDraw(*tfae.networks.dense(64, [8]), tfae.layers.MaskingNoise(0.5))
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(vectors, batch_size=32, verbose=0)
    assert model.corruption.seed_generator.state.numpy()[1] == 2  # one a step
