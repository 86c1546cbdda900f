"""`tfae detect`: from a table to scores, decisions and a served detector."""

import csv
import io
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import image_folders
import loopback
import numpy as np
import PIL.Image
import pytest
import tables_of_frauds
from conftest import TFAE, assert_one_line, slow

import tfae
from tfae import reporting
from tfae.reporting import scores
from tfae.serving import Client

OPTIONS = ("--label", "fraud", "--drop", "id", "--validation", 100)
SMALL = ("--epochs", 4, "--set", "hidden_units=16,3", "--set", "passes=8")


def read(path):
    with path.open() as file:
        return [*csv.DictReader(file)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the table, and a run of a detector of it."""
    folder = tmp_path_factory.mktemp("detector")
    tables_of_frauds.write(folder / "table.csv")
    command = [TFAE, "detect", "train", "table.csv", *OPTIONS, *SMALL]
    words = [str(word) for word in (*command, "--output", "run")]
    result = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "3 of numbers, 1 of categories" in result.stdout
    return folder


@pytest.fixture
def folder(trained, tmp_path):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path


def assert_like(lines, others):
    """Asserts that lines hold the same, but for how batches of other sizes round."""
    for one, other in zip(lines, others, strict=True):
        for value, wanted in zip(one.split(","), other.split(","), strict=True):
            if "." in wanted:
                assert float(value) == pytest.approx(float(wanted), 1e-3, abs=1e-6)
            else:
                assert value == wanted


def test_anomalies_are_found_and_reported(folder, call_cli):
    result = call_cli("detect", "report", "run")
    assert result.returncode == 0, result.stderr
    found = json.loads((folder / "run" / "detection.json").read_text())
    assert found["auroc"] > 0.95
    assert (folder / "run" / "figures" / "detection.png").stat().st_size > 10_000
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    assert metrics["figures"]["auroc"] == pytest.approx(found["auroc"])


def test_a_file_is_scored_row_by_row(folder, call_cli):
    command = ("detect", "score", "run", "--data", "table.csv", "--output", "out.csv")
    result = call_cli(*command)
    assert result.returncode == 0, result.stderr
    rows, table = read(folder / "out.csv"), read(folder / "table.csv")
    assert [int(row["row"]) for row in rows] == [*range(600)]
    flagged = np.array([row["is_anomaly"] == "1" for row in rows])
    frauds = np.array([row["fraud"] == "1" for row in table])
    assert flagged[frauds].mean() > 0.9
    assert flagged[~frauds].mean() < 0.15
    first = [row["column_1"] for row, fraud in zip(rows, frauds, strict=True) if fraud]
    assert np.isin(first, ["age", "income"]).mean() > 0.8
    detector = tfae.load("run")
    wanted = {name: [row[name] for row in table] for name in table[0]}
    for name in ("age", "income", "size"):
        wanted[name] = [float(x) if x else None for x in wanted[name]]
    expected = detector.anomaly_scores(wanted)
    np.testing.assert_allclose(
        [float(row["score"]) for row in rows], expected, rtol=1e-6
    )


@pytest.fixture
def typed(call_cli, monkeypatch):
    """Scores what stands in for standard input."""

    def score(run, text):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return call_cli("detect", "score", run, "--data", "-")

    return score


def test_lines_are_scored_as_they_come(folder, call_cli, typed):
    head = "\n".join((folder / "table.csv").read_text().splitlines()[:4]) + "\n"
    result = typed("run", head)
    assert result.returncode == 0, result.stderr
    result_of_file = call_cli("detect", "score", "run", "--data", "table.csv")
    assert_like(result.stdout.splitlines(), result_of_file.stdout.splitlines()[:4])
    missing = head.splitlines()[0] + "\n1,NA,3,red,5,0\n1,,3,red,5,0\n"
    lines = typed("run", missing).stdout.splitlines()
    assert lines[1].split(",")[1:] == lines[2].split(",")[1:]
    wrong = head.splitlines()[0] + "\n1,old,3,red,5,0\n"
    result = typed("run", wrong)
    assert_one_line(result, "Line 1 must hold a number as age. Received: old")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rest", slow("grpc")])
def test_raw_rows_are_served_as_they_are_scored(folder, call_cli, kind):
    result = call_cli("export", "run", "--name", "served")
    assert result.returncode == 0, result.stderr
    words = shlex.split(re.search("curl.*", result.stdout)[0])
    body = json.loads(words[2])
    assert body["instances"][0].keys() == {"age", "income", "colour_of_it", "size"}
    detector = tfae.load("run")
    rows = {
        "age": [50.0, 50.0, 50.0, None],
        "income": [50_000.0, 90_000.0, 50_000.0, 50_000.0],
        "colour of it": ["red", "red", "violet", ""],
        "size": [5.0, None, 5.0, 1e30],
    }
    inputs = {
        name: np.asarray(value, object if value.dtype == "string" else None)
        for name, value in detector.serving_examples(rows).items()
    }
    server = getattr(loopback, f"{kind}_server")
    with server(folder) as url, Client(url, "served") as client:
        answer = client.predict(inputs, "detect")
        if kind == "rest":  # as `export` says how to call it
            words[-1] = words[-1].replace("http://127.0.0.1:8501", url)
            told = subprocess.run(words, capture_output=True, text=True)
            (prediction,) = json.loads(told.stdout)["predictions"]
            assert prediction.keys() == {"score", "is_anomaly", "contributions"}
    expected = detector.anomaly_scores(rows)
    # Tests trace without the optimizer of graphs, which fuses kernels that round alike.
    np.testing.assert_allclose(answer["score"], expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(answer["is_anomaly"] == 1, detector.predict(rows) < 0)
    np.testing.assert_allclose(
        answer["contributions"], detector.explain(rows), rtol=1e-5, atol=1e-7
    )


def test_a_killed_scoring_leaves_the_old_file_and_goes_on(folder, monkeypatch):
    detector = tfae.load(folder / "run")
    split = tfae.datasets.load(folder / "table.csv", drop=["id"], label="fraud")
    table = split.everything.inputs

    def pieces(done):
        for start in range(done, len(table), 100):
            yield table[start : start + 100]

    path, source = folder / "out.csv", folder / "table.csv"
    scores.write(detector, pieces, path, source)
    whole = path.read_bytes()
    path.write_text("old")

    def killed(done):
        for number, piece in enumerate(pieces(done)):
            if number == 3:
                raise KeyboardInterrupt
            yield piece

    with pytest.raises(KeyboardInterrupt):
        scores.write(detector, killed, path, source)
    assert path.read_text() == "old"
    unfinished = folder / ".out.csv.unfinished"
    unfinished.write_bytes(unfinished.read_bytes() + b"300,0.1")  # cut off
    scores.write(detector, pieces, path, source, resume=True)
    assert path.read_bytes() == whole
    assert not [*folder.glob(".out.csv*")]
    with pytest.raises(ValueError, match="There is no unfinished file to resume"):
        scores.write(detector, pieces, path, source, resume=True)
    with pytest.raises(KeyboardInterrupt):
        scores.write(detector, killed, path, source)
    detector.set_false_alarm_rate(0.2)
    with pytest.raises(ValueError, match="was started by another detector"):
        scores.write(detector, pieces, path, source, resume=True)


@pytest.mark.slow
def test_kill_9_while_scoring(folder):
    lines = (folder / "table.csv").read_text().splitlines(keepends=True)
    (folder / "big.csv").write_text(lines[0] + "".join(lines[1:]) * 1000)
    command = [TFAE, "detect", "score", "run", "--data", "big.csv", "--output"]
    words = [str(word) for word in command]
    subprocess.run([*words, "whole.csv"], cwd=folder, check=True)
    (folder / "out.csv").write_text("old")
    process = subprocess.Popen([*words, "out.csv"], cwd=folder)
    unfinished = folder / ".out.csv.unfinished"
    while not (unfinished.exists() and unfinished.stat().st_size > 1e6):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (folder / "out.csv").read_text() == "old"
    subprocess.run([*words, "out.csv", "--resume"], cwd=folder, check=True)
    assert (folder / "out.csv").read_bytes() == (folder / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("score run --data nothing.csv", ["nothing.csv"]),
        ("score run --data other.csv", ["none named", "income"]),
        ("score run --data run", ["run does not exist, or is no file"]),
        ("score run --data table.csv --resume", ["--resume goes with --output"]),
        ("score run --data - --output x.csv", ["Leave --output out"]),
        ("score plain --data table.csv", ["which is no detector"]),
        ("report plain --data digits", ["which is no detector"]),
        ("train table.csv --drop id --false-alarm-rate 2", ["must be in (0, 1)"]),
        ("train table.csv --drop id --label colour", ["colour"]),
        ("train table.csv --drop id --false-alarm-rate 0.001", ["at least 999"]),
        ("train table.csv --drop id --label size", ["size", "whole numbers or texts"]),
        ("train words.csv --drop id --label kind", ["1 for anomalies", "'fraud'"]),
        ("train table.csv --recipe tied_mnist", ["does not train a detector"]),
        ("train table.csv --recipe nothing", ["There is no recipe"]),
    ],
)
def test_what_cannot_be_is_one_line(folder, call_cli, command, words):
    model = tfae.StackedAutoencoder(64, [4])
    model.save(folder / "plain.keras")
    table = (folder / "table.csv").read_text().replace("fraud", "kind")
    table = re.sub(",0$", ",fine", table, flags=re.MULTILINE)
    table = re.sub(",1$", ",fraud", table, flags=re.MULTILINE)
    (folder / "words.csv").write_text(table)
    (folder / "other.csv").write_text("age,size\n1,2\n3,4\n")
    command = command.replace(" plain", " plain.keras")
    assert_one_line(call_cli("detect", *command.split()), *words)


@pytest.mark.slow
def test_the_pictures_of_a_table_are_drawn(folder):
    split = tfae.datasets.load(folder / "table.csv", drop=["id"], label="fraud")
    model = tfae.load(folder / "run")
    names = reporting.draw(model, split, folder / "drawn", "a table")
    assert "figures/detection.png" in names


@pytest.mark.slow
def test_codes_of_streams_are_those_of_files(folder, call_cli, typed):
    rows = ["zip,size", *(f"0{501 + i % 3},{i % 7}" for i in range(120))]
    (folder / "zips.csv").write_text("\n".join(rows) + "\n")
    options = ("--categories", "zip", "--epochs", 2, "--validation", 30)
    command = ("detect", "train", "zips.csv", *options, "--output", "zips")
    result = call_cli(*command)
    assert result.returncode == 0, result.stderr
    of_file = call_cli("detect", "score", "zips", "--data", "zips.csv").stdout
    text = "\n".join(rows[:5]) + "\n"
    of_lines = typed("zips", text).stdout
    assert_like(of_lines.splitlines(), of_file.splitlines()[:5])


@pytest.mark.slow
def test_bytes_are_scored_as_they_were_trained_on(folder, call_cli):
    images = np.random.default_rng(0).integers(0, 256, (300, 6, 6), dtype="uint8")
    np.save(folder / "images.npy", images)
    options = ("--epochs", 2, "--validation", 100, "--output", "images")
    result = call_cli("detect", "train", "images.npy", *options)
    assert result.returncode == 0, result.stderr
    command = ("detect", "score", "images", "--data", "images.npy", "--output", "o.csv")
    result = call_cli(*command)
    assert result.returncode == 0, result.stderr
    flagged = [row["is_anomaly"] == "1" for row in read(folder / "o.csv")]
    assert np.mean(flagged) < 0.15


@pytest.mark.slow
def test_images_of_a_folder_are_scored_by_their_names(folder, call_cli):
    ramp = np.linspace(0, 255, 12).astype("uint8")
    shades = np.random.default_rng(0).uniform(0.5, 1, 60)
    for name, count in (("good", 60), ("new", 20)):
        (folder / name).mkdir()
        for at, shade in enumerate(shades[:count]):
            image = (np.tile(ramp, (12, 1)) * shade).astype("uint8")
            image = image if name == "good" or at % 2 else image[:, ::-1]
            file = folder / name / f"{at:02}, {'turned' * (at % 2 == 0)}.png"
            PIL.Image.fromarray(image).save(file)
    options = ("--image-size", "8x10", "--validation", 20, "--output", "images")
    result = call_cli("detect", "train", "good", *options)
    assert result.returncode == 0, result.stderr
    command = ("detect", "score", "images", "--data", "new", "--output", "out.csv")
    result = call_cli(*command)
    assert result.returncode == 0, result.stderr
    rows = read(folder / "out.csv")
    turned = ["turned" in row["file"] for row in rows]
    assert [row["is_anomaly"] == "1" for row in rows] == turned
    assert rows[1]["file"] == "01, .png"
    detector = tfae.load("images")
    images, _ = tfae.datasets.read_images(folder / "new", (8, 10))
    scores = [float(row["score"]) for row in rows]
    np.testing.assert_allclose(scores, detector.anomaly_scores(images), rtol=1e-5)
    result = call_cli(*command[:4], "images/figures")
    assert_one_line(result, "takes grey images", "png, which is coloured")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rest", "grpc"])
def test_bytes_are_served_as_they_are_scored(folder, call_cli, kind):
    images = np.random.default_rng(0).integers(0, 256, (300, 6, 6), dtype="uint8")
    np.save(folder / "images.npy", images)
    options = ("--epochs", 2, "--validation", 100, "--output", "images")
    result = call_cli("detect", "train", "images.npy", *options)
    assert result.returncode == 0, result.stderr
    result = call_cli("export", "images", "--uint8", "--name", "served")
    assert result.returncode == 0, result.stderr
    scores = tfae.load("images").anomaly_scores(images.reshape(300, 36) / 255)
    server = getattr(loopback, f"{kind}_server")
    with server(folder) as url, Client(url, "served") as client:
        answer = client.predict({"inputs": images.reshape(300, 36)}, "detect")
    np.testing.assert_allclose(answer["score"], scores, rtol=1e-6)


def test_the_scores_do_not_take_the_place_of_the_examples(folder, call_cli):
    command = ("detect", "score", "run", "--data", "table.csv", "--output")
    assert_one_line(call_cli(*command, "table.csv"), "to another file than that")
    assert len(read(folder / "table.csv")) == 600


@pytest.mark.slow
def test_all_commands_tell_of_the_same_examples(folder, call_cli):
    figures = json.loads((folder / "run" / "metrics.json").read_text())["figures"]
    printed = call_cli("evaluate", "run").stdout
    assert f"{figures['auroc']:.6g}" in printed
    report = call_cli("detect", "report", "run", "--data", "table.csv").stdout
    assert f"{figures['auroc']:.6g}" in report
    for command in ("evaluate run --probe", "plot run"):
        result = call_cli(*command.split())
        assert result.returncode == 0, result.stderr
    assert_one_line(call_cli("sample", "run"), "sample")
    assert_one_line(call_cli("index", "run"), "which have no index")


def test_classes_of_folders_are_not_taken_for_anomalies(folder, call_cli):
    for name in ("defect", "good"):
        image_folders.save(folder / "images" / name, 30)
    result = call_cli("detect", "train", "images", "--epochs", 1)
    assert_one_line(result, "it is unknown which class is normal")


def test_other_tables_are_reported_by_the_columns_of_the_training(folder, call_cli):
    lines = (folder / "table.csv").read_text().splitlines()
    rows = [line.split(",")[1:] for line in lines[:200]]  # without what was dropped
    (folder / "new.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
    result = call_cli("detect", "report", "run", "--data", "new.csv")
    assert result.returncode == 0, result.stderr
    found = json.loads((folder / "run" / "detection.json").read_text())
    assert found["auroc"] > 0.9
    (folder / "few.csv").write_text(
        "\n".join(",".join(r[:-1]) for r in rows[:4]) + "\n"
    )
    result = call_cli("detect", "report", "run", "--data", "few.csv")
    assert result.returncode == 0, result.stderr
    found = json.loads((folder / "run" / "detection.json").read_text())
    assert "auroc" not in found


@pytest.mark.slow
def test_a_threshold_of_the_highest_score_is_told(call_cli, tmp_path):
    tables_of_frauds.write(tmp_path / "few.csv")
    command = ("detect", "train", "few.csv", *OPTIONS[:4], *SMALL)
    few = call_cli(*command, "--validation", 20, "--output", "few")
    assert "NOTE: the threshold is the highest of" in few.stdout
    assert "--validation 100" in few.stdout
    more = call_cli(*command, "--validation", 100, "--output", "more")
    assert more.returncode == 0 and "NOTE: the threshold" not in more.stdout
