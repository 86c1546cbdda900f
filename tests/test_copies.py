"""Copies of models have what layers took from data, and what was changed."""

import keras
import numpy as np
import pytest

import tfae
from tfae import fine_tuning
from tfae.fine_tuning import few_labels

L = keras.layers
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(5, 3, (20, 6)).astype("float32")
WHOLE = RANDOM.integers(2, 7, (20, 6))
LETTERS = RANDOM.choice([*"abcdz"], (20, 6))
TEXTS = np.array(["a b", "c", "d a", "z"] * 5)


def dense_codes(layer, shape, dtype="float32"):
    """An encoder that begins with `layer`; its codes do not average words away."""
    inputs = keras.Input(shape, dtype=dtype)
    return keras.Model(inputs, L.Dense(4)(L.Flatten()(layer(inputs))))


def nested(layer, shape):
    inner = keras.Sequential([keras.Input(shape), layer])
    return keras.Sequential([keras.Input(shape), inner, L.Dense(4)])


# Layer, what it is adapted to, and the encoder that begins with it.
ADAPTED = {
    "Normalization": (L.Normalization, NUMBERS, {}),
    "Normalization of all": (lambda: L.Normalization(axis=None), NUMBERS, {}),
    "Discretization": (lambda: L.Discretization(num_bins=4), NUMBERS, {}),
    "StringLookup": (
        lambda: L.StringLookup(output_mode="multi_hot"),
        LETTERS,
        {"dtype": "string"},
    ),
    "IntegerLookup": (
        lambda: L.IntegerLookup(output_mode="count"),
        WHOLE,
        {"dtype": "int64"},
    ),
    "TextVectorization": (
        lambda: L.TextVectorization(output_mode="tf_idf"),
        TEXTS,
        {"dtype": "string"},
    ),
}


def adapted(name):
    """An autoencoder whose encoder begins with an adapted layer, and its data."""
    make, data, options = ADAPTED[name]
    layer = make()
    layer.adapt(data)
    encoder = dense_codes(layer, data.shape[1:], **options)
    decoder = keras.Sequential([keras.Input((4,)), L.Dense(6)])
    model = tfae.Autoencoder(encoder, decoder)
    model.build((None, *data.shape[1:]))
    return model, keras.ops.convert_to_tensor(data)


@pytest.mark.parametrize("name", ADAPTED)
def test_a_classifier_has_what_layers_took_from_data_once_saved_too(name, tmp_path):
    model, data = adapted(name)
    codes = np.array(model.encode(data))
    assert np.ptp(codes, axis=0).max() > 0
    classifier = fine_tuning.classifier(model, num_classes=3)
    np.testing.assert_allclose(classifier.encoder(data), codes, rtol=1e-6)
    classifier.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    np.testing.assert_allclose(loaded.encoder(data), codes, rtol=1e-6)
    np.testing.assert_allclose(loaded(data), classifier(data), rtol=1e-6)


def test_a_copied_encoder_standardizes_in_networks_within_it():
    layer = L.Normalization()
    layer.adapt(NUMBERS)
    decoder = keras.Sequential([keras.Input((4,)), L.Dense(6)])
    model = tfae.Autoencoder(nested(layer, (6,)), decoder)
    model.build((None, 6))
    weights, bias = model.encoder.layers[-1].get_weights()
    standard = (NUMBERS - NUMBERS.mean(axis=0)) / NUMBERS.std(axis=0)
    copy = fine_tuning.copy_encoder(model)
    np.testing.assert_allclose(copy(NUMBERS), standard @ weights + bias, atol=1e-4)


@pytest.mark.usefixtures("eager")
def test_both_contestants_of_few_labels_see_the_same_inputs(digits, monkeypatch):
    seen = []

    def spy(model, inputs, *arguments):
        seen.append((np.array(model.encoder.layers[0](inputs)), kernel_of(model)))

    def kernel_of(model):
        return np.array(model.encoder.layers[-1].kernel)

    layer = L.Normalization()
    layer.adapt(digits.train.inputs)
    keras.utils.set_random_seed(7)
    encoder, decoder = tfae.networks.dense(64, [8])
    encoder = keras.Sequential([keras.Input((64,)), layer, *encoder.layers])
    model = tfae.Autoencoder(encoder, decoder)
    model.build((None, 64))
    monkeypatch.setattr(few_labels, "fit", spy)
    monkeypatch.setattr(tfae.Classifier, "evaluate", lambda *args, **kwargs: [0, 0])
    few_labels.compare(model, digits, (500,), 1)
    (pretrained, kernel), (scratch, fresh) = seen
    np.testing.assert_array_equal(scratch, pretrained)
    assert abs(scratch.mean()) < 0.05 < digits.train.inputs.mean()
    assert (kernel != fresh).any()


def test_words_weigh_the_same_in_a_fresh_start_on_texts():
    texts = np.array(["the cat sat", "a dog ran", "cats and dogs", "the dog"] * 5)
    model = tfae.TextAutoencoder(*tfae.networks.bag_of_words((), [2], words=5))
    model.adapt(texts)
    model.build((None,))
    fresh = tfae.TextAutoencoder.from_config(model.get_config())
    fresh.build((None,))
    tfae.networks.copy_adapted(model, fresh)
    weights = [
        next(one.idf for one in network.encoder.layers if hasattr(one, "idf"))
        for network in (model, fresh)
    ]
    assert np.ptp(weights[0]) > 0
    np.testing.assert_array_equal(*weights)
