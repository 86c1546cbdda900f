"""The prior of a codebook's positions, and samples that it draws."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae

SMALL = {"filters": 8, "kernel_size": 3, "dilations": [1], "head_units": 8}


def new_model(prior=SMALL, convolutional=True):
    keras.utils.set_random_seed(0)
    if convolutional:
        shape = (8, 8, 1)
        pair = tfae.networks.convolutional_quantized(shape, [4, 4], code_dim=3)
    else:
        shape = (64,)
        pair = tfae.networks.quantized(64, [16], positions=4, code_dim=3)
    model = tfae.VQVAE(*pair, num_codes=6, prior=prior)
    model.compile("adam", "mse", run_eagerly=True)
    model.build((None, *shape))
    return model, np.random.default_rng(0).random((40, *shape), "float32")


@pytest.mark.parametrize("convolutional", [slow(True), False])
@pytest.mark.slow
def test_codes_are_drawn_from_the_prior_and_decoded(convolutional, tmp_path):
    model, inputs = new_model(convolutional=convolutional)
    model.fit(inputs, verbose=0)
    positions = model.positions(inputs)
    assert positions.shape == (40, *((2, 2, 1) if convolutional else (1, 4, 1)))
    np.testing.assert_allclose(
        model.decode_positions(positions), model(inputs), atol=1e-6
    )
    own = model.encoder.get_weights()
    history = model.fit_prior(inputs, epochs=5, learning_rate=0.01, verbose=0).history
    assert history["nll"][-1] < history["nll"][0]
    for ours, theirs in zip(model.encoder.get_weights(), own, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    samples = np.array(model.sample(3, seed=1))
    assert samples.shape == (3, *inputs.shape[1:])
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=1), samples)


def test_the_prior_is_served_and_in_the_config():
    model, inputs = new_model()
    config = model.get_config()
    assert copy.deepcopy(config) == config
    config["prior"]["dilations"].append(9)
    config = model.get_config()
    assert config["prior"] == SMALL
    copied = tfae.VQVAE.from_config(config)
    copied.build(inputs.shape)
    assert copied.get_config() == config
    function, shapes, _ = model.serving_signatures()["sample"]
    noise = np.random.default_rng(0).random((2, *shapes["noise"]), "float32")
    found = function(tf.constant(noise))["samples"]
    assert found.shape == (2, *inputs.shape[1:])


def test_training_leaves_the_prior_alone():
    model, inputs = new_model()
    before = model.prior.get_weights()
    model.fit(inputs, verbose=0)
    for ours, theirs in zip(model.prior.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_without_a_prior_nothing_is_drawn():
    model, inputs = new_model(prior=None)
    for call in (lambda: model.sample(3), lambda: model.fit_prior(inputs)):
        with pytest.raises(ValueError, match="has no prior of its codes"):
            call()
    assert "sample" not in model.serving_signatures()


def test_priors_that_draw_nothing_are_refused():
    pair = tfae.networks.quantized(64, [16], positions=1, code_dim=3)
    model = tfae.VQVAE(*pair, num_codes=6, prior={})
    with pytest.raises(ValueError, match=r"an encoder with a grid of \(1,\)"):
        model.build((None, 64))
    with pytest.raises(ValueError, match="`prior` must be a dict"):
        tfae.VQVAE(*pair, num_codes=6, prior=True)


def test_a_prior_is_fitted_to_a_model_that_is_built():
    pair = keras.layers.Dense(3), keras.layers.Dense(64)  # of any inputs
    with pytest.raises(ValueError, match="must be built"):
        tfae.VQVAE(*pair, num_codes=6, prior={}).fit_prior(np.zeros((4, 64)))
