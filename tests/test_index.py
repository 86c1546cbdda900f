"""An index of codes: what it finds beside NumPy, and what it refuses."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_distances, euclidean_distances

from tfae.evaluation import index as indices

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
        (lambda: indices.Index(CODES[:0]), "at least one code"),
        (lambda: indices.Index(3.0), "an array of numbers"),
        (lambda: indices.Index(np.ones((5, 2))), "5 equal ones"),
        (lambda: indices.Index(np.ones((5, 2)), "hamming"), "equal ones"),
        (lambda: indices.Index(CODES, belongs_to={"n": {3}}), "a dict of numbers"),
        (lambda: indices.Index(CODES, belongs_to="digits"), "a dict of numbers"),
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


def test_many_bits_are_counted():
    codes = np.zeros((2, 70_000), bool)
    codes[1] = True
    assert indices.Index(codes, "hamming").search(codes[:1], 2)[1][0, 1] == 70_000


def test_no_queries_find_nothing():
    places, distances = indices.Index(CODES).search(QUERIES[:0], 4)
    assert places.shape == distances.shape == (0, 4)
