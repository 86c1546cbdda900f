"""Retrieval by the codes of models, and how good it is."""

import keras
import numpy as np
import pytest
from c_runner import runner
from conftest import mostly_slow
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_distances
from topics import texts_of_topics

import tfae
from tfae.evaluation import index as indices
from tfae.evaluation import retrieval
from tfae.export import export

GENERATOR = np.random.default_rng(0)
CODES = GENERATOR.standard_normal((500, 12)).astype("float32")


def test_bits_are_of_finite_numbers(vectors, tmp_path):
    for codes, threshold in ((np.nan * CODES, 0.5), (CODES, np.nan)):
        with pytest.raises(ValueError, match="must be finite to become bits"):
            indices.bits(codes, threshold)
    with pytest.raises(ValueError, match=r"one for each number.*\(12,\).*\(3,\)"):
        indices.bits(CODES, np.zeros(3))
    model = new_model()
    medians = np.median(model.encode(vectors), axis=0)
    index = retrieval.of(model, vectors, "hamming", threshold=medians)
    index.save(tmp_path / "index.npz")
    places, _ = retrieval.search(
        indices.load(tmp_path / "index.npz"), model, vectors, count=1
    )
    assert places.shape == (64, 1)


@pytest.mark.slow
def test_far_codes_are_served_as_they_are_found(vectors, tmp_path):
    model = new_model()
    model.encoder.layers[-1].activation = keras.activations.linear
    bias = model.encoder.layers[-1].bias
    bias.assign(bias + 300.0)
    index = retrieval.of(model, vectors, "euclidean")
    path = export(model, tmp_path / "model", examples=vectors, index=index, count=5)
    answer = runner().run(path, "search", {"inputs": vectors})
    places, distances = retrieval.search(index, model, vectors, count=5)
    np.testing.assert_allclose(answer["distances"], distances, atol=1e-2)
    assert (answer["ids"] == places).mean() > 0.95
    assert (np.diff(answer["distances"], axis=1) >= 0).all()


def new_model(seed=0):
    keras.utils.set_random_seed(seed)
    model = tfae.Autoencoder(*tfae.networks.dense(64, [16], "sigmoid"))
    model.build((None, 64))
    return model


@pytest.mark.parametrize("metric", indices.METRICS)
def test_examples_are_nearest_to_themselves(vectors, metric, tmp_path):
    model = new_model()
    index = retrieval.of(model, vectors, metric, data="digits")
    index.save(tmp_path / "index.npz")
    index = indices.load(tmp_path / "index.npz")
    assert index.belongs_to["data"] == "digits"
    places, distances = retrieval.search(index, model, vectors[5:9], count=1)
    np.testing.assert_allclose(distances, 0, atol=1e-3)
    if metric != "hamming":  # where others may have the same bits
        np.testing.assert_array_equal(places[:, 0], [5, 6, 7, 8])


@pytest.mark.slow
@pytest.mark.parametrize("metric", mostly_slow(indices.METRICS, "cosine"))
def test_an_index_of_the_examples_themselves_is_exported(vectors, metric, tmp_path):
    keras.utils.set_random_seed(0)
    networks = tfae.networks.dense(64, [512, 256, 30], code_activation="linear")
    model = tfae.Autoencoder(*networks)
    model.build((None, 64))
    index = retrieval.of(model, vectors, metric, threshold=0.0)
    # All distances are 0, but for rounding.
    path = export(model, tmp_path / "model", examples=vectors, index=index, count=1)
    answer = runner().run(path, "search", {"inputs": vectors})
    assert (answer["distances"] >= 0).all()
    np.testing.assert_allclose(answer["distances"], 0, atol=1e-5)


@pytest.mark.slow
def test_bits_of_maps_have_a_threshold_each(digits, tmp_path):
    images = digits.test.inputs[:32].reshape(-1, 8, 8, 1)
    keras.utils.set_random_seed(0)
    model = tfae.Autoencoder(*tfae.networks.convolutional((8, 8, 1), [4, 3]))
    model.build((None, 8, 8, 1))
    medians = np.median(model.encode(images), axis=0)
    index = retrieval.of(model, images, "hamming", threshold=medians)
    path = export(model, tmp_path / "model", examples=images, index=index, count=3)
    answer = runner().run(path, "search", {"inputs": images})
    places, _ = retrieval.search(index, model, images, count=3)
    np.testing.assert_array_equal(answer["ids"], places)


@pytest.mark.slow
def test_raw_texts_are_served_as_they_are_found(tmp_path):
    texts, _ = texts_of_topics(60)
    keras.utils.set_random_seed(0)
    model = tfae.TextAutoencoder(*tfae.networks.bag_of_words((), [4], words=50))
    model.adapt(texts)
    model.build((None,))
    index = retrieval.of(model, texts)
    path = export(model, tmp_path / "model", examples=texts, index=index, count=5)
    answer = runner().run(path, "search", {"inputs": texts})
    places, distances = retrieval.search(index, model, texts, count=5)
    np.testing.assert_allclose(answer["distances"], distances, atol=1e-5)
    np.testing.assert_array_equal(answer["ids"], places)


