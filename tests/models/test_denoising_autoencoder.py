"""The denoising autoencoder: where the corruption acts, and what it weighs."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_near

import tfae
from tfae.layers import MaskingNoise


def new_model(corruption=None, **arguments):
    encoder, decoder = tfae.networks.dense(64, [12])
    corruption = corruption or MaskingNoise(0.5, seed=3)
    model = tfae.DenoisingAutoencoder(encoder, decoder, corruption, **arguments)
    model.compile("adam", loss="mse")
    return model


def test_corruption_acts_in_training_only(vectors):
    model = new_model()
    clean = model.decode(model.encode(vectors))
    np.testing.assert_array_equal(model(vectors), clean)
    assert (np.array(model(vectors, training=True)) != np.array(clean)).any()
    assert (np.array(model.corrupt(vectors)) != vectors).any()
    logs = model.evaluate(vectors, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean((clean - vectors) ** 2), rel=1e-5)


def test_targets_stay_clean(vectors):
    corruption = keras.layers.Dense(64, kernel_initializer="zeros", trainable=False)
    model = new_model(corruption)
    outputs, terms = model.loss_terms(vectors, vectors, True)
    blank = model.decode(model.encode(np.zeros_like(vectors)))
    np.testing.assert_allclose(outputs, blank, atol=1e-6)
    expected = np.mean((np.array(blank) - vectors) ** 2)
    assert float(terms["reconstruction"]) == pytest.approx(expected, rel=1e-5)


def test_any_layer_can_corrupt(vectors):
    for layer in (
        {"class_name": "GaussianNoise", "config": {"stddev": 0.3}},
        keras.layers.Dropout(0.3),
        tfae.layers.SaltAndPepperNoise(0.3),
        [
            {"class_name": "Dropout", "config": {"rate": 0.3}},
            keras.layers.GaussianNoise(0.3),
        ],
    ):
        model = new_model(layer)
        model.fit(vectors, verbose=0)
        config = model.get_config()
        assert type(model).from_config(config).get_config() == config


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_emphasis_weighs_corrupted_features(vectors, weight):
    model = new_model(intact_weight=weight)
    corrupted = np.array(model.corrupt(vectors))
    outputs = np.array(model.decode(model.encode(corrupted)))
    found = model.emphasized_loss(vectors, corrupted, vectors, outputs, True)
    weights = np.where(corrupted == vectors, weight, 1)
    expected = np.mean(weights * (outputs - vectors) ** 2)
    assert float(found) == pytest.approx(expected, rel=1e-5)
    # At inference every feature counts alike.
    logs = model.evaluate(vectors, verbose=0, return_dict=True)
    plain = np.mean((np.array(model(vectors)) - vectors) ** 2)
    assert logs["loss"] == pytest.approx(plain, rel=1e-5)


def test_emphasis_of_a_cross_entropy_has_the_gradient_of_weighted_features(vectors):
    corrupted = np.array(MaskingNoise(0.5, seed=1)(vectors, training=True))
    model = new_model(intact_weight=0.25)
    model.compile(loss=tfae.losses.SummedBinaryCrossentropy())
    outputs = np.random.default_rng(0).uniform(0.1, 0.9, vectors.shape)
    outputs = tf.constant(outputs, "float32")
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        loss = model.emphasized_loss(vectors, corrupted, vectors, outputs, True)
    x, p = vectors, outputs.numpy()
    weights = np.where(corrupted == x, 0.25, 1)
    expected = weights * (p - x) / (p * (1 - p)) / len(x)
    assert_near(tape.gradient(loss, outputs), expected)


def test_it_learns_to_denoise(vectors):
    model = new_model(keras.layers.GaussianNoise(0.4, seed=1))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    noisy = np.array(model.corrupt(vectors))
    repeated = np.tile(vectors, (100, 1))  # in one epoch, as each costs time
    model.fit(repeated, batch_size=64, shuffle=False, verbose=0)
    error = np.mean((np.array(model(noisy)) - vectors) ** 2)
    assert error < 0.5 * np.mean((noisy - vectors) ** 2)


def test_arguments_have_ranges():
    for weight in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="`intact_weight` must be"):
            new_model(intact_weight=weight)
    with pytest.raises(ValueError, match="A layer must be given"):
        new_model("masking")
