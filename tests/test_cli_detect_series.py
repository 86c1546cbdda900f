"""`tfae detect` of a series: windows in the order of time."""

import csv
import types

import loopback
import numpy as np
import pytest
from conftest import assert_one_line

import tfae
from tfae.cli import loading
from tfae.datasets import faults
from tfae.export import export
from tfae.serving import Client
from tfae.serving.c_session import Session

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the series of six sensors, a training part and a test part."""
    folder = tmp_path_factory.mktemp("series")
    values, labels = faults.read()
    for name, rows in (("train", slice(0, 3000)), ("new", slice(faults.TRAIN, None))):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            order = (3, 1, 2, 0, 4, 5) if name == "new" else range(6)
            writer.writerow(["t", *(faults.NAMES[at] for at in order)])
            for step, row in enumerate(values[rows]):
                writer.writerow([step, *(row[at] for at in order)])
    np.save(folder / "labels.npy", labels[faults.TRAIN :])
    return folder


@pytest.fixture(scope="module")
def run(folder):
    recipe = tfae.recipes.get("detector_faults")
    split = tfae.datasets.read_series(
        folder / "train.csv", window=32, stride=8, time="t", validation=40
    )
    import dataclasses

    small = dataclasses.replace(recipe, epochs=20, learning_rate=3e-3)
    return tfae.run(small, folder / "run", split, verbose=0)


def test_faults_are_found_in_a_file_with_its_columns_in_another_order(
    run, folder, call_cli, tmp_path
):
    new, out = folder / "new.csv", tmp_path / "scores.csv"
    result = call_cli("detect", "score", folder / "run", "--data", new, "--output", out)
    assert result.returncode == 0, result.stderr
    with out.open() as file:
        rows = [*csv.DictReader(file)]
    labels = np.load(folder / "labels.npy")
    begins = np.array([int(row["row"]) for row in rows])
    assert {*np.diff(begins)} == {8}
    assert [float(row["time"]) for row in rows] == [*begins]
    faulty = np.array([labels[begin : begin + 32].any() for begin in begins])
    flagged = np.array([row["is_anomaly"] == "1" for row in rows])
    assert flagged[faulty].mean() > 0.6
    assert flagged[~faulty].mean() < 0.3
    assert {row["column_1"] for row in rows} <= {*faults.NAMES}


def test_windows_are_served_as_they_are_scored(run, folder, tmp_path):
    found = tfae.datasets.read_windows(folder / "new.csv", 32, 32, "t", faults.NAMES)
    path = export(run.model, tmp_path / "series", examples=found.inputs)
    answer = Session(path).run("detect", {"inputs": found.inputs})
    expected = run.model.anomaly_scores(found.inputs)
    np.testing.assert_allclose(answer["score"], expected, rtol=1e-6)
    assert answer["contributions"].shape == found.inputs.shape


@pytest.mark.parametrize("kind", ["rest", "grpc"])
def test_windows_come_from_servers_as_they_are_scored(run, folder, tmp_path, kind):
    found = tfae.datasets.read_windows(folder / "new.csv", 32, 32, "t", faults.NAMES)
    export(run.model, tmp_path / "served", examples=found.inputs)
    server = getattr(loopback, f"{kind}_server")
    with server(tmp_path) as url, Client(url, "served") as client:
        answer = client.predict({"inputs": found.inputs}, "detect")
    expected = run.model.anomaly_scores(found.inputs)
    np.testing.assert_allclose(answer["score"], expected, rtol=1e-6)


def test_other_files_are_refused(run, folder, call_cli, tmp_path):
    lines = (folder / "new.csv").read_text().splitlines(keepends=True)
    (tmp_path / "short.csv").write_text("".join(lines[:10]))
    command = ("detect", "score", folder / "run", "--data")
    assert_one_line(call_cli(*command, "short.csv"), "`window` must be at most")
    (tmp_path / "back.csv").write_text(lines[0] + "".join(lines[:0:-1]))
    assert_one_line(call_cli(*command, "back.csv"), "rise")
    text = "".join(lines).replace(faults.NAMES[2], "another")
    (tmp_path / "other.csv").write_text(text)
    assert_one_line(call_cli(*command, "other.csv"), faults.NAMES[2])
    assert_one_line(call_cli(*command, "-"), "examples of one line each")


@pytest.fixture
def orders(folder, tmp_path):
    """Names of files of the same rows, with columns in other orders."""
    lines = [line.split(",") for line in (folder / "new.csv").read_text().split()]
    for name, order in (("one", range(7)), ("other", (6, 3, 2, 5, 4, 1, 0))):
        text = "\n".join(",".join(line[at] for at in order) for line in lines[:400])
        (tmp_path / f"{name}.csv").write_text(text + "\n")
    return "one.csv", "other.csv"


def test_columns_of_other_files_are_found_by_their_names(run, orders, tmp_path):
    path = run.files[0].parent
    parts = []
    for name in orders:
        _, split, _ = loading.load_model_and_data(path, str(tmp_path / name))
        assert split.train.names == faults.NAMES
        parts.append(split.everything.inputs)
    np.testing.assert_array_equal(*parts)
    # Of a model that scales nothing, by what the run recorded.
    reading = loading.reading_in(path)
    assert reading["columns"] is None
    found = loading.reading_by_name(path, types.SimpleNamespace(), reading)
    assert found["columns"] == [*faults.NAMES]


def test_their_reports_are_the_same(run, orders, call_cli, tmp_path):
    reports = []
    for name in orders:
        command = ("detect", "report", run.files[0].parent, "--data", name)
        result = call_cli(*command, "--output", "reported")
        assert result.returncode == 0, result.stderr
        reports.append((tmp_path / "reported" / "detection.json").read_text())
    assert reports[0] == reports[1]
