"""Builders of encoders and decoders."""

import keras
import numpy as np
import pytest

import tfae
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


@pytest.mark.parametrize(
    "build",
    [
        lambda: networks.dense(64, [8], decoder_initializer="zeros"),
        lambda: networks.variational(64, [8], 2, decoder_initializer="zeros"),
    ],
)
def test_a_decoder_may_begin_otherwise_than_its_encoder(build):
    encoder, decoder = build()
    assert np.any(encoder.weights[0])
    assert not any(np.any(weight) for weight in decoder.weights)


def test_tied_kernels_have_no_initializer_of_their_own():
    with pytest.raises(ValueError, match="begin as the encoder's"):
        networks.dense(64, [8], tie_weights=True, decoder_initializer="zeros")


def test_dropout_follows_every_hidden_layer_but_not_the_output():
    encoder, decoder = networks.dense(64, [32, 8], dropout=0.1)
    kinds = [type(layer).__name__ for layer in (*encoder.layers, *decoder.layers)]
    assert kinds == ["Dense", "Dropout"] * 3 + ["Dense"]


def test_an_encoder_without_dense_layers_has_no_mirror():
    encoder = keras.Sequential([keras.Input((4,)), keras.layers.ReLU()])
    with pytest.raises(ValueError, match="must have dense layers"):
        networks.mirror(encoder)


def test_centred_networks_begin_at_the_mean_of_the_data(vectors):
    encoder, decoder = networks.dense(64, [12], "linear", output_activation="linear")
    networks.center(encoder, decoder, vectors)
    np.testing.assert_allclose(encoder(vectors).numpy().mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(
        decoder(np.zeros((1, 12)))[0], vectors.mean(axis=0), atol=1e-6
    )


@pytest.mark.parametrize("output_activation", ["sigmoid", "relu"])
def test_centring_needs_a_linear_output(vectors, output_activation):
    encoder, decoder = networks.dense(64, [12], output_activation=output_activation)
    before = encoder.get_weights() + decoder.get_weights()
    with pytest.raises(ValueError, match="a linear output"):
        networks.center(encoder, decoder, vectors)
    for old, new in zip(
        before, encoder.get_weights() + decoder.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


def test_centring_needs_biases(vectors):
    encoder = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(8, use_bias=False)]
    )
    with pytest.raises(ValueError, match="with biases"):
        networks.center(encoder, networks.mirror(encoder, "linear"), vectors)


@pytest.mark.parametrize("tie_weights", [False, True])
def test_biases_begin_within_the_root_of_the_inputs_of_a_unit(tie_weights):
    encoder, decoder = networks.dense(
        400, [100, 25], bias_initializer="fan_in", tie_weights=tie_weights
    )
    for layer, limit in zip(
        [*encoder.layers, *decoder.layers], (1 / 20, 1 / 10, 1 / 5, 1 / 10), strict=True
    ):
        largest = np.abs(layer.bias.numpy()).max()
        assert 0.8 * limit < largest <= limit


def test_biases_of_variational_networks_begin_so_too():
    encoder, decoder = networks.variational(
        400, [100], latent_dim=25, bias_initializer="fan_in"
    )
    named = [(encoder, "encoder_1", 1 / 20), (encoder, "mean", 1 / 10)]
    named += [(decoder, "decoder_1", 1 / 5), (decoder, "outputs", 1 / 10)]
    for network, name, limit in named:
        largest = np.abs(network.get_layer(name).bias.numpy()).max()
        assert 0.7 * limit < largest <= limit
    _, decoder = networks.variational(64, [16], 2, bias_initializer="ones")
    assert (decoder.get_layer("outputs").bias.numpy() == 1).all()


def test_a_stack_keeps_how_its_biases_begin():
    keras.utils.set_random_seed(0)
    model = tfae.StackedAutoencoder(64, [16, 4], bias_initializer="fan_in")
    config = model.get_config()
    assert config["bias_initializer"] == "fan_in"
    assert (
        tfae.StackedAutoencoder.from_config(config).encoder.layers[0].bias.numpy().any()
    )
    given = keras.initializers.RandomNormal(stddev=2.0)
    again = tfae.StackedAutoencoder(64, [16], bias_initializer=given).get_config()
    assert again["bias_initializer"]["config"]["stddev"] == 2.0
