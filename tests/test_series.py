"""Windows of series: against a loop, split by time, and what is refused."""

import dataclasses
import json
import math

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

import tfae
from tfae import datasets
from tfae.datasets import faults, series_windows


def looped(values, window, stride, breaks=()):
    """Windows and their first rows, one by one, of stretches that end at `breaks`."""
    found, rows = [], []
    ends = [*breaks, len(values)]
    for first, end in zip([0, *ends[:-1]], ends, strict=True):
        row = first
        while row + window <= end:
            found.append(values[row : row + window])
            rows.append(row)
            row += stride
    return np.array(found), rows


def table(path, **columns):
    """Writes columns as a `.csv` file."""
    rows = [",".join(columns)]
    rows += [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(rows) + "\n")
    return path


def columns(count=200, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "t": [*range(count)],
        "a": generator.normal(size=count).tolist(),
        "b": generator.normal(size=count).tolist(),
    }


@pytest.mark.parametrize(("window", "stride"), [(1, 1), (4, 1), (5, 3), (7, 9)])
def test_windows_are_those_of_a_loop(window, stride):
    values = np.random.default_rng(0).normal(size=(60, 3))
    time = np.arange(60.0)
    time[20:] += 5
    time[45:] += 0.4  # late, but nothing is missing
    labels = np.random.default_rng(1).random(60) < 0.1
    found = datasets.windows(values, window, stride, time, labels)
    expected, rows = looped(values, window, stride, [20])
    np.testing.assert_array_equal(found.inputs, expected.astype("float32"))
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.times, time[rows])
    wanted = [labels[row : row + window].any() for row in rows]
    np.testing.assert_array_equal(found.labels, wanted)
    assert found.inputs.dtype == np.float32


def test_windows_may_reach_over_gaps_on_request():
    values, time = np.arange(20.0), np.arange(20.0) ** 2
    for gap in (None, math.inf, 100):
        assert len(datasets.windows(values, 10, time=time, gap=gap).inputs) == 11


def test_dates_are_times(tmp_path):
    days = np.datetime64("2026-01-01") + np.arange(200)
    data = {**columns(), "t": days.astype(str).tolist()}
    path = table(tmp_path / "s.csv", **data)
    split = datasets.read_series(path, 8, time="t")
    assert split.train.times[0] == days[0]
    assert split.test.times[-1] == days[192]


