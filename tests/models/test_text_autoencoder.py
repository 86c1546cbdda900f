"""Texts as strings: counted, rebuilt, saved, served, and what is refused."""

import keras
import loopback
import numpy as np
import pytest
import tensorflow as tf
from c_runner import runner
from conftest import slow
from topics import texts_of_topics

import tfae
from tfae.export import export
from tfae.serving import Client

TEXTS, LABELS = texts_of_topics(80)


def new_model(units=(6, 3), words=50, fitted=True, loss=None, **options):
    keras.utils.set_random_seed(0)
    network = options.pop("network", {})
    pair = tfae.networks.bag_of_words((), units, words=words, **network)
    model = tfae.TextAutoencoder(*pair, **options)
    if fitted:
        model.adapt(TEXTS)
    loss = loss or tfae.losses.MultinomialCrossentropy()
    model.compile(keras.optimizers.Adam(0.01), loss, run_eagerly=True)
    return model


def test_the_loss_is_the_cross_entropy_of_the_words():
    model = new_model()
    found = model.evaluate(TEXTS, batch_size=80, verbose=0)[0]
    counts = np.array(model.bag(tf.constant(TEXTS)))
    logarithms = np.log(model.predict(TEXTS, verbose=0))
    expected = -(counts * logarithms).sum(axis=1) / counts.sum(axis=1)
    assert found == pytest.approx(expected.mean(), rel=1e-5)


def test_a_decoder_can_rebuild_tf_idf():
    options = {"targets": "tf_idf", "network": {"output_activation": "linear"}}
    model = new_model((3,), loss="mse", **options)
    found = model.evaluate(TEXTS, batch_size=80, verbose=0)[0]
    weighted = np.array(model.encoder.layers[0](model.bag(tf.constant(TEXTS))))
    outputs = model.predict(TEXTS, verbose=0)
    assert found == pytest.approx(np.square(outputs - weighted).mean(), rel=1e-5)
    with pytest.raises(ValueError, match="takes an encoder with a"):
        tfae.TextAutoencoder(*tfae.networks.dense(9, [2]), targets="tf_idf")


@pytest.mark.slow
def test_codes_tell_topics_apart():
    model = new_model((3,))
    model.fit(TEXTS, epochs=30, verbose=0)
    codes = np.array(model.encode(TEXTS))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    nearest = codes @ codes.T - 2 * np.eye(len(codes))
    assert (LABELS[nearest.argmax(axis=1)] == LABELS).mean() > 0.9


@pytest.mark.parametrize(
    "texts",
    [slow(TEXTS.astype(str)), TEXTS.tolist(), slow(tf.constant(TEXTS))],
    ids=["of NumPy", "list", "tensor"],
)
def test_texts_may_be_of_any_type(texts):
    model = new_model()
    expected = model.evaluate(TEXTS, verbose=0)
    assert model.evaluate(texts, verbose=0) == pytest.approx(expected)
    model.fit(texts, verbose=0)
    np.testing.assert_array_equal(model.encode(texts), model.encode(TEXTS))
    given = texts if isinstance(texts, tf.Tensor) else TEXTS
    assert model.predict(texts, verbose=0).shape == (len(given), 50)


