"""Texts as strings: counted, rebuilt, saved, served, and what is refused."""

import keras
import loopback
import numpy as np
import pytest
import sklearn
import tensorflow as tf
from c_runner import runner
from topics import texts_of_topics

import tfae
from tfae import datasets, reporting, training
from tfae.evaluation import probes
from tfae.export import export
from tfae.recipes import Recipe
from tfae.reporting import maps
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
    assert found == pytest.approx(
        -(counts * logarithms).sum() / counts.sum(axis=1).mean() / 80, rel=0.1
    )
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


def test_codes_tell_topics_apart():
    model = new_model((3,))
    model.fit(TEXTS, epochs=30, verbose=0)
    codes = np.array(model.encode(TEXTS))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    nearest = codes @ codes.T - 2 * np.eye(len(codes))
    assert (LABELS[nearest.argmax(axis=1)] == LABELS).mean() > 0.9


@pytest.mark.parametrize(
    "texts",
    [TEXTS.astype(str), TEXTS.tolist(), tf.constant(TEXTS)],
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
    with pytest.raises(ValueError, match="`takes_uint8` is for images"):
        export(model, tmp_path / "texts", takes_uint8=True)


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


def test_a_recipe_trains_on_a_folder_of_texts(tmp_path):
    for part, count in (("train", 60), ("test", 20)):
        for index, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True)):
            if index < count:
                file = tmp_path / "news" / part / f"topic {label}" / f"{index}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
    (tmp_path / "news" / "test" / "topic 0" / "0.txt").write_bytes(b"caf\xe9 apple")
    split = datasets.load(tmp_path / "news")
    assert [len(part.inputs) for part in (split.train, split.valid)] == [54, 6]
    assert split.test.inputs[0] == "café apple"
    assert "1 of them are not UTF-8, and were read as Latin-1." in split.notes
    recipe = Recipe(
        name="topics",
        summary="",
        source="",
        model="TextAutoencoder",
        network="bag_of_words",
        network_arguments={"hidden_units": (4,), "words": 30},
        loss="MultinomialCrossentropy",
        batch_size=18,
        epochs=2,
        jit_compile=False,
        probes=("knn",),
    )
    run = training.run(recipe, tmp_path / "run", split, verbose=0)
    assert {"test_loss", "knn_error"} <= set(run.metrics["figures"])
    assert "figures/codes.png" in {
        str(file.relative_to(tmp_path / "run")) for file in run.files
    }
    with pytest.raises(ValueError, match="which holds texts"):
        datasets.scale(split, "standard")
    with pytest.raises(ValueError, match="which holds texts"):
        datasets.binarize(split, "threshold")


def test_newsgroups_are_downloaded_or_named(monkeypatch):
    def fetch(subset):
        return sklearn.utils.Bunch(data=TEXTS.tolist(), target=LABELS)

    monkeypatch.setattr(sklearn.datasets, "fetch_20newsgroups", fetch)
    split = datasets.load("newsgroups", 10)
    assert [len(split.train.inputs), len(split.test.inputs)] == [70, 80]

    def fail(subset):
        raise OSError("no network")

    monkeypatch.setattr(sklearn.datasets, "fetch_20newsgroups", fail)
    with pytest.raises(ValueError, match="newsgroups could not be downloaded"):
        datasets.load("newsgroups")


def test_tools_for_numbers_leave_texts_out(tmp_path):
    model = new_model()
    model.build((None,))
    part = datasets.Part(TEXTS, LABELS)
    split = datasets.Split("topics", part, part, part)
    assert "jacobian" not in probes.of(model, split)
    figures = probes.measure(model, split, probes.of(model, split))
    assert {"knn_error", "mean_activation"} <= set(figures)
    names = reporting.compare({"one": model, "other": model}, split, tmp_path)
    assert names == ["figures/activations.png"]
    _, found, rows = maps.draw({"codes": model}, part, ["pca"])
    assert found["codes: pca"].shape == (80, 2)
    assert rows[0]["trustworthiness"] > 0.8
    with pytest.raises(ValueError, match="Leave the inputs out"):
        maps.draw({"inputs": None}, part, ["pca"])


def test_other_folders_of_texts_are_refused(tmp_path):
    for part, topic in (("train", "one"), ("test", "other")):
        for index in range(12):
            file = tmp_path / part / topic / f"{index}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("some words")
    with pytest.raises(ValueError, match="the same classes in train and test"):
        datasets.load(tmp_path)
    with pytest.raises(ValueError, match="at least 10 examples"):
        (tmp_path / "few").mkdir()
        (tmp_path / "few" / "one.txt").write_text("one")
        datasets.load(tmp_path / "few")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda model: model.fit(TEXTS, LABELS, verbose=0), "Leave labels out"),
        (lambda model: model.fit(np.ones((80, 50)), verbose=0), "must be texts"),
        (lambda model: model.encode(np.ones((3, 50))), "takes texts, an array of"),
        (lambda model: model.check_inputs(np.ones((3, 50))), "takes texts"),
        (lambda model: model.adapt(np.array(["1 2", "?"])), "vocabulary would be"),
    ],
)
def test_what_is_no_text_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act(new_model())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: new_model(words=0), "`words` must be"),
        (lambda: new_model(targets="words"), "`targets` must be"),
        (lambda: new_model(network={"masking": 1.0}), "`masking` must be"),
        (lambda: new_model(network={"code_noise": -1.0}), "`noise` must be"),
        (lambda: tfae.networks.bag_of_words((8, 8), [2]), "`shape` must be"),
        (lambda: new_model(vocabulary=[]), "`vocabulary` must have"),
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
