"""The tables of recorded legacy programs and of their twins."""

import importlib
import json
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
DIFFERENCES = {
    "loss_difference": 1e-3,
    "mean_loss_difference": 2e-5,
    "weight_difference": 0.1,
}


@pytest.fixture
def tables(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("legacy_tables")


@pytest.fixture
def twin_tables(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("twin_tables")


@pytest.mark.parametrize(
    ("at", "divisor", "expected"), [(-1, 1, "nan"), (0, 1, "0.5"), (1, 2, "0.125")]
)
def test_a_figure_is_found_among_the_lines(tables, at, divisor, expected):
    lines = ["0 Train MSE: 0.5", "1 Train MSE: 0.25\tKL: 3", "Train MSE: nan"]
    figure = tables.Figure("Train MSE", at=at, divisor=divisor)
    assert str(figure.of(lines)) == expected


def test_several_runs_are_a_mean_and_a_range(tables):
    runs = [{"printed": [f"Test MSE: {error}"]} for error in (0.1, 0.3)]
    figures = (tables.Figure("Test MSE", None, "test"),)
    assert tables.measured(figures, runs) == "test 0.2 (0.1–0.3); 2 runs"
    assert tables.measured(figures, runs[:1]) == "test 0.1; 1 run"
    assert tables.measured(figures, []) == "not run yet"


def test_the_table_is_made_of_the_recorded_runs(tables):
    page = Path(tables.__file__).parents[1] / "legacy_tf1_ports" / "README.md"
    assert tables.programs() in page.read_text()


def test_a_row_has_the_program_beside_itself(twin_tables, tmp_path, monkeypatch):
    row = {
        "program": "notebook_one_graph",
        "verdict": "rounding",
        **DIFFERENCES,
        "itself": {name: 2 * value for name, value in DIFFERENCES.items()},
        "ratio": 1.25,
        "ratios": [1.5, 1.125],
    }
    report = {
        "command": "tfae compare --all",
        "cores": 2,
        "versions": {"tensorflow": "2.21.0", "keras": "3.15.1"},
        "commit": "abc",
        "dtype": "float32",
        "programs": [row],
        "left_out": {"notebook_tied": "for a reason"},
    }
    untimed = {name: row[name] for name in row if not name.startswith("ratio")}
    reports = [{**report, "programs": [untimed]}, report]
    (tmp_path / "parity.json").write_text(json.dumps(reports))
    monkeypatch.setattr(twin_tables, "PARITY", tmp_path / "parity.json")
    lines = twin_tables.twins()
    differences = "1.0e-03 (2.0e-03) | 2.0e-05 (4.0e-05) | 1.0e-01 (2.0e-01)"
    assert lines[-5] == (
        f"| `notebook_one_graph` | rounding | {differences} | 1.25 (1.50, 1.12) |"
    )
    assert f"| `notebook_one_graph` | rounding | {differences} | – |" in lines
    assert lines[-3].startswith("Criterion: mean losses")
    assert lines[-1] == "- `notebook_tied` was left out: for a reason"