def test_codes_of_another_model_are_refused(vectors):
    index = retrieval.of(new_model(), vectors)
    with pytest.raises(ValueError, match="Received: one of another Autoencoder"):
        retrieval.search(index, new_model(seed=1), vectors)
    with pytest.raises(ValueError, match="does not name its model"):
        retrieval.search(indices.Index(CODES), new_model(), vectors)
    with pytest.raises(ValueError, match="takes examples of shape"):
        retrieval.search(index, new_model(), vectors[:, :32])
    with pytest.raises(ValueError, match="at least one example"):
        retrieval.of(new_model(), vectors[:0])


def test_average_precision_is_that_of_scikit_learn():
    relevant = GENERATOR.random((20, 50)) < 0.3
    ranks = -np.arange(50)
    expected = [average_precision_score(row, ranks) for row in relevant]
    np.testing.assert_allclose(retrieval.average_precision(relevant), expected)
    assert retrieval.average_precision(np.zeros((1, 5), bool)) == 0


def test_precision_and_recall_of_a_list():
    relevant = np.array([[True, False, True, False]])
    assert retrieval.precision_at(relevant, 1) == 1
    assert retrieval.precision_at(relevant, 4) == 0.5
    recalls, precisions = retrieval.precision_recall(relevant, [4], points=10)
    np.testing.assert_allclose(recalls, [0.25, 0.25, 0.5, 0.5])
    np.testing.assert_allclose(precisions, [1, 1 / 2, 2 / 3, 1 / 2])


def test_queries_that_are_in_the_index_do_not_find_themselves(digits):
    inputs, labels = digits.test.inputs, digits.test.labels
    index = indices.Index(inputs)
    places = np.arange(len(inputs))
    found = retrieval.figures(index, inputs, labels, labels, places)
    assert set(found) == {
        *("precision_at_1", "precision_at_10", "precision_at_100"),
        "mean_average_precision",
    }
    distances = cosine_distances(inputs)
    np.fill_diagonal(distances, np.inf)
    nearest = labels[distances.argmin(axis=1)] == labels
    assert found["precision_at_1"] == pytest.approx(nearest.mean())
    expected = [
        average_precision_score(labels[row < np.inf] == label, -row[row < np.inf])
        for row, label in zip(distances, labels, strict=True)
    ]
    assert found["mean_average_precision"] == pytest.approx(np.mean(expected), abs=1e-3)
    ten = retrieval.figures(index, inputs, labels, labels, places, 10)
    assert [*ten][-1] == "mean_average_precision_at_10"
    with pytest.raises(ValueError, match="count=179 of 178"):
        retrieval.figures(index, inputs, labels, labels, places, 179)
    with pytest.raises(ValueError, match="other codes than the query's"):
        retrieval.figures(indices.Index(inputs[:1]), inputs[:1], [0], [0], [0])
    # Of duplicates any one is left out, and only one.
    twice = indices.Index(np.repeat(inputs[:5], 3, axis=0))
    relevant = retrieval.ranked(
        twice, inputs[:5], np.repeat(np.arange(5), 3), np.arange(5), 3 * np.arange(5)
    )
    assert relevant.shape == (5, 14)
    assert relevant[:, :2].all()
    assert not relevant[:, 2:].any()


@pytest.mark.parametrize("metric", mostly_slow(indices.METRICS, "cosine"))
def test_a_server_finds_what_the_index_finds(vectors, metric, tmp_path):
    model = new_model()
    index = retrieval.of(model, vectors, metric)
    path = export(model, tmp_path / "model", examples=vectors, index=index, count=5)
    queries = vectors + 0.05 * np.random.default_rng(0).random(vectors.shape)
    queries = queries.clip(0, 1).astype("float32")
    answer = runner().run(path, "search", {"inputs": queries})
    places, distances = retrieval.search(index, model, queries, count=5)
    np.testing.assert_allclose(answer["distances"], distances, atol=1e-3)
    np.testing.assert_array_equal(answer["ids"], places)
    assert answer["ids"].dtype == "int64"


def test_an_index_of_another_model_is_not_exported(vectors, tmp_path):
    index = retrieval.of(new_model(), vectors)
    with pytest.raises(ValueError, match="one of another Autoencoder"):
        export(new_model(seed=1), tmp_path / "model", index=index)
    with pytest.raises(ValueError, match="count=65 of 64"):
        export(new_model(), tmp_path / "model", index=index, count=65)
    assert not [*tmp_path.iterdir()]
