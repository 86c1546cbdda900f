"""What Keras promises of a model, of each class."""

import every_class
import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow

import tfae
from tfae import evaluation

NAMES = [*every_class.MAKERS]
QUICK = ("Autoencoder", "VQVAE")  # of what Keras makes of each


@pytest.mark.parametrize("name", NAMES)
def test_the_shape_of_outputs_is_known_before_a_call(name):
    model = every_class.new_model(name)
    assert tuple(model.compute_output_shape((None, 64))) == (None, 64)
    each = keras.layers.TimeDistributed(model)
    series = keras.Sequential([keras.Input((3, 64)), each])
    assert series.output_shape == (None, 3, 64)
    assert series(np.zeros((2, 3, 64), "float32")).shape == (2, 3, 64)


@pytest.mark.filterwarnings("ignore:Only .* layers are solved")
@pytest.mark.parametrize("name", mostly_slow(NAMES, *QUICK))
def test_keras_exports_a_model_after_fit(vectors, name, tmp_path):
    model = every_class.new_model(name, run_eagerly=True)
    model.build((None, 64))
    model.fit(vectors, epochs=1, verbose=0)
    model.export(tmp_path / "1", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "1")
    np.testing.assert_allclose(loaded.serve(vectors), model(vectors), atol=1e-5)


def test_models_with_labels_are_exported_after_fit(vectors, tmp_path):
    labels = np.arange(64) % 3
    networks = tfae.networks.variational(64, [16], latent_dim=2, condition_dim=3)
    conditional = tfae.ConditionalVAE(*networks, num_classes=3)
    classifier = tfae.Classifier(tfae.networks.dense(64, [8])[0], num_classes=3)
    assert conditional.compute_output_shape([(None, 64), (None,)]) == (None, 64)
    assert classifier.compute_output_shape((None, 64)) == (None, 3)
    conditional.compile("adam", run_eagerly=True)
    classifier.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    conditional.fit((vectors, labels), verbose=0)
    classifier.fit(vectors, labels, verbose=0)
    inputs = {"conditional": [vectors, labels.astype("float32")], "other": [vectors]}
    for model, given in zip((conditional, classifier), inputs.values(), strict=True):
        model.export(tmp_path / model.name, verbose=False)
        loaded = tf.saved_model.load(tmp_path / model.name)
        arguments = given if model is classifier else [given]
        np.testing.assert_allclose(
            loaded.serve(*arguments), model(*arguments), atol=1e-5
        )


@pytest.mark.parametrize("name", NAMES)
def test_codes_in_batches_are_those_of_one(vectors, name):
    model = every_class.new_model(name)
    codes = np.array(model.encode(vectors))
    found = evaluation.encode(model, vectors, batch_size=24)
    np.testing.assert_allclose(found, codes, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_classifier_begins_with_the_codes(vectors, name):
    model = every_class.new_model(name)
    model(vectors)
    classifier = tfae.fine_tuning.classifier(model, num_classes=3)
    np.testing.assert_allclose(
        classifier.encoder(vectors), model.encode(vectors), atol=1e-6
    )
    assert classifier(vectors).shape == (64, 3)


def test_a_classifier_of_a_sparse_model_sees_sparse_codes(vectors, tmp_path):
    model = every_class.new_model("WinnerTakeAllAutoencoder")
    model(vectors)
    classifier = tfae.fine_tuning.classifier(model, num_classes=3)
    codes = np.array(classifier.encoder(vectors))
    assert (np.count_nonzero(codes, axis=1) <= 3).all()
    classifier.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(vectors), classifier(vectors), atol=1e-6)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", mostly_slow(NAMES, *QUICK))
