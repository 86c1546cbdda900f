"""The command that compares legacy programs with their twins."""

import functools
import json

import numpy as np
import pytest
from conftest import assert_one_line

from tfae.callbacks import divergence
from tfae.migration import parity, twins
from tfae.migration.parity import verdict


@pytest.mark.slow
def test_the_command_compares_a_program(call_cli, tmp_path, monkeypatch):
    few = functools.partial(parity.time_epochs, epochs=1)
    monkeypatch.setattr(parity, "time_epochs", few)
    result = call_cli("compare", "notebook_linear_pca", "--steps", "20", "--float64")
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "saved_models" / "compare" / "notebook_linear_pca"
    report = json.loads((folder / "parity.json").read_text())
    (found,) = report["programs"]
    assert (report["steps"], report["dtype"]) == (20, "float64")
    assert found["verdict"] == "yes"
    assert found["steps_timed"] == 1000  # as many as its recipe has passes
    assert (
        np.shape(found["legacy_losses"]) == np.shape(found["keras_losses"]) == (1, 20)
    )
    assert found["keras_loss"] == [
        pytest.approx(np.mean(found["keras_losses"][0][-2:]))
    ]
    assert (folder / "figures" / "notebook_linear_pca.png").stat().st_size > 1000
    assert "the two agree. Criterion: losses of each step" in result.stdout
    assert "times as fast" in result.stdout
    assert "unfinished" not in result.stdout


@pytest.mark.slow
def test_the_command_compares_all_programs(call_cli, tmp_path, monkeypatch):
    chosen = {
        name: twins.TWINS[name]
        for name in ("notebook_linear_pca", "notebook_tied", "notebook_classifier")
    }
    monkeypatch.setattr(twins, "TWINS", chosen)
    monkeypatch.setattr(verdict, "WEIGHT", -1)
    monkeypatch.setattr(verdict, "TIMES", 1e9)
    command = ("compare", "--all", "--data", "points", "--steps", "3", "--no-speed")
    result = call_cli(*command, "--float64", "--output", "all")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "all" / "parity.json").read_text())
    (row,) = report["programs"]
    assert row["program"] == "notebook_linear_pca"
    assert row["verdict"] == "rounding"
    assert "ratio" not in row
    assert report["command"].endswith("--no-speed --seed 0")
    assert [*report["left_out"]] == ["notebook_tied", "notebook_classifier"]
    for words in (
        "notebook_tied was left out: notebook_tied takes batches of 150 examples",
        "notebook_classifier was left out: points has no labels",
    ):
        assert words in " ".join(result.stdout.split())
    monkeypatch.setattr(verdict, "TIMES", -1)
    command = ("compare", "notebook_linear_pca", "--steps", "3", "--float64")
    result = call_cli(*command, "--no-speed")
    assert result.returncode == 1
    assert "the two do not agree. Criterion" in result.stdout
    assert "times as fast" not in result.stdout
    assert "The verdict is rounding where program and twin differ" in result.stdout


@pytest.fixture
def two_programs(monkeypatch):
    """Only two programs, timed by no clock; what it gives makes one of them fail."""
    chosen = ("notebook_linear_pca", "notebook_tied")
    monkeypatch.setattr(twins, "TWINS", {name: twins.TWINS[name] for name in chosen})
    speeds = parity.Speeds([[4.0, 3.0]], [[2.0, 5.0]], steps=10)
    monkeypatch.setattr(parity, "time_epochs", lambda *_, **__: speeds)

    def fail(function, error, of="notebook_tied"):
        original = getattr(parity, function)

        def failing(name, *arguments, **options):
            if name == of:
                raise error
            return original(name, *arguments, **options)

        monkeypatch.setattr(parity, function, failing)

    return fail


ALL = ("compare", "--all", "--data", "digits", "--steps", "2", "--output", "all")


def written(folder):
    return json.loads((folder / "all" / "parity.json").read_text())


def test_of_all_programs_one_that_fails_is_left_out(
    call_cli, tmp_path, monkeypatch, two_programs
):
    two_programs("compare", ValueError("notebook_tied cannot"))
    result = call_cli(*ALL)
    assert result.returncode == 0, result.stderr
    report = written(tmp_path)
    assert report["left_out"] == {"notebook_tied": "notebook_tied cannot"}
    assert [row["ratio"] for row in report["programs"]] == [1.5]
    assert "speed" in result.stdout
    assert "1.50" in result.stdout
    monkeypatch.delitem(twins.TWINS, "notebook_linear_pca")
    assert_one_line(call_cli(*ALL), "notebook_tied cannot")
    assert written(tmp_path) == report  # the earlier one is whole


def test_a_twin_that_diverges_alone_is_a_disagreement(call_cli, tmp_path, two_programs):
    error = divergence.DivergenceError("its twin diverges")
    two_programs("compare", error, of="notebook_linear_pca")
    result = call_cli(*ALL, "--float64")
    assert result.returncode == 1, result.stderr
    assert "notebook_linear_pca was left out: its twin diverges" in result.stdout
    assert [row["program"] for row in written(tmp_path)["programs"]] == [
        "notebook_tied"
    ]
    result = call_cli("compare", "notebook_linear_pca", "--steps", "2")
    assert result.returncode == 1, result.stderr
    assert "its twin diverges" in result.stdout


@pytest.mark.slow
def test_what_cannot_be_timed_is_compared_all_the_same(
    call_cli, tmp_path, two_programs
):
    two_programs("time_epochs", ValueError("notebook_tied cannot be timed"))
    result = call_cli(*ALL, "--float64")
    assert result.returncode == 0, result.stderr
    assert "notebook_tied cannot be timed" in result.stdout
    first, second = written(tmp_path)["programs"]
    assert (first["ratio"], second["verdict"]) == (1.5, "yes")
    assert "ratio" not in second


@pytest.mark.slow
def test_an_interruption_leaves_the_last_report_whole(call_cli, tmp_path, two_programs):
    result = call_cli(*ALL, "--float64")
    assert result.returncode == 0, result.stderr
    report = written(tmp_path)
    assert len(report["programs"]) == 2
    two_programs("time_epochs", KeyboardInterrupt())
    result = call_cli(*ALL)
    assert result.returncode == 130
    assert result.stderr.strip() == "Error: Interrupted."
    assert written(tmp_path) == report
    unfinished = json.loads((tmp_path / "all" / "parity.unfinished.json").read_text())
    assert [row["program"] for row in unfinished["programs"]] == [*twins.TWINS]
    assert unfinished["dtype"] == "float32"


def test_labels_beyond_the_classes_are_refused(call_cli, tmp_path, digits):
    labels = np.arange(400) // 20
    np.savez(tmp_path / "many.npz", x=digits.train.inputs[:400], y=labels)
    result = call_cli("compare", "notebook_classifier", "--data", "many.npz")
    assert_one_line(result, "a class from 0 to 9", "19")
