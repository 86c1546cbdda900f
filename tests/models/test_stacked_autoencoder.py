"""The stack: its arithmetic, its pairs of layers, its tied weights."""

import keras
import numpy as np
import oracles
import pytest
from conftest import slow

import tfae


def test_forward_pass_is_that_of_the_tf1_graph(vectors):
    model = tfae.StackedAutoencoder(64, [16, 8])
    layers = [*model.encoder.layers, *model.decoder.layers]
    expected = oracles.stack(
        vectors,
        [np.array(layer.kernel) for layer in layers],
        [np.array(layer.bias) for layer in layers],
        [oracles.leaky_relu] * 3 + [oracles.sigmoid],
    )
    np.testing.assert_allclose(model.encode(vectors), expected[2], atol=1e-6)
    np.testing.assert_allclose(model(vectors), expected[4], atol=1e-6)


def test_a_stage_is_a_layer_and_the_one_that_undoes_it():
    model = tfae.StackedAutoencoder(64, [32, 16, 8])
    shapes = [
        (tuple(encoder.kernel.shape), tuple(decoder.kernel.shape))
        for encoder, decoder in model.stages
    ]
    assert shapes == [((64, 32), (32, 64)), ((32, 16), (16, 32)), ((16, 8), (8, 16))]
    assert model.layer_pairs == model.stages  # as the property was called before


def test_stages_leave_dropout_out():
    model = tfae.StackedAutoencoder(64, [32, 8], dropout=0.5)
    assert [encoder.units for encoder, _ in model.stages] == [32, 8]


def test_dropout_is_off_at_inference(vectors):
    model = tfae.StackedAutoencoder(64, [32, 8], dropout=0.5)
    np.testing.assert_array_equal(model(vectors), model(vectors))
    dropped = np.array(model(vectors, training=True))
    assert (dropped != np.array(model(vectors, training=True))).any()


def test_tied_kernels_are_one_variable(vectors, tmp_path):
    model = tfae.StackedAutoencoder(64, [32, 8], tie_weights=True)
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    model.save(tmp_path / "model.keras")
    for tied in (model, tfae.load(tmp_path / "model.keras")):
        assert len(tied.trainable_variables) == 6
        for encoder, decoder in tied.stages:
            assert decoder.tied_to is encoder


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.parametrize("tie_weights", [slow(False), True])
@pytest.mark.slow
def test_a_quantized_stack_is_as_good_and_survives(digits, tie_weights, tmp_path):
    inputs = digits.train.inputs
    model = tfae.StackedAutoencoder(64, [32, 8], tie_weights=tie_weights)
    model.compile("adam", "mse", jit_compile=False)
    model.fit(inputs, epochs=5, verbose=0)
    before = model.evaluate(inputs, verbose=0)[0]
    model.quantize("int8")
    assert model.evaluate(inputs, verbose=0)[0] == pytest.approx(before, rel=0.1)
    outputs = model.predict(inputs[:100], verbose=0)
    for _ in range(2):  # a loaded model is saved as it is, too
        model.save(tmp_path / "model.keras")
        model = tfae.load(tmp_path / "model.keras")
        np.testing.assert_array_equal(model.predict(inputs[:100], verbose=0), outputs)
    model.fit(inputs, verbose=0)  # of the biases


def test_the_code_may_have_an_activation_of_its_own(vectors):
    model = tfae.StackedAutoencoder(
        64, [16, 3], activation="tanh", code_activation="linear"
    )
    activations = [layer.activation.__name__ for layer in model.encoder.layers]
    activations += [layer.activation.__name__ for layer in model.decoder.layers]
    assert activations == ["tanh", "linear", "tanh", "sigmoid"]


def test_config_holds_plain_values_only():
    model = tfae.StackedAutoencoder(
        64,
        (16, 8),
        activation=keras.activations.tanh,
        kernel_regularizer=keras.regularizers.L2(1e-4),
        kernel_initializer=keras.initializers.HeNormal(),
    )
    copy = tfae.StackedAutoencoder.from_config(model.get_config())
    assert copy.get_config() == model.get_config()
    assert copy.stages[0][1].kernel_regularizer.l2 == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_dim": 0}, "`input_dim` must be a positive integer"),
        ({"hidden_units": []}, "width of the code"),
        ({"hidden_units": 32}, "a sequence of positive integers"),
        ({"hidden_units": [32, -1]}, "positive integers"),
        ({"hidden_units": [32, 0.5]}, "positive integers"),
        ({"dropout": 1.0}, r"`dropout` must be in \[0, 1\)"),
        ({"activation": "leaky"}, "Could not interpret activation"),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        tfae.StackedAutoencoder(**{"input_dim": 64, "hidden_units": [8], **arguments})