def test_weights_load_where_the_new_model_has_a_dropout_more(vectors, name, tmp_path):
    if name in ("StackedAutoencoder", "MarginalizedDenoisingAutoencoder"):
        arguments = {"hidden_units": [16], "activation": "relu"}
        less = tfae.StackedAutoencoder(64, **arguments)
        more = tfae.StackedAutoencoder(64, **arguments, dropout=0.2)
    else:
        less, more = every_class.new_model(name), every_class.new_model(name)
        # In a list of its own, so that no other layer changes its place.
        more.added = keras.layers.Dropout(0.2)
    for model in (less, more):
        model(vectors, training=name != "WinnerTakeAllAutoencoder")
        model.set_weights([np.full(w.shape, 0.1) for w in model.get_weights()])
    less.set_weights([np.full(w.shape, 0.2) for w in less.get_weights()])
    less.save_weights(tmp_path / "some.weights.h5")
    more.load_weights(tmp_path / "some.weights.h5")
    np.testing.assert_allclose(more.predict(vectors), less.predict(vectors), atol=1e-6)


@pytest.mark.parametrize("name", mostly_slow(NAMES, *QUICK))
def test_keras_exports_a_loaded_model(vectors, name, tmp_path):
    model = every_class.new_model(name)
    model.build((None, 64))
    model.build_optimizers()  # or Keras warns that it has none to save
    model.save(tmp_path / "model.keras")
    tfae.load(tmp_path).export(tmp_path / "1", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "1")
    np.testing.assert_allclose(loaded.serve(vectors), model(vectors), atol=1e-5)


def test_keras_exports_loaded_models_with_labels(vectors, tmp_path):
    labels = np.arange(64, dtype="float32") % 3
    networks = tfae.networks.variational(64, [16], latent_dim=2, condition_dim=3)
    conditional = tfae.ConditionalVAE(*networks, num_classes=3)
    classifier = tfae.Classifier(tfae.networks.dense(64, [8])[0], num_classes=3)
    shapes = {conditional: [(None, 64), (None,)], classifier: (None, 64)}
    for model, given in ((conditional, [vectors, labels]), (classifier, vectors)):
        model.build(shapes[model])
        model.save(tmp_path / "model.keras")
        tfae.load(tmp_path).export(tmp_path / model.name, verbose=False)
        loaded = tf.saved_model.load(tmp_path / model.name)
        np.testing.assert_allclose(loaded.serve(given), model(given), atol=1e-5)


def test_a_model_that_is_not_built_is_not_exported(tmp_path):
    model = tfae.Autoencoder(keras.layers.Dense(3), keras.layers.Dense(8))
    with pytest.raises(ValueError, match="must be built"):
        model.export(tmp_path / "1")


def new_spatial():
    winners = tfae.layers.LifetimeSparsity(0.5, spatial=True)
    networks = tfae.networks.convolutional((8, 8, 1), [4])
    return tfae.WinnerTakeAllAutoencoder(*networks, winners=winners)


IMAGES = {
    "PixelCNN": lambda: tfae.PixelCNN(
        (8, 8, 1), filters=4, kernel_size=3, dilations=[1]
    ),
    "stages": lambda: tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [4, 6], 3),
    "spatial": new_spatial,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@pytest.mark.parametrize("name", [*mostly_slow(NAMES, *QUICK), *mostly_slow(IMAGES)])
def test_litert_answers_as_a_model_that_was_never_called(name, vectors, tmp_path):
    model = IMAGES[name]() if name in IMAGES else every_class.new_model(name)
    data = np.round(vectors[:3]).reshape(-1, 8, 8, 1) if name in IMAGES else vectors
    model.build((None, *data.shape[1:]))
    path = str(tmp_path / "model.tflite")
    model.export(path, format="litert", verbose=False)
    interpreter = tf.lite.Interpreter(path)
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, data.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place, data)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(found, model(data), atol=1e-5)


def test_keras_exports_a_model_of_texts_that_takes_strings(tmp_path):
    texts = np.array(["a cat", "dogs", "the cat sat"])
    model = tfae.TextAutoencoder(*tfae.networks.bag_of_words((), [2], words=4))
    model.adapt(texts)
    model.build((None,))
    model.export(tmp_path / "1", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "1")
    served = loaded.serve(tf.constant(texts))
    np.testing.assert_allclose(served, model(tf.constant(texts)), atol=1e-6)
