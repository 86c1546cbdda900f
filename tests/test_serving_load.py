"""A short run of benchmarks/serving_load.py, and the proof that it can fail."""

import contextlib
import importlib
import json
import time
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ROWS = np.zeros((2, 3), "float32")
CASES = [(ROWS, ROWS + 1)]


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("serving_load")


def connected(call):
    """Function that returns a context of `call`."""
    return lambda: contextlib.nullcontext(call)


def record(load, **others):
    """A record of bare calls that are right, and of other loads by name."""
    alone = load.drive(connected(lambda rows: rows + 1), CASES, 2, 0, 0.05)
    return load.recorded({2: {load.BARE: alone, **others}}, 0, 0.05, 2)


@pytest.mark.slow
def test_a_server_under_load_answers_without_errors(load):
    found = load.recorded(load.measure([1, 3], 1, 1, 4), 1, 1, 4)
    assert [level["clients"] for level in found["levels"]] == [1, 3]
    assert found["versions"].keys() >= {"tensorflow", "grpcio"}
    for level in found["levels"]:
        assert [*level["calls"]] == [load.BARE, "gRPC", "REST"]
        for one in level["calls"].values():
            assert one["errors"] == {}
            assert one["requests"] > 3
            # A second at least; more on a machine that does much else.
            assert 0 < one["rows_per_second"] <= 4 * one["requests"]
            assert 0 < one["p50_ms"] <= one["p99_ms"]
            assert min(one["memory_mib"]) > 50
            assert isinstance(one["memory_growth"], float)  # it is not warm yet
            assert one["rows_per_second_ratio"] > 0
            assert one["p99_ratio"] > 0
        assert level["calls"][load.BARE]["rows_per_second_ratio"] == 1
        assert level["calls"][load.BARE]["p99_ratio"] == 1
    assert json.loads(json.dumps(found)) == found


def test_errors_and_wrong_answers_are_counted(load):
    turns = iter(range(10**9))

    def call(rows):
        turn = next(turns)
        if turn % 3 == 0:
            raise ConnectionError("no server")
        return rows + turn % 3

    one = load.drive(connected(call), CASES, 1, 0, 0.05)
    assert one.errors.keys() == {"ConnectionError: no server", "wrong answer"}
    first, second = one.errors.values()
    assert abs(first - second) <= 1
    assert 0 < len(one.latencies) <= first
    lines = [*load.problems(record(load, gRPC=one))]
    assert len(lines) == 2
    assert all(line.startswith("2 clients, gRPC: ") for line in lines)


def test_answers_of_another_shape_are_wrong(load):
    one = load.drive(connected(lambda rows: rows[:1] + 1), CASES, 1, 0, 0.05)
    assert one.errors.keys() == {"wrong answer"}
    assert "2 clients, REST: no answer" in load.problems(record(load, REST=one))


def test_the_warm_up_is_not_measured(load):
    one = load.drive(connected(lambda rows: rows + 1), CASES, 1, 0.2, 0.05)
    assert 0.05 <= one.seconds < 0.2
    assert one.latencies.sum() <= one.seconds


def test_the_warm_up_begins_with_the_first_answer(load):
    slow = iter([0.3])

    def call(rows):
        time.sleep(next(slow, 0.001))
        return rows + 1

    one = load.drive(connected(call), CASES, 1, 0, 0.1)
    assert len(one.latencies) > 3


def test_a_client_that_cannot_be_made_ends_the_run(load):
    def connect():
        raise ValueError("no client")

    with pytest.raises(ValueError, match="no client"):
        load.drive(connect, CASES, 2, 0, 0.05)


@pytest.mark.parametrize(("growth", "passed"), [(0.019, True), (0.021, False)])
def test_growth_of_memory_is_no_success(
    load, monkeypatch, tmp_path, capsys, growth, passed
):
    one = load.drive(connected(lambda rows: rows + 1), CASES, 1, 0, 0.05)
    loads = {load.BARE: one, "gRPC": one._replace(memory=(2**30, 2**30 * (1 + growth)))}
    monkeypatch.setattr(load, "measure", lambda *settings: {1: loads})
    monkeypatch.setattr("sys.argv", ["x", "--record", str(tmp_path / "x.json")])
    with pytest.raises(SystemExit) as exit_:
        load.main()
    assert bool(exit_.value.code) == (not passed)
    printed = capsys.readouterr().out
    assert ("1 clients, gRPC: memory grew by 2.1 %" in printed) == (not passed)
    found = json.loads((tmp_path / "x.json").read_text())
    assert load.serving_tables.table(found) in printed


def test_the_table_of_the_guide_is_that_of_the_record(load, monkeypatch, tmp_path):
    tables = load.serving_tables
    monkeypatch.setattr(tables, "LOAD", tmp_path / "load.json")
    assert tables.load() == "No run is recorded yet."
    one = load.drive(connected(lambda rows: rows + 1), CASES, 1, 0, 0.05)
    one = one._replace(latencies=np.full(50, 0.002), seconds=0.1, errors={"x": 3})
    grown = one._replace(latencies=np.full(25, 0.004), memory=(2**30, 1.01 * 2**30))
    found = load.recorded({1: {load.BARE: one, "gRPC": grown}}, 10, 60, 2)
    tables.LOAD.write_text(json.dumps(found))
    lines = tables.load().splitlines()
    assert "2 rows a request, each line 60 s after 10 s of warm-up" in lines[0]
    assert lines[-2:] == [
        "| 1 | bare C API | 1,000 | 1.000 | 2.00 | 2.00 | 1.0 | 3 |  |  |",
        "| 1 | gRPC | 500 | 0.500 | 4.00 | 4.00 | 2.0 | 3 | 1024 | 1.0 % |",
    ]
