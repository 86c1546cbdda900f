"""The command that compares legacy programs with their twins."""

import json

import numpy as np
import pytest
from conftest import assert_one_line

from tfae import divergence, parity, twins
from tfae.parity import verdict


def test_the_command_compares_a_program(call_cli, tmp_path):
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


def test_the_command_compares_all_programs(call_cli, tmp_path, monkeypatch):
    chosen = {
        name: twins.TWINS[name]
        for name in ("notebook_linear_pca", "notebook_tied", "notebook_classifier")
    }
    monkeypatch.setattr(twins, "TWINS", chosen)
    monkeypatch.setattr(verdict, "WEIGHT", -1)
    monkeypatch.setattr(verdict, "TIMES", 1e9)
    command = ("compare", "--all", "--data", "points", "--steps", "3")
    result = call_cli(*command, "--float64", "--output", "all")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "all" / "parity.json").read_text())
    (row,) = report["programs"]
    assert row["program"] == "notebook_linear_pca"
    assert row["verdict"] == "rounding"
    assert [*report["left_out"]] == ["notebook_tied", "notebook_classifier"]
    for words in (
        "notebook_tied was left out: notebook_tied takes batches of 150 examples",
        "notebook_classifier was left out: points has no labels",
    ):
        assert words in " ".join(result.stdout.split())
    monkeypatch.setattr(verdict, "TIMES", -1)
    result = call_cli("compare", "notebook_linear_pca", "--steps", "3", "--float64")
    assert result.returncode == 1
    assert "the two do not agree. Criterion" in result.stdout
    assert "Rounding excuses two that differ" in result.stdout


def test_of_all_programs_one_that_fails_is_left_out(call_cli, tmp_path, monkeypatch):
    chosen = ("notebook_linear_pca", "notebook_tied")
    monkeypatch.setattr(twins, "TWINS", {name: twins.TWINS[name] for name in chosen})
    compare = parity.compare

    def fail(name, *arguments):
        if name == "notebook_tied":
            raise ValueError("notebook_tied diverges")
        return compare(name, *arguments)

    monkeypatch.setattr(parity, "compare", fail)
    command = (
        "compare",
        "--all",
        "--data",
        "digits",
        "--steps",
        "2",
        "--output",
        "all",
    )
    result = call_cli(*command)
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "all" / "parity.json").read_text())
    assert report["left_out"] == {"notebook_tied": "notebook_tied diverges"}
    monkeypatch.delitem(twins.TWINS, "notebook_linear_pca")
    assert_one_line(call_cli(*command), "notebook_tied diverges")


def test_a_twin_that_diverges_alone_ends_the_comparison(call_cli, monkeypatch):
    def fail(name, *arguments):
        raise divergence.DivergenceError(f"{name}: its twin diverges")

    monkeypatch.setattr(parity, "compare", fail)
    result = call_cli("compare", "--all", "--data", "points")
    assert_one_line(result, "Error: notebook_linear_pca: its twin diverges")
    assert "left out" not in result.stdout
    assert "takes batches" not in result.stderr


def test_labels_beyond_the_classes_are_refused(call_cli, tmp_path, digits):
    labels = np.arange(400) // 20
    np.savez(tmp_path / "many.npz", x=digits.train.inputs[:400], y=labels)
    result = call_cli("compare", "notebook_classifier", "--data", "many.npz")
    assert_one_line(result, "a class from 0 to 9", "19")
