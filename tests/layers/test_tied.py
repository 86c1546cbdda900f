"""Layers that share an encoder's weights."""

import keras
import numpy as np
import pytest
from conftest import assert_same_weights

import tfae


def test_tied_dense_multiplies_by_the_transpose(vectors):
    dense = keras.layers.Dense(8)
    codes = dense(vectors)
    tied = tfae.TiedDense(dense, bias_initializer="ones")
    expected = np.array(codes) @ np.array(dense.kernel).T + 1
    np.testing.assert_allclose(tied(codes), expected, rtol=1e-5, atol=1e-5)


def test_tied_dense_adds_only_its_bias():
    dense = keras.layers.Dense(8)
    tied = tfae.TiedDense(dense)
    tied(dense(np.ones((1, 64))))
    shared = {id(weight) for weight in dense.weights}
    own = [weight for weight in tied.weights if id(weight) not in shared]
    assert [weight.shape for weight in own] == [(64,)]
    assert tied.compute_output_shape((None, 8)) == (None, 64)


def test_ties_survive_in_any_autoencoder(vectors, tmp_path):
    model = tfae.Autoencoder(*tfae.networks.dense(64, [16, 8], tie_weights=True))
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert loaded.decoder.layers[1].tied_to is loaded.encoder.layers[0]
    assert_same_weights(loaded, model)


def test_ties_to_a_nested_layer_survive(vectors, tmp_path):
    inner = keras.Sequential([keras.Input((64,)), keras.layers.Dense(8)])
    encoder = keras.Sequential([keras.Input((64,)), inner])
    tied = tfae.TiedDense(inner.layers[0])
    decoder = keras.Sequential([keras.Input((8,)), tied])
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert loaded.decoder.layers[0].tied_to is loaded.encoder.layers[0].layers[0]
    assert_same_weights(loaded, model)


def test_a_tied_decoder_saved_by_itself_keeps_its_kernel(tmp_path):
    _, decoder = tfae.networks.dense(64, [8], tie_weights=True)
    decoder.save(tmp_path / "decoder.keras")
    codes = np.ones((2, 8), "float32")
    loaded = keras.saving.load_model(tmp_path / "decoder.keras")
    np.testing.assert_array_equal(loaded(codes), decoder(codes))


def test_tied_dense_needs_a_built_layer_with_a_kernel():
    with pytest.raises(ValueError, match="Build the encoder before"):
        tfae.TiedDense(keras.layers.Dense(8))(np.ones((1, 8)))
    with pytest.raises(ValueError, match="must be a layer"):
        tfae.TiedDense("encoder_1")


def test_tied_dense_refuses_other_widths():
    dense = keras.layers.Dense(8)
    dense.build((None, 64))
    with pytest.raises(ValueError, match="needs inputs with 8 features"):
        tfae.TiedDense(dense)(np.ones((1, 9)))