@pytest.mark.parametrize(("window", "stride"), [(5, 1), (8, 3), (6, 10)])
def test_no_step_is_in_two_parts_and_parts_follow_one_another(tmp_path, window, stride):
    data = columns(300)
    path = table(tmp_path / "s.csv", **data)
    split = datasets.read_series(path, window, stride, time="t", validation=4)
    parts = [split.train, split.valid, split.test]
    steps = [{*(part.rows[:, None] + np.arange(window)).ravel()} for part in parts]
    assert max(steps[0]) < min(steps[1])
    assert max(steps[1]) < min(steps[2])
    assert len(split.valid.inputs) == 4
    values = np.array([data["a"], data["b"]], "float32").T
    for part in parts:
        for inputs, row in zip(part.inputs, part.rows, strict=True):
            np.testing.assert_array_equal(inputs, values[row : row + window])
        assert part.names == ("a", "b")
    every, _ = looped(values, window, stride)
    assert len(split.test.inputs) == max(1, len(every) // 10)


def test_a_split_is_read_again_by_what_it_records(tmp_path):
    data = columns() | {"c": [0] * 200, "y": [0] * 165 + [1] * 35}
    path = table(tmp_path / "s.csv", **data)
    reading = {"window": 8, "stride": 4, "time": "t", "drop": ["c"], "label": "y"}
    split = datasets.read(path, None, False, reading)
    assert split.train.inputs.shape[1:] == split.example_shape == (8, 2)
    assert split.train.labels.max() == 0
    assert split.test.labels.min() == 1
    again = datasets.read(path, reading=split.source["reading"])
    np.testing.assert_array_equal(
        again.train.inputs, split.train.inputs.reshape(-1, 16)
    )
    chosen = datasets.read_series(path, 8, 4, "t", columns=["b"], label="y")
    np.testing.assert_array_equal(chosen.test.inputs, split.test.inputs[..., 1:])


def test_tables_of_other_forms_are_the_same_series(tmp_path):
    path = table(tmp_path / "s.csv", **columns())
    split = datasets.read_series(path, 8, time="t", validation=10)
    frame = pyarrow.csv.read_csv(path)
    pyarrow.parquet.write_table(frame, tmp_path / "s.parquet")
    (tmp_path / "semicolons.csv").write_text(path.read_text().replace(",", ";"))
    for other in (tmp_path / "s.parquet", tmp_path / "semicolons.csv", frame):
        found = datasets.read_series(other, 8, time="t", validation=10)
        np.testing.assert_array_equal(found.train.inputs, split.train.inputs)
        np.testing.assert_array_equal(found.test.times, split.test.times)
        assert found.train.names == ("a", "b")
    assert found.source["data"] is None
    assert found.source["reading"] == split.source["reading"]
    windows = datasets.read_windows(frame, 8, time="t", columns=["b"])
    assert windows.inputs.shape == (193, 8, 1)


def test_steps_with_missing_values_are_masked_on_request(tmp_path):
    data = columns()
    data["a"][17] = ""
    path = table(tmp_path / "s.csv", **data)
    with pytest.raises(ValueError, match=r"1 missing values, the first in row 17 .*a"):
        datasets.read_series(path, 5, time="t")
    split = datasets.read_series(path, 5, time="t", mask_value=-9)
    np.testing.assert_array_equal(split.train.inputs[17, 0], [-9, -9])
    assert (split.train.inputs == -9).sum() == 10
    assert "1 steps with missing values are masked." in split.notes
    with pytest.raises(ValueError, match=r"must not occur in any step.* row 3 "):
        datasets.windows([[0, 1], [1, 0], [2, 2], [5, 5]], 2, mask_value=5.0)


def test_arrays_are_series_without_names(tmp_path):
    values = np.random.default_rng(0).normal(size=(100, 2))
    np.save(tmp_path / "s.npy", values)
    split = datasets.read_series(tmp_path / "s.npy", 10)
    np.testing.assert_array_equal(split.train.inputs[3], values[3:13].astype("float32"))
    assert split.train.names is split.train.times is split.train.labels is None


def test_the_embedded_series_has_known_faults_and_is_the_same_every_time():
    values, labels = faults.read()
    again, _ = faults.read()
    np.testing.assert_array_equal(values, again)
    assert labels[: faults.TRAIN].sum() == 0
    marked = np.zeros(faults.TEST)
    for _, first, end, _ in faults.FAULTS:
        marked[first:end] = 1
    np.testing.assert_array_equal(labels[faults.TRAIN :], marked)
    assert {kind for kind, *_ in faults.FAULTS} == {
        *("spike", "drift", "level shift", "lost sensor", "changed correlation")
    }
    split = datasets.read_series("faults", 32, 8)
    assert split.test.rows[0] == faults.TRAIN
    assert 0 < split.test.labels.mean() < 1
    assert split.valid.labels.max() == 0
    whole = datasets.load("faults", flatten=False)
    assert whole.train.inputs.shape[1:] == (50, 6)
    np.testing.assert_array_equal(
        whole.test.inputs.reshape(-1, 6), values[faults.TRAIN :]
    )


def test_gaps_are_told_and_not_reached_over(tmp_path):
    data = columns()
    data["t"] = [t + 10 * (t >= 100) for t in data["t"]]
    path = table(tmp_path / "s.csv", **data)
    split = datasets.read_series(path, 8, time="t")
    assert "1 gaps of more than 1.5 times the usual step" in split.notes[1]
    for part in (split.train, split.valid, split.test):
        for row in part.rows:
            assert not row < 100 < row + 8


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"window": 300}, "at most as long as the series.*200 steps"),
        ({}, {"window": 150}, "Each part must hold a window"),
        ({}, {"validation": 190}, "Each part must hold a window"),
        ({}, {"window": 0}, "`window` must be a positive integer"),
        ({}, {"stride": 1.5}, "`stride` must be a positive integer"),
        ({}, {"time": "when"}, "no column 'when'. Received: columns t, a, b"),
        ({}, {"time": None}, "Column t .* rises at every row"),
        ({}, {"columns": ["a", "c"]}, "no column 'c'"),
        ({}, {"columns": ["a", "t"]}, "beside those of time and label"),
        ({}, {"drop": ["a", "b"]}, "beside those of time and label"),
        ({}, {"label": "a"}, "Labels must be 0 and 1"),
        ({}, {"gap": 1}, "`gap` must be a number greater than 1"),
        ({"c": ["x"] * 200}, {}, "Received: text, such as 'x', in column c"),
        ({"c": [""] * 200}, {}, "Column c holds no values"),
        ({"c": ["2026-01-01"] * 200}, {}, "Received: dates in column c"),
        ({"t": ["x"] * 200}, {}, "Times must be numbers or dates"),
        ({"t": [*range(50), *range(150)]}, {}, "Time must rise .* 0 in row 50"),
        ({"t": [0, 0, *range(2, 200)]}, {}, "Time must rise .* 0 in row 1"),
        ({"t": [*range(199), ""]}, {}, "none in row 199"),
        ({"a": [1e300] * 200}, {}, "finite numbers of float32.* row 0 .* column a"),
        ({"a": ["inf"] * 200}, {}, "finite numbers of float32"),
        (
            {"a": [1e9 + 0.001 * i % 1 for i in range(200)]},
            {},
            "Column a .* float32 does not tell apart. Subtract an offset",
        ),
        ({"y": [0, 2] * 100}, {"label": "y"}, r"Labels must be 0 and 1.* \[2\]"),
        ({"y": ["ok"] * 200}, {"label": "y"}, "Labels must be 0 and 1.*'ok'"),
    ],
)
def test_what_is_no_series_is_refused(tmp_path, change, options, message):
    path = table(tmp_path / "s.csv", **{**columns(), **change})
    with pytest.raises(ValueError, match=message):
        datasets.read_series(path, **{"window": 8, "time": "t", **options})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as a table: .*Empty CSV file"),
        ("t,a\n", "holds no rows"),
        ("t,a\n1,2\n1,2,3\n", "cannot be read as a table: .* Expected 2 columns"),
        ("a,a\n1,2\n", "different names. Received: .a. more"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, message):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        datasets.read_series(tmp_path / "s.csv", 8)


