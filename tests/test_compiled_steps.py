"""Several steps in one XLA program train as single steps do."""

import keras
import numpy as np
import pytest

import tfae
from tfae import compiled_steps


def train(inputs, monkeypatch, steps, jit_compile=True, corruption=None, variant=None):
    """History of three epochs of nine whole batches and a partial one."""
    calls = []
    original = compiled_steps.train_function

    def watched(step, steps, otherwise, draw=None):
        calls.append(steps)
        return original(step, steps, otherwise, draw)

    monkeypatch.setattr(compiled_steps, "train_function", watched)
    model = tfae.StackedAutoencoder(64, [32, 8])
    if corruption is not None:
        encoder, decoder = tfae.networks.dense(64, [32, 8])
        model = variant(encoder, decoder, corruption=corruption)
        model.build((None, 64))
    model.set_weights(
        [np.random.default_rng(0).normal(0, 0.1, w.shape) for w in model.weights]
    )
    model.compile("adam", "mse", jit_compile=jit_compile, steps_per_execution=steps)
    data = tfae.batches(inputs[:600], 64)
    history = model.fit(data, epochs=3, shuffle=False, verbose=0).history
    return model, history, calls


def contractive(encoder, decoder, corruption):
    return tfae.ContractiveAutoencoder(
        encoder, decoder, corruption=corruption, method="exact"
    )


def test_steps_at_once_train_as_single_steps(digits, monkeypatch):
    model, history, calls = train(digits.train.inputs, monkeypatch, steps=4)
    plain, expected, none = train(digits.train.inputs, monkeypatch, 1, False)
    assert (calls, none) == ([4], [])
    assert model.optimizer.iterations == plain.optimizer.iterations == 30
    for name, values in expected.items():
        assert history[name] == pytest.approx(values, rel=1e-5), name
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("variant", "corruption"),
    [
        (tfae.DenoisingAutoencoder, keras.layers.GaussianNoise),
        (tfae.DenoisingAutoencoder, keras.layers.Dropout),
        (tfae.DenoisingAutoencoder, tfae.layers.MaskingNoise),
        (tfae.DenoisingAutoencoder, tfae.layers.SharedGaussianNoise),
        (contractive, tfae.layers.MaskingNoise),
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
