"""`tfae index` and `tfae search`: what they show, and what they refuse."""

import dataclasses
import shutil

import keras
import numpy as np
import pytest
from conftest import assert_one_line, slow, small_recipe
from topics import texts_of_topics

import tfae
from tfae import datasets
from tfae.evaluation import index as indices


@pytest.fixture
def indexed(trained, call_cli, tmp_path):
    """A folder with a model and an index of its test part."""
    shutil.copytree(trained[0], tmp_path / "run")
    result = call_cli("index", "run", "--part", "test")
    assert result.returncode == 0, result.stderr
    assert "179 codes of 4 numbers" in " ".join(result.stdout.split())
    return tmp_path / "run" / "index.npz"


def test_an_example_of_the_index_finds_itself_first(indexed, call_cli, tmp_path):
    result = call_cli("search", indexed, "--example", 7, "--top", 3)
    assert result.returncode == 0, result.stderr
    first = [line for line in result.stdout.splitlines() if line.startswith("│ 1")]
    assert first[0].split("│")[2].strip() == "7"
    assert (tmp_path / "run" / "figures" / "search.png").stat().st_size > 5_000


def test_queries_may_be_arrays_and_images(indexed, call_cli, tmp_path, digits):
    chosen = digits.test.inputs[:2]
    np.save(tmp_path / "rows.npy", chosen)
    np.savez(tmp_path / "rows.npz", x=chosen.reshape(-1, 8, 8))
    image = (255 * chosen[0].reshape(8, 8, 1)).round().astype("uint8")
    keras.utils.save_img(tmp_path / "image.png", image, scale=False)
    for query in ("rows.npy", "rows.npz", "image.png"):
        result = call_cli("search", indexed, "--query", query, "--top", 2)
        assert result.returncode == 0, result.stderr
        first = [line for line in result.stdout.splitlines() if line.startswith("│ 1")]
        assert first[0].split("│")[2].strip() == "0"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("Give either --query or --example",)),
        (("--example", 179), ("--example must be from 0 to 178",)),
        (("--example", 0, "--top", 180), ("--top 180 of 179",)),
        (("--example", 0, "--data", "others.npy"), ("made from other examples",)),
        (("--example", 0, "--top", 0), ("positive integer",)),
        (("--query", "nothing.npy"), ("nothing.npy does not exist",)),
        (("--query", "narrow.npy"), ("shape (64,)", "(3, 5)")),
        (("--query", "broken.npy"), ("is not an .npy file",)),
        (("--query", "empty.npy"), ("empty.npy holds no examples",)),
        (("--query", "broken.png"), ("cannot be read as an image",)),
        (("--example", 0, "--model", "nowhere"), ("nowhere",)),
        (("--example", 0, "--data", "points"), ("shape (64,)", "shape (3,)")),
    ],
)
def test_what_cannot_be_searched_for_is_one_line(
    indexed, call_cli, tmp_path, arguments, words
):
    np.save(tmp_path / "narrow.npy", np.zeros((3, 5)))
    np.save(tmp_path / "empty.npy", np.zeros((0, 64)))
    others = np.random.default_rng(0).random((1797, 64), "float32")
    np.save(tmp_path / "others.npy", others)
    for name in ("broken.npy", "broken.png"):
        (tmp_path / name).write_bytes(b"nothing")
    assert_one_line(call_cli("search", indexed, *arguments), *words)


def test_an_index_is_searched_by_its_own_model_only(indexed, call_cli, tmp_path):
    model = tfae.load(tmp_path / "run")
    model.set_weights([weight + 0.1 for weight in model.get_weights()])
    model.save(tmp_path / "run" / "model.keras")
    result = call_cli("search", indexed, "--example", 0)
    assert_one_line(result, "must hold codes of this model", "or of other weights")
    result = call_cli("export", "run", "--index", indexed)
    assert_one_line(result, "must hold codes of this model")
    assert_one_line(call_cli("export", "run", "--top", 3), "--top requires --index")
    indices.Index(np.eye(3)).save(indexed)
    result = call_cli("search", indexed, "--example", 0)
    assert_one_line(result, "does not name the file of its model", "--model")