def test_what_has_no_such_windows_is_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="does not exist"):
        datasets.read_series(tmp_path / "none.csv", 8)
    (tmp_path / "s.npy").write_bytes(b"none")
    with pytest.raises(ValueError, match="is empty or damaged"):
        datasets.read_series(tmp_path / "s.npy", 8)
    with pytest.raises(ValueError, match="The columns of an array have no names"):
        datasets.read_series(tmp_path / "s.npy", 8, time="t")
    with pytest.raises(ValueError, match=r"`reading` with a window .* Received: image"):
        datasets.read("faults", reading={"window": 8, "image_size": (8, 8)})
    for values in (np.zeros((3, 4, 5)), [["a"]], np.zeros((0, 2))):
        with pytest.raises(ValueError, match="A series must hold numbers"):
            datasets.windows(values, 2)
    with pytest.raises(ValueError, match=r"as a stretch without gaps.* 5 steps in a"):
        datasets.windows(np.arange(9.0), 6, time=[0, 1, 2, 3, 4, 9, 10, 11, 12])
    monkeypatch.setattr(series_windows, "LARGEST_BYTES", 100)
    with pytest.raises(ValueError, match="Choose a larger `stride`"):
        datasets.windows(np.arange(50.0), 10)


@pytest.mark.usefixtures("eager", "no_pictures")
@pytest.mark.slow
def test_a_run_on_a_series_is_evaluated_on_another(tmp_path, call_cli):
    path = table(tmp_path / "s.csv", **columns())
    recipe = dataclasses.replace(
        tfae.recipes.get("sequence_faults"),
        data=str(path),
        reading={"window": 8, "stride": 2, "time": "t"},
        epochs=1,
    )
    run = tfae.run(recipe, tmp_path / "run", verbose=0)
    assert run.metrics["settings"]["examples"] == [74, 8, 9]
    table(tmp_path / "other.csv", **columns(100, seed=1))
    for options in (("--part", "train"), ("--data", "other.csv")):
        result = call_cli("evaluate", "run", *options)
        assert result.returncode == 0, result.stderr
    assert "steps of 2 features" in result.stdout
    assert "all: " in result.stdout


def test_a_series_may_be_what_a_table_may(tmp_path):
    data = columns()
    split = datasets.read_series(pyarrow.table(data), 8, time="t")
    values = zip(*data.values(), strict=True)
    rows = [dict(zip(data, row, strict=True)) for row in values]
    decimals = pyarrow.array(data["a"]).cast(pyarrow.decimal128(38, 18))
    frame = pyarrow.table({**data, "a": decimals})
    for other in (data, rows, datasets.Table.of(data), frame):
        found = datasets.read_series(other, 8, time="t")
        np.testing.assert_allclose(found.train.inputs, split.train.inputs, rtol=1e-6)
        assert found.source["data"] is None
    for other in (None, 5, np.zeros((50, 2))):
        with pytest.raises(ValueError, match="A series must be a path, a frame"):
            datasets.read_series(other, 8)
    with pytest.raises(ValueError, match="Rows must be a list of dicts"):
        datasets.read_series([[1, 2]] * 50, 8)


def test_a_named_index_of_pandas_is_a_column_of_times(tmp_path):
    data, about = columns(), {"index_columns": ["t"], "column_indexes": []}
    pandas = {"pandas": json.dumps(about)}
    frame = pyarrow.table(data).replace_schema_metadata(pandas)
    found = datasets.read_series(frame, 8, time="t")
    np.testing.assert_array_equal(found.train.times[:2], [0, 1])
    assert found.train.names == ("a", "b")
    assert datasets.read_series(frame, 8).train.names == ("a", "b")
    pyarrow.parquet.write_table(frame, tmp_path / "s.parquet")
    assert datasets.read_series(tmp_path / "s.parquet", 8, time="t").train.times[1] == 1
    days = np.datetime64("2026-01-01", "s") + np.arange(200)
    frame = pyarrow.table({**data, "t": days}).replace_schema_metadata(pandas)
    assert datasets.read_series(frame, 8, time="t").train.times[0] == days[0]
    with pytest.raises(ValueError, match=r"dates in column t .* as `time`"):
        datasets.read_series(frame, 8)
