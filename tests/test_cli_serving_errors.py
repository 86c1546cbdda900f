"""Exports and predictions that cannot be: one line, and nothing half-written."""

import numpy as np
import pytest
from conftest import assert_one_line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--version", "0"], ["--version", "0"]),
        (["--version", "one"], ["--version", "integer"]),
        (["--name", "../else"], ["--name", "../else"]),
        (["--name", ".."], ["--name", ".."]),
        (["--name", "it's"], ["--name", "it's"]),
        (["--data", "missing.npy"], ["missing.npy"]),
    ],
    ids=str,
)
def test_exports_that_cannot_be(call_cli, trained, options, words):
    folder, _ = trained
    before = sorted(folder.parent.rglob("*"))
    assert_one_line(call_cli("export", folder, *options), *words)
    assert sorted(folder.parent.rglob("*")) == before


def test_an_export_that_exists_is_not_overwritten(call_cli, trained):
    folder, _ = trained
    options = ["export", folder, "--name", "twice", "--version", 4, "--no-check"]
    assert call_cli(*options).returncode == 0
    assert_one_line(call_cli(*options), "Version 4 exists")


def test_an_export_that_cannot_be_written(call_cli, trained, tmp_path):
    folder, _ = trained
    (tmp_path / "alone.keras").write_bytes((folder / "model.keras").read_bytes())
    (tmp_path / "alone").write_text("here already")
    result = call_cli("export", "alone.keras", "--data", "digits")
    assert_one_line(result, "alone cannot be written to", "Export a copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "alone.keras"]


def test_an_unservable_version_is_named(call_cli, tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"damaged")
    assert_one_line(call_cli("export", "1"), "not servable", "cannot be read")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ["cannot be reached", "http://127.0.0.1:9"]),
        ({"--input": "missing.npy"}, ["missing.npy", "numpy.save"]),
        ({"--input": "number.npy"}, ["number.npy", "rows"]),
        ({"--input": "empty.npz"}, ["empty.npz", "rows"]),
        ({"--version": "1", "--label": "stable"}, ["--version or --label"]),
        ({"--output": "codes.txt"}, ["--output", "codes.txt"]),
        ({"--output": "/proc/x.npy"}, ["/proc"]),
        ({"--url": "localhost:8501"}, ["--url must be", "localhost:8501"]),
        ({"--batch-size": "0"}, ["--batch-size", "0"]),
        ({"--timeout": "-1"}, ["--timeout", "-1"]),
        ({"--timeout": "1e10"}, ["--timeout", "a day"]),
        ({"--url": "grpc://127.0.0.1:9"}, ["cannot be reached", "grpc://127.0.0.1:9"]),
        ({"--url": "grpc://"}, ["must be a host after", "grpc:"]),
        ({"--output": "folder.npy"}, ["--output", "folder.npy"]),
    ],
    ids=str,
)
def test_predictions_that_cannot_be(call_cli, tmp_path, changes, words):
    np.save(tmp_path / "x.npy", np.zeros((2, 64)))
    np.save(tmp_path / "number.npy", np.array(5))
    np.savez(tmp_path / "empty.npz")
    (tmp_path / "folder.npy").mkdir()
    options = {"--url": "http://127.0.0.1:9", "--model": "digits"}
    options |= {"--input": "x.npy", "--output": "codes.npy", **changes}
    result = call_cli("predict", *[word for pair in options.items() for word in pair])
    assert_one_line(result, *words)
    assert not (tmp_path / "codes.npy").exists()
