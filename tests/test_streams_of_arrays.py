"""Arrays in files that are read as they are asked for."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from conftest import small_recipe

import tfae
from tfae import datasets, sizes, training
from tfae.datasets import stored_arrays, streamed_images, streams


@pytest.fixture
def path(tmp_path):
    """An `.npy` file of 200 examples of 5 values."""
    values = np.random.default_rng(0).normal(size=(200, 5))
    np.save(tmp_path / "big.npy", values)
    return tmp_path / "big.npy"


@pytest.fixture
def counted(monkeypatch):
    """How many examples are read at once, time after time."""
    counts = []
    take = stored_arrays.StoredArray.take

    def counting(array, rows):
        found = take(array, rows)
        counts.append(len(found))
        return found

    monkeypatch.setattr(stored_arrays.StoredArray, "take", counting)
    return counts


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((5,), "float64"), ((4, 6), "float32"), ((4, 6, 1), "uint8"), ((3,), "int16")],
)
def test_a_stream_is_split_as_the_same_file_in_memory(tmp_path, shape, dtype):
    values = np.random.default_rng(0).normal(20, 9, size=(120, *shape)).astype(dtype)
    np.save(tmp_path / "x.npy", values)
    stream = datasets.stream(tmp_path / "x.npy")
    whole = datasets.load(tmp_path / "x.npy", flatten=False)
    np.testing.assert_array_equal(stream.train.inputs[:], whole.train.inputs)
    for name in ("valid", "test"):
        ours, theirs = getattr(stream, name), getattr(whole, name)
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
    assert stream.train.inputs.min() == whole.everything.inputs.min()
    assert stream.train.inputs.max() == whole.everything.inputs.max()
    assert stream.example_shape == whole.example_shape == shape
    options = {"batch_size": 16, "seed": 3}
    both = [datasets.batches(one.train.inputs, **options) for one in (stream, whole)]
    for ours, theirs in zip(*both, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_training_part_is_never_read_as_a_whole(path, counted, monkeypatch):
    monkeypatch.setattr(stored_arrays, "READ_AT_ONCE", 30 * 5 * 8)
    monkeypatch.setattr(streams, "MOST_HELD_OUT", 20)
    split = datasets.stream(path)
    assert sum(counted[:7]) == 200
    assert counted[7:] == [18, 20]
    counted.clear()
    model = tfae.Autoencoder(*tfae.networks.dense(5, [3], output_activation="linear"))
    model.compile("adam", "mse")
    batches = datasets.batches(split.train.inputs, 16)
    model.fit(batches, epochs=2, shuffle=False, verbose=0)
    assert max(counted) == 16
    assert sum(counted) == 2 * 162


@pytest.mark.slow
def test_a_recipe_reads_an_array_by_parts(path, tmp_path, no_pictures, eager):
    np.save(path, np.random.default_rng(0).random((200, 5)))
    options = {"data": str(path), "reading": {}, "batch_size": 16, "epochs": 1}
    recipe = dataclasses.replace(small_recipe(), **options)
    run = training.run(recipe, tmp_path / "run", verbose=0)
    assert np.isfinite(run.metrics["figures"]["test_mse"])
    assert run.metrics["settings"]["files"] is not None


@pytest.mark.slow
def test_a_detector_of_a_stream_is_that_of_the_array(path, tmp_path, no_pictures):
    values = np.load(path) * [1, 10, 100, 1000, 1] + 5
    np.save(path, values)
    recipe = tfae.recipes.get("detector_table")
    small = {"epochs": 1, "passes": None}
    recipe = dataclasses.replace(recipe, data=str(path), validation=50, **small)
    runs = [
        training.run(dataclasses.replace(recipe, reading=reading), folder, verbose=0)
        for reading, folder in ((None, tmp_path / "whole"), ({}, tmp_path / "stream"))
    ]
    scores = [run.model.anomaly_scores(values.astype("float32")) for run in runs]
    np.testing.assert_array_equal(*scores)
    assert runs[0].model.threshold == runs[1].model.threshold
    of_images = runs[1].model.anomaly_scores(datasets.stream(path).train.inputs)
    rows = datasets.stream(path).train.inputs[:]
    np.testing.assert_array_equal(of_images, runs[1].model.anomaly_scores(rows))


def test_a_scaled_stream_is_the_scaled_array(path):
    split, whole = datasets.stream(path), datasets.load(path)
    scaled, wanted = (
        datasets.mapped(one, lambda x: 3 * x - 1) for one in (split, whole)
    )
    np.testing.assert_allclose(scaled.train.inputs[:9], wanted.train.inputs[:9])
    assert scaled.train.inputs.min() == pytest.approx(wanted.train.inputs.min())
    assert scaled.train.inputs.max() == pytest.approx(wanted.train.inputs.max())
    reshaped = scaled.train.inputs.reshape(-1, 5, 1)
    np.testing.assert_array_equal(reshaped[3][:, 0], scaled.train.inputs[3])


def test_a_file_that_memory_does_not_hold_is_streamed(path, monkeypatch):
    assert not datasets.is_streamed(datasets.read(path))
    monkeypatch.setattr(sizes, "memory", lambda: 4 * path.stat().st_size - 1)
    split = datasets.read(path)
    assert datasets.is_streamed(split)
    monkeypatch.undo()  # as on another machine
    again = datasets.read(path, reading=split.source["reading"])
    assert datasets.is_streamed(again)
    np.testing.assert_array_equal(again.test.inputs, split.test.inputs)


# A file is mapped and is no data of the process; what is read of it is.
LIMITED = """
import resource, sys
import numpy as np
import tfae
path, megabytes = sys.argv[1], int(sys.argv[2])
split = tfae.datasets.stream(path, validation=1000)
model = tfae.Autoencoder(*tfae.networks.dense(split.example_shape, [8]))
model.compile("adam", "mse")
fit = lambda inputs: model.fit(
    tfae.datasets.batches(inputs, 1000), shuffle=False, verbose=0
)
fit(split.train.inputs[:5000])
data = next(one for one in open("/proc/self/status") if one.startswith("VmData"))
limit = int(data.split()[1]) * 1024 + megabytes * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
fit(split.train.inputs)
try:
    np.ones(megabytes * 2**18)