def test_targets_may_be_other_texts_and_examples_have_weights():
    model = new_model()
    shorter = np.array([text[: len(text) // 2] for text in TEXTS], object)
    assert model.evaluate(shorter, TEXTS, verbose=0) != model.evaluate(
        TEXTS, TEXTS, verbose=0
    )
    same = model.evaluate(TEXTS, TEXTS, verbose=0)
    assert same == pytest.approx(model.evaluate(TEXTS, verbose=0))
    weighted = model.evaluate(TEXTS, sample_weight=2 * np.ones(80), verbose=0)
    assert weighted[0] == pytest.approx(2 * same[0])


def test_texts_without_known_words_have_one_code_and_no_loss():
    model = new_model()
    nothing = np.array(["", "?!", "qwertz 1234"], object)
    codes = np.array(model.encode(nothing))
    np.testing.assert_array_equal(codes, np.array(model.encoder(np.zeros((3, 50)))))
    assert model.evaluate(nothing, verbose=0)[0] == 0


def test_a_saved_model_is_the_same_and_trains_on(tmp_path):
    model = new_model()
    model.fit(TEXTS, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    assert loaded.bag.vocabulary == model.bag.vocabulary
    np.testing.assert_array_equal(loaded.encode(TEXTS), model.encode(TEXTS))
    assert loaded.evaluate(TEXTS, verbose=0) == model.evaluate(TEXTS, verbose=0)
    loaded.fit(TEXTS, verbose=0)
    copy = tfae.TextAutoencoder.from_config(model.get_config())
    copy.build((None,))
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy.encode(TEXTS), model.encode(TEXTS))


@pytest.mark.slow
def test_a_server_takes_raw_texts(tmp_path):
    model = new_model()
    model.build((None,))
    path = export(model, tmp_path / "texts", examples=TEXTS)
    texts = np.array([TEXTS[3], "", "Ümläut & 雪", TEXTS[4][:20] + "\0"], object)
    answer = runner().run(path, "encode", {"inputs": texts})
    np.testing.assert_allclose(answer["codes"], model.encode(texts), atol=1e-6)
    words = runner().run(path, "serving_default", {"inputs": texts})["words"]
    np.testing.assert_allclose(words, model(tf.constant(texts)), atol=1e-6)
    with loopback.grpc_server(tmp_path) as url, Client(url, "texts") as client:
        answer = client.predict(texts.astype(str), "encode")
    np.testing.assert_allclose(answer["codes"], model.encode(texts), atol=1e-6)


@pytest.mark.parametrize("kind", ["tensor", "bytes", "list"])
def test_words_are_those_of_the_texts_alone(kind):
    expected = new_model().vocabulary
    texts = {
        "tensor": tf.constant(TEXTS),
        "bytes": np.array([text.encode() for text in TEXTS]),
        "list": TEXTS.tolist(),
    }[kind]
    model = new_model(fitted=False)
    model.adapt(texts)
    assert model.vocabulary == expected


def test_other_words_are_learned_anew():
    model = new_model()
    before = model.predict(TEXTS, verbose=0)
    model.adapt(np.array(["entirely other words", "words of another kind"]))
    np.testing.assert_allclose(
        model.predict(TEXTS, verbose=0), model(tf.constant(TEXTS)), atol=1e-6
    )
    assert np.abs(model.predict(TEXTS, verbose=0) - before).max() > 1e-6


def test_validation_data_and_metrics_are_of_words():
    options = {"targets": "tf_idf", "network": {"output_activation": "linear"}}
    model = new_model((3,), loss="mse", **options)
    model.compile("adam", "mse", metrics=["mse"], run_eagerly=True)
    given = TEXTS.astype(str), TEXTS.tolist()
    history = model.fit(TEXTS, validation_data=given, verbose=0).history
    logs = model.evaluate(TEXTS, verbose=0, return_dict=True)
    assert logs["mse"] == pytest.approx(logs["loss"], rel=1e-5)
    assert history["val_loss"][0] == pytest.approx(logs["loss"], rel=1e-5)


def test_classifiers_begin_with_the_codes():
    model = new_model()
    model.build((None,))
    codes = model.coder()(tf.constant(TEXTS))
    np.testing.assert_allclose(codes, model.encode(TEXTS), atol=1e-6)
    classifier = tfae.fine_tuning.classifier(model, num_classes=4)
    classifier.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    classifier.fit(tf.constant(TEXTS), LABELS, verbose=0)
    assert classifier(tf.constant(TEXTS)).shape == (80, 4)


def test_long_texts_have_codes_in_half_precision():
    layer = tfae.layers.TfIdf(dtype="mixed_float16")
    layer.build((None, 1200))
    layer.idf.assign(np.full(1200, 6.0))
    norms = np.linalg.norm(layer(np.full((1, 1200), 2.0)).numpy().astype(float))
    assert norms == pytest.approx(1, abs=0.01)


def test_binary_codes_are_bits_in_training_only():
    model = new_model((4,), network={"code_noise": 0.0, "masking": 0.0})
    counts = model.bag(tf.constant(TEXTS))
    soft = np.array(model.encode(TEXTS))
    bits = np.array(model.encoder(counts, training=True))
    np.testing.assert_array_equal(bits, soft.round())
    assert 0 < soft.min() < soft.max() < 1
    with tf.GradientTape() as tape:  # as of the codes that are not rounded
        total = tf.reduce_sum(model.encoder(counts, training=True))
    slope = tape.gradient(total, model.encoder.layers[-2].bias)
    np.testing.assert_allclose(slope, (soft * (1 - soft)).sum(axis=0), rtol=1e-4)
    noisy = new_model((4,), network={"code_noise": 4.0, "masking": 0.0})
    first, second = (noisy.encoder(counts, training=True) for _ in range(2))
    assert np.abs(np.array(first) - np.array(second)).mean() > 0.1


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda model: model.fit(TEXTS, LABELS, verbose=0), "Leave labels out"),
        (lambda model: model.fit(np.ones((80, 50)), verbose=0), "must be texts"),
        (lambda model: model.encode(np.ones((3, 50))), "takes texts, an array of"),
        (lambda model: model.check_inputs(np.ones((3, 50))), "takes texts"),
        (lambda model: model.adapt(np.array(["1 2", "?"])), "vocabulary would be"),
        (lambda model: model.adapt(["a cat", None]), "None of type NoneType in row 1"),
    ],
)
def test_what_is_no_text_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act(new_model())


def test_several_replicas_are_refused(monkeypatch):
    monkeypatch.setattr(tfae.TextAutoencoder, "_num_replicas", 2)
    with pytest.raises(ValueError, match=r"on one device.*Received: 2 replicas"):
        new_model()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: new_model(words=0), "`words` must be"),
        (lambda: new_model(targets="words"), "`targets` must be"),
        (lambda: new_model(network={"masking": 1.0}), "`masking` must be"),
        (lambda: new_model(network={"code_noise": -1.0}), "`noise` must be"),
        (lambda: tfae.networks.bag_of_words((8, 8), [2]), "`shape` must be"),
        (lambda: new_model(vocabulary=[]), "`vocabulary` must have"),
        (lambda: new_model(vocabulary=["Apple"]), "of letters in lower case"),
        (lambda: new_model(vocabulary="dog"), "must be a list of words"),
        (lambda: new_model(stop_words="german"), "`stop_words` must be english"),
        (lambda: new_model(()), "`hidden_units` must"),
        (lambda: new_model(fitted=False).fit(TEXTS), "knows no words yet"),
        (
            lambda: tfae.TextAutoencoder(*2 * [keras.layers.Dense(2)]),
            "must be a Keras model of counts",
        ),
    ],
)
def test_other_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
