"""Copies of models have what layers took from data, and what was changed."""

import copy

import keras
import numpy as np
import pytest
from conftest import mostly_slow

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


def frozen(layer):
    layer.trainable = False


def squashed(layer):
    layer.activation = keras.activations.softsign


def non_negative(layer):
    layer.kernel_constraint = keras.constraints.NonNeg()


def dense_of(network):
    return next(one for one in network._flatten_layers() if hasattr(one, "kernel"))


def in_network(change):
    return lambda model: change(dense_of(model.decoder))


def adversarial():
    return tfae.AdversarialAutoencoder(
        *tfae.networks.dense(64, [8, 2]), discriminator=[8]
    )


def generated():
    networks = tfae.networks.dense(64, [8])
    return tfae.HardInputAutoencoder(*networks, "generator", adversary_units=[8])


def pixels():
    return tfae.PixelCNN(
        (8, 8, 1), filters=4, kernel_size=3, dilations=[1], head_units=8
    )


def rows():
    return tfae.PixelRNN((8, 8, 1), units=4, layers=1, kernel_size=3)


def classifier():
    return tfae.Classifier(tfae.networks.dense(64, [8])[0], 3)


def stack(**options):
    return lambda: tfae.StackedAutoencoder(64, [16, 8], **options)


def stages(**options):
    return lambda: tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [4, 6], 3, **options)


def marginalized():
    return tfae.MarginalizedDenoisingAutoencoder(64)


# How a model is made, and what is then changed in it.
CHANGED = {
    "frozen encoder": (stack(), lambda model: frozen(model.encoder)),
    "frozen encoder, tied": (
        stack(tie_weights=True),
        lambda model: frozen(model.encoder),
    ),
    "frozen layer": (stack(), in_network(frozen)),
    "activation": (stack(), in_network(squashed)),
    "constraint": (stack(), in_network(non_negative)),
    "added layer": (stack(), lambda model: model.encoder.add(L.Dense(8, "tanh"))),
    "frozen stages": (stages(), lambda model: frozen(model.encoder)),
    "activation of stages": (stages(tie_weights=False), in_network(squashed)),
    "frozen closed form": (marginalized, lambda model: frozen(model.encoder)),
    "frozen model": (stack(), frozen),
    "frozen head": (classifier, lambda model: frozen(model.head)),
    "activation of a head": (
        classifier,
        lambda model: setattr(model.head, "activation", keras.activations.sigmoid),
    ),
    "frozen discriminator": (
        adversarial,
        lambda model: frozen(model.discriminators[0]),
    ),
    "activation of a discriminator": (
        adversarial,
        lambda model: squashed(model.discriminators[0].layers[0]),
    ),
    "frozen adversary": (generated, lambda model: frozen(model.network)),
    "frozen judge": (generated, lambda model: frozen(model.discriminator)),
    "frozen pixels": (pixels, lambda model: frozen(model.blocks[0].residual)),
    "activation of pixels": (pixels, lambda model: squashed(model.hidden)),
    "frozen rows": (rows, lambda model: frozen(model.widen[0])),
}


def shape_of(model):
    return model.example_shape or (64,)


def described(model):
    """Trainable variables and what layers do, by their order."""
    layers = [one for one in model._flatten_layers() if hasattr(one, "kernel")]
    return len(model.trainable_variables), [
        (
            type(one).__name__,
            getattr(getattr(one, "activation", None), "__name__", None),
            type(getattr(one, "kernel_constraint", None)).__name__,
        )
        for one in layers
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", mostly_slow(CHANGED, "frozen encoder", "activation of stages")
)
def test_what_was_changed_in_a_model_is_saved_and_copied(name, vectors, tmp_path):
    make, change = CHANGED[name]
    model = make()
    plain = make()
    data = vectors.reshape(-1, *shape_of(model))
    for one in (model, plain):
        if not one.built:
            one.build((None, *data.shape[1:]))
    change(model)
    outputs = np.array(model(data))
    assert described(model) != described(plain)
    model.save(tmp_path / "model.keras")
    copies = [
        tfae.load(tmp_path),
        copy.deepcopy(model),
        keras.models.clone_model(model),
        type(model).from_config(model.get_config()),
    ]
    for index, one in enumerate(copies):
        if not one.built:
            one.build((None, *data.shape[1:]))
        if index > 1:  # without weights, as of any model
            one.set_weights(model.get_weights())
        assert described(one) == described(model), index
        np.testing.assert_allclose(one(data), outputs, atol=1e-6)


def test_a_copy_that_is_not_built_yet_is_copied_as_well():
    model = generated()
    model.build((None, 64))
    frozen(model.network)
    squashed(model.discriminator.layers[0])
    for _ in range(2):
        config = model.get_config()
        model = tfae.HardInputAutoencoder.from_config(config)
    model.build((None, 64))
    assert {*config["own_layers"]} == {"network", "discriminator"}
    assert not model.network.trainable_variables
    assert model.discriminator.layers[0].activation is keras.activations.softsign


@pytest.mark.parametrize("name", CHANGED)
def test_a_model_as_it_was_made_has_its_arguments_alone_in_its_config(name):
    make, _ = CHANGED[name]
    model = make()
    model.build((None, *shape_of(model)))
    assert "own_layers" not in model.get_config()
