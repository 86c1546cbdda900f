"""An index of codes: what it finds beside NumPy, and what it refuses."""

import keras
import numpy as np
import pytest
from c_runner import runner
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_distances, euclidean_distances

import tfae
from tfae.evaluation import index as indices
from tfae.evaluation import retrieval
from tfae.export import export

GENERATOR = np.random.default_rng(0)
CODES = GENERATOR.standard_normal((500, 12)).astype("float32")
QUERIES = GENERATOR.standard_normal((300, 12)).astype("float32")
BITS, BIT_QUERIES = (indices.bits(GENERATOR.random((n, 100))) for n in (500, 300))
BACKENDS = indices.BACKENDS


def hamming(queries, codes):
    return (queries[:, None] != codes[None]).sum(axis=-1)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("count", [1, 7, 500])
@pytest.mark.parametrize(
    ("metric", "codes", "queries", "distances"),
    [
        ("cosine", CODES, QUERIES, cosine_distances),
        ("euclidean", CODES, QUERIES, euclidean_distances),
        ("hamming", BITS, BIT_QUERIES, hamming),
    ],
    ids=["cosine", "euclidean", "hamming"],
)
def test_the_nearest_are_those_of_numpy(
    backend, count, metric, codes, queries, distances
):
    index = indices.Index(codes, metric, backend)
    places, found = index.search(queries, count)
    expected = distances(queries, codes)
    assert places.shape == found.shape == (300, count)
    np.testing.assert_allclose(found, np.sort(expected)[:, :count], atol=2e-5)
    at_places = np.take_along_axis(expected, places, axis=1)
    np.testing.assert_allclose(found, at_places, atol=2e-5)
    assert all(len(set(row)) == count for row in places)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_code_of_zeros_is_at_right_angles_to_all(backend):
    index = indices.Index(CODES, backend=backend)
    _, distances = index.search(np.zeros((1, 12)), 3)
    np.testing.assert_allclose(distances, 1, atol=1e-6)


@pytest.mark.parametrize(
    ("metric", "codes"), [("cosine", CODES), ("hamming", BITS)], ids=str
)
def test_an_index_is_the_same_after_loading(metric, codes, tmp_path):
    about = {"model": "Autoencoder", "weights": "1234"}
    index = indices.Index(codes, metric, belongs_to=about)
    index.save(tmp_path / "index.npz")
    loaded = indices.load(tmp_path / "index.npz")
    np.testing.assert_array_equal(loaded.codes, index.codes)
    assert (loaded.metric, loaded.belongs_to) == (metric, about)
    index.save(tmp_path / "index")  # under the very name
    assert len(indices.load(tmp_path / "index")) == 500


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "index.npz"
    indices.Index(CODES).save(path)
    before = path.read_bytes()

    def interrupted(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        indices.Index(QUERIES).save(path)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("content", [b"", b"PK nothing", None])
def test_other_files_are_no_index(content, tmp_path):
    path = tmp_path / "index.npz"
    message = "does not exist" if content is None else "no index, or a damaged one"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        indices.load(path)
    for about in (None, "{}", '{"format": 1, "belongs_to": [], "metric": "cosine"}'):
        arrays = {} if about is None else {"about": about}
        np.savez(path, codes=CODES, **arrays)
        with pytest.raises(ValueError, match="holds no index"):
            indices.load(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: indices.Index(CODES, "angle"), "`metric` must be"),
        (lambda: indices.Index(CODES, backend="annoy"), "`backend` must be"),
        (lambda: indices.Index(CODES[:0]), "one code at least"),
        (lambda: indices.Index(np.nan * CODES), "500 of 500 with NaN"),
        (lambda: indices.Index(CODES, "hamming"), "must be bits, 0 and 1"),
        (lambda: indices.Index(CODES).search(QUERIES, 501), "count=501 of 500"),
        (lambda: indices.Index(CODES).search(QUERIES, 0), "`count` must be"),
        (lambda: indices.Index(CODES).search(QUERIES[:, :3]), "queries of 3"),
        (lambda: indices.Index(CODES).search(np.inf * QUERIES), "300 of 300"),
    ],
)
def test_what_cannot_be_searched_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "hamming"])
@pytest.mark.parametrize("count", [1, 5, 60])
def test_of_codes_as_near_the_first_are_found(metric, count):
    codes = np.repeat(np.eye(3), 20, axis=0)
    places, _ = indices.Index(codes, metric).search(np.eye(3), count)
    for row, found in enumerate(places):
        same = np.arange(20 * row, 20 * row + 20)
        others = np.setdiff1d(np.arange(60), same)
        np.testing.assert_array_equal(found, np.concatenate([same, others])[:count])


def test_bits_are_of_finite_numbers(vectors, tmp_path):
    for codes, threshold in ((np.nan * CODES, 0.5), (CODES, np.nan)):
        with pytest.raises(ValueError, match="must be finite to become bits"):
            indices.bits(codes, threshold)
    model = new_model()
    medians = np.median(model.encode(vectors), axis=0)
    index = retrieval.of(model, vectors, "hamming", threshold=medians)
    index.save(tmp_path / "index.npz")
    places, _ = retrieval.search(
        indices.load(tmp_path / "index.npz"), model, vectors, count=1
    )
    assert places.shape == (64, 1)


def test_many_bits_are_counted():
    codes = np.zeros((2, 70_000), bool)
    codes[1] = True
    assert indices.Index(codes, "hamming").search(codes[:1], 2)[1][0, 1] == 70_000


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


def test_no_queries_find_nothing():
    places, distances = indices.Index(CODES).search(QUERIES[:0], 4)
    assert places.shape == distances.shape == (0, 4)


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


def test_codes_of_another_model_are_refused(vectors):
    index = retrieval.of(new_model(), vectors)
    with pytest.raises(ValueError, match="Received: one of another Autoencoder"):
        retrieval.search(index, new_model(seed=1), vectors)
    with pytest.raises(ValueError, match="does not name its model"):
        retrieval.search(indices.Index(CODES), new_model(), vectors)
    with pytest.raises(ValueError, match="takes examples of shape"):
        retrieval.search(index, new_model(), vectors[:, :32])


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


@pytest.mark.parametrize("metric", indices.METRICS)
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
