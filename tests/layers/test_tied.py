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


def blocks(units):
    """An encoder of two blocks that each hold a layer `dense`, a decoder tied to it."""
    encoder, decoder = keras.Sequential([keras.Input((64,))]), []
    for index, width in enumerate(units, start=1):
        dense = keras.layers.Dense(width, name="dense")
        encoder.add(keras.Sequential([dense], name=f"block_{index}"))
        decoder.insert(0, tfae.TiedDense(dense, name=f"tied_{index}"))
    return encoder, keras.Sequential([keras.Input((units[-1],)), *decoder])


@pytest.mark.parametrize("units", [(16, 8), (64, 64)])
def test_layers_of_one_name_are_told_apart_by_their_place(units, vectors, tmp_path):
    model = tfae.Autoencoder(*blocks(units))
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    model.save(tmp_path / "model.keras")
    copy = tfae.Autoencoder.from_config(model.get_config())
    for tied in (copy, tfae.load(tmp_path / "model.keras")):
        owners = [block.layers[0] for block in tied.encoder.layers]
        assert [layer.tied_to for layer in tied.decoder.layers] == owners[::-1]
    assert_same_weights(tfae.load(tmp_path / "model.keras"), model)


def without_paths(config):
    """A config as version 0.1 wrote it."""
    if isinstance(config, list):
        return [without_paths(one) for one in config]
    if not isinstance(config, dict):
        return config
    return {key: without_paths(one) for key, one in config.items() if key != "path"}


def test_ties_of_version_0_1_are_found_by_names_that_only_one_layer_has():
    model = tfae.Autoencoder(*tfae.networks.dense(64, [16, 8], tie_weights=True))
    copy = tfae.Autoencoder.from_config(without_paths(model.get_config()))
    assert copy.decoder.layers[1].tied_to is copy.encoder.layers[0]
    model = tfae.Autoencoder(*blocks((64, 64)))
    with pytest.raises(ValueError, match=r"'dense' of the encoder.* 2 such layers"):
        tfae.Autoencoder.from_config(without_paths(model.get_config()))


@keras.saving.register_keras_serializable(package="tests")
class Block(keras.layers.Layer):
    """A layer that holds another, whose name is not in its config."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = keras.layers.Dense(8)

    def build(self, input_shape):
        self.inner.build(input_shape)

    def call(self, inputs):
        return self.inner(inputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 8)


def test_ties_to_layers_within_a_layer_survive(vectors, tmp_path):
    block = Block()
    encoder = keras.Sequential([keras.Input((64,)), block])
    decoder = keras.Sequential([keras.Input((8,)), tfae.TiedDense(block.inner)])
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert loaded.decoder.layers[0].tied_to is loaded.encoder.layers[0].inner
    assert_same_weights(loaded, model)


def test_a_layer_outside_the_encoder_is_not_taken_for_one_of_the_same_name():
    encoder, _ = tfae.networks.dense(64, [8])
    other = keras.layers.Dense(8, name="encoder_1")
    other.build((None, 64))
    decoder = keras.Sequential([keras.Input((8,)), tfae.TiedDense(other)])
    copy = tfae.Autoencoder.from_config(tfae.Autoencoder(encoder, decoder).get_config())
    assert copy.decoder.layers[0].tied_to is not copy.encoder.layers[0]


def test_a_quantized_kernel_is_read_with_its_scale(vectors):
    dense = keras.layers.Dense(8)
    codes = dense(vectors)
    tied = tfae.TiedDense(dense)
    expected = np.array(tied(codes))
    dense.quantize("int8")
    error = np.abs(tied(codes) - expected).max()
    assert 0 < error < 0.01 * np.abs(expected).max()
    assert np.abs(tfae.networks.kernel_of(dense)).max() < 1


def test_quantizations_that_hide_a_kernel_are_refused():
    model = tfae.Autoencoder(*tfae.networks.dense(64, [8], tie_weights=True))
    model.build((None, 64))
    config = keras.quantizers.Int4QuantizationConfig()
    for arguments in ({"mode": "int4"}, {"config": config}):
        with pytest.raises(ValueError, match=r"'encoder_1'.* in int4\. Use int8"):
            model.quantize(**arguments)
    assert model.encoder.layers[0].quantization_mode is None
    model.encoder.layers[0].quantize("int4")
    with pytest.raises(ValueError, match=r"in int4\. Use int8"):
        tfae.networks.kernel_of(model.encoder.layers[0])


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