@pytest.mark.slow
@pytest.mark.parametrize("part", [slow("train"), "valid"])
def test_a_run_of_a_file_is_indexed_as_it_was_split(
    call_cli, tmp_path, monkeypatch, no_pictures, part
):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", np.random.default_rng(0).random((60, 8), "float32"))
    recipe = dataclasses.replace(
        small_recipe(), data="rows.npy", validation=20, epochs=1
    )
    tfae.run(recipe, "run", verbose=0)
    assert call_cli("index", "run", "--part", part).returncode == 0
    result = call_cli("search", "run", "--example", 0, "--top", 1)
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_a_folder_with_the_name_of_a_data_set_is_another(indexed, call_cli, tmp_path):
    (tmp_path / "digits").mkdir()
    assert call_cli("index", "run").returncode == 0
    result = call_cli("search", indexed, "--example", 0)
    assert result.returncode == 0, result.stderr


def test_a_run_may_be_moved_with_its_index(indexed, call_cli, tmp_path):
    (tmp_path / "run").rename(tmp_path / "moved")
    path = tmp_path / "moved" / "index.npz"
    result = call_cli("search", path, "--example", 0)
    assert result.returncode == 0, result.stderr
    assert_one_line(call_cli("search", indexed, "--example", 0), "does not exist")


def test_queries_are_scaled_as_the_examples_are(tmp_path):
    values = {
        "bytes": np.arange(640, dtype="uint8").reshape(20, 32),
        "bits": (np.arange(640) % 2).astype("uint8").reshape(20, 32),
        "floats": 255 * np.random.default_rng(0).random((20, 32)),
    }
    for name, array in values.items():
        np.save(tmp_path / f"{name}.npy", array)
    splits = {name: datasets.load(tmp_path / f"{name}.npy") for name in values}
    for name in values:
        file = tmp_path / f"{name}.npy"
        rows = datasets.read_queries(file, splits[name])
        everything = splits[name].everything.inputs
        assert {*map(tuple, rows)} == {*map(tuple, everything)}
    with pytest.raises(ValueError, match="of bytes, which stand for values in"):
        datasets.read_queries(tmp_path / "bytes.npy", splits["floats"])
    with pytest.raises(ValueError, match="are zeros and ones"):
        datasets.read_queries(tmp_path / "bytes.npy", splits["bits"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--part", "most"), ("--part must be one of",)),
        (("--metric", "angle"), ("--metric must be",)),
        (("--output", "."), ("must be a file. Received: a folder",)),
        (("--threshold", 1), ("for --metric hamming", "--metric cosine")),
        (("--metric", "hamming", "--threshold", 1e6), ("equal ones", "--threshold")),
        (("--data", "nothing.npy"), ("nothing.npy",)),
    ],
)
def test_what_cannot_be_indexed_is_one_line(trained, call_cli, arguments, words):
    assert_one_line(call_cli("index", trained[0], *arguments), *words)


@pytest.mark.slow
def test_texts_are_found_and_shown(call_cli, tmp_path):
    texts, labels = texts_of_topics(80)
    for text, label, index in zip(texts, labels, range(80), strict=True):
        file = tmp_path / "news" / str(label) / f"{index}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    split = datasets.load(tmp_path / "news")
    keras.utils.set_random_seed(0)
    model = tfae.TextAutoencoder(*tfae.networks.bag_of_words((), [4], words=50))
    model.adapt(split.train.inputs)
    model.compile(
        keras.optimizers.Adam(0.02),
        tfae.losses.MultinomialCrossentropy(),
        run_eagerly=True,
    )
    model.fit(split.train.inputs, epochs=20, verbose=0)
    model.save(tmp_path / "model.keras")
    result = call_cli("index", "model.keras", "--data", "news")
    assert result.returncode == 0, result.stderr
    for name in ("a query.txt", "query"):
        (tmp_path / name).write_text("planet rocket galaxy and a moon")
    for query in ("rocket planet moon galaxy", "a query.txt", "query"):
        result = call_cli("search", "index.npz", "--query", query, "--top", 3)
        assert result.returncode == 0, result.stderr
        lines = [line for line in result.stdout.splitlines() if line.startswith("│ ")]
        classes = {line.split("│")[4].strip() for line in lines} - {""}
        assert classes == {"2"}, result.stdout
    result = call_cli("search", "index.npz", "--query", "missing.txt")
    assert_one_line(result, "missing.txt does not exist")
    for query, is_empty in (("qwertz", True), ("rocket qwertz", False)):
        result = call_cli("search", "index.npz", "--query", query)
        assert ("neighbours of an empty text" in result.stdout) == is_empty
    result = call_cli("export", "model.keras", "--data", "news", "--index", "index.npz")
    assert result.returncode == 0, result.stderr
    assert "astype(str)" in result.stdout
