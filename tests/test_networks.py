"""Builders of encoders and decoders."""

import keras
import pytest

from tfae import TiedDense, networks


def test_decoder_mirrors_widths_activations_and_regularizers():
    encoder = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, "relu", kernel_regularizer="l1"),
            keras.layers.Dense(8, "tanh"),
        ]
    )
    decoder = networks.mirror(encoder, output_activation="linear")
    units = [layer.units for layer in decoder.layers]
    activations = [layer.activation.__name__ for layer in decoder.layers]
    assert (units, activations) == ([32, 64], ["relu", "linear"])
    assert decoder.layers[0].kernel_regularizer is None
    assert isinstance(decoder.layers[1].kernel_regularizer, keras.regularizers.L1)


def test_tied_decoder_refers_to_the_layers_it_undoes():
    encoder, decoder = networks.dense(64, [32, 8], tie_weights=True)
    assert all(isinstance(layer, TiedDense) for layer in decoder.layers)
    assert [layer.tied_to for layer in decoder.layers] == encoder.layers[::-1]


def test_dropout_follows_every_hidden_layer_but_not_the_output():
    encoder, decoder = networks.dense(64, [32, 8], dropout=0.1)
    kinds = [type(layer).__name__ for layer in (*encoder.layers, *decoder.layers)]
    assert kinds == ["Dense", "Dropout"] * 3 + ["Dense"]


def test_an_encoder_without_dense_layers_has_no_mirror():
    encoder = keras.Sequential([keras.Input((4,)), keras.layers.ReLU()])
    with pytest.raises(ValueError, match="must have dense layers"):
        networks.mirror(encoder)