except MemoryError:
    print("limited")
"""


@pytest.mark.slow
def test_a_file_trains_that_is_larger_than_the_memory_allowed(tmp_path):
    allowed, count = 250, 250_000  # megabytes, and examples of 2,560 bytes
    path = tmp_path / "big.npy"
    array = np.lib.format.open_memmap(path, "w+", "float32", (count, 640))
    for first in range(0, count, 10_000):
        array[first : first + 10_000] = np.float32(first / count)
    array.flush()
    assert path.stat().st_size > 2 * allowed * 2**20
    command = [sys.executable, "-c", LIMITED, str(path), str(allowed)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout == "limited\n", result.stderr


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (np.zeros(20), {}, "one example a row"),
        (np.array(["a"] * 20)[:, None], {}, "must hold numbers"),
        (np.zeros((9, 3)), {}, "at least 10 examples"),
        (np.zeros((20, 0)), {}, "at least 10 examples"),
        (np.full((20, 3), np.nan), {}, "NaN or infinite values, the first in row 0"),
        (np.full((20, 3), 1e300), {}, "NaN or infinite values"),
        (np.zeros((20, 3)), {"image_size": (8, 8)}, "are for images"),
        (np.zeros((20, 3)), {"validation": 18}, "`validation` must be between 1 and"),
    ],
)
def test_what_holds_no_examples_is_refused(tmp_path, values, options, message):
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(ValueError, match=message):
        datasets.stream(tmp_path / "x.npy", **options)


def test_a_file_that_is_no_array_is_refused(tmp_path, path):
    with pytest.raises(ValueError, match="does not exist"):
        datasets.stream(tmp_path / "none.npy")
    whole = path.read_bytes()
    for content in (b"", b"none", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is empty or damaged"):
            datasets.stream(path)
    np.save(path, np.array([{}] * 20), allow_pickle=True)
    with pytest.raises(ValueError, match="holds objects"):
        datasets.stream(path)


def test_what_needs_all_examples_at_once_is_refused(path):
    split = datasets.stream(path)
    with pytest.raises(ValueError, match="not held in memory"):
        np.mean(split.train.inputs)


def test_bounds_are_found_when_they_are_asked_for(path, counted, monkeypatch):
    monkeypatch.setattr(streamed_images, "READ_AT_ONCE", 50 * 5)
    split = datasets.stream(path)
    counted.clear()
    scaled = split.train.inputs.mapped(lambda x: 3 * x - 1)
    assert not counted
    assert scaled.reshape(-1, 5, 1).max() == scaled.max() > scaled.min()
    assert counted == [50, 50, 50, 12]


def test_a_function_gets_examples_in_the_shape_that_they_had(path):
    inputs = datasets.stream(path).train.inputs
    scale = np.float32([1, 2, 3, 4, 5])
    mapped = inputs.mapped(lambda x: x * scale).reshape(-1, 5, 1)
    np.testing.assert_array_equal(mapped[:3][..., 0], inputs[:3] * scale)
    again = mapped.mapped(lambda x: x + x[:, ::-1])
    np.testing.assert_array_equal(again[:3], mapped[:3] + mapped[:3][:, ::-1])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x[:, :2], "must keep the shape of the examples"),
        (lambda x: (x, x), "must keep the shape of the examples"),
        (np.log1p, "by TensorFlow operations"),
        (lambda x: np.asarray(x) + 1, "by TensorFlow operations"),
        (lambda x: x.mean(axis=0), "by TensorFlow operations"),
    ],
)
def test_other_functions_are_refused(path, function, words):
    with pytest.raises(ValueError, match=words) as raised:
        datasets.stream(path).train.inputs.mapped(function)
    assert "\n" not in str(raised.value)


def test_a_model_of_raw_values_checks_a_stream_by_parts(path, monkeypatch):
    split = datasets.stream(path)
    networks = tfae.networks.dense(5, [3], output_activation="sigmoid")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), "minmax")
    model.adapt(split.train.inputs)
    model.check_inputs(split.train.inputs)
    model.preprocessing.extent.assign(np.ones(5))
    with pytest.raises(ValueError, match=r"outputs lie in \[0, 1\]"):
        model.check_inputs(split.train.inputs)


def test_a_run_records_that_it_streamed(path, tmp_path, monkeypatch):
    recipe = dataclasses.replace(small_recipe(), data=str(path))
    whole = training.running.prepare(recipe, tmp_path / "whole")
    assert whole.settings["reading"] is None
    monkeypatch.setattr(sizes, "memory", lambda: 4 * path.stat().st_size - 1)
    job = training.running.prepare(recipe, tmp_path / "run")
    assert job.settings["reading"] == {"image_size": None, "skip_unreadable": False}
    assert job.settings["data"] == str(path)


def test_memory_is_that_of_the_container(tmp_path, monkeypatch):
    limits = [tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"]
    monkeypatch.setattr(sizes, "LIMITS_OF_CONTAINERS", limits)
    there = sizes.memory()
    limits[0].write_text("max\n")
    limits[1].write_text(f"{2**62}\n")
    assert sizes.memory() == there
    limits[0].write_text("1048576\n")
    assert sizes.memory() == 2**20


def test_names_that_are_none_are_refused():
    for source in (None, "", 5):
        with pytest.raises(ValueError, match=r"no name|no data set named"):
            datasets.read(source)
