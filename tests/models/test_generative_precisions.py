"""Generative models in half precision, and of networks that share their weights."""

import keras
import numpy as np
import pytest
from conftest import mostly_slow

import tfae

SUMMED = tfae.losses.SummedBinaryCrossentropy()


def dense(*widths, **options):
    return tfae.networks.dense(64, widths, **options)


MAKERS = {
    "hard": lambda: tfae.HardInputAutoencoder(*dense(8), adversary_units=[8]),
    "chain": lambda: tfae.GenerativeStochasticNetwork(
        *dense(8, 6, activation="tanh", tie_weights=True)
    ),
    "scores": lambda: tfae.ScoreMatchingAutoencoder(
        *dense(8, output_activation="linear")
    ),
    "slices": lambda: tfae.ScoreMatchingAutoencoder(
        *dense(8, output_activation="linear"), method="sliced"
    ),
    "pixels": lambda: tfae.PixelCNN((8, 8, 1), filters=4, dilations=[1]),
    "states": lambda: tfae.PixelRNN((8, 8, 1), units=4, layers=1),
    "adversary": lambda: tfae.AdversarialAutoencoder(
        *dense(2, code_activation="linear"), discriminator=[8]
    ),
}


@pytest.mark.parametrize("name", mostly_slow(MAKERS, "slices", "adversary"))
def test_they_train_and_draw_in_half_precision(name, vectors):
    inputs = (vectors[:32] > 0.5).astype("float32")
    if name in ("pixels", "states"):
        inputs = inputs.reshape(-1, 8, 8, 1)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = MAKERS[name]()
        model.compile("adam", SUMMED, run_eagerly=True)
        history = model.fit(inputs, verbose=0).history
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(history["loss"]).all()
    if hasattr(model, "sample"):
        assert np.isfinite(np.array(model.sample(2, seed=1))).all()


@pytest.mark.parametrize("name", ["AdversarialAutoencoder", "HardInputAutoencoder"])
def test_tied_weights_are_trained_once(name, vectors):
    still = keras.optimizers.SGD(0.0)
    options = {
        "Autoencoder": {},
        "AdversarialAutoencoder": {
            "discriminator": [4],
            "optimizers": {"generator": still},
        },
        "HardInputAutoencoder": {"hard_weight": 0.0, "adversary_units": [4]},
    }
    kernels = []
    for kind in ("Autoencoder", name):
        keras.utils.set_random_seed(0)
        pair = dense(8, code_activation="linear", tie_weights=True)
        model = getattr(tfae, kind)(*pair, **options[kind])
        model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
        model.fit(vectors[:32], verbose=0, shuffle=False)
        kernels.append(np.array(model.encoder.layers[-1].kernel))
    np.testing.assert_allclose(*kernels, rtol=1e-5, atol=1e-7)
