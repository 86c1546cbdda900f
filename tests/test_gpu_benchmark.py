"""The benchmark of GPUs: its processes, its budget, and a trial on the CPU."""

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
NO_ENGINE = """
import os, time


class Engine:
    about = {"versions": {"fake": "1"}, "gpu": False}

    def __init__(self, device, fails=None, slower=1, weights=10, first=4.0):
        self.fails, self.slower = fails, slower
        self.weights, self.first = weights, first
        if fails == "start":
            raise RuntimeError("sees no GPU")

    def train(self, cell, pace):
        if self.fails == "memory":
            raise MemoryError("out of memory\\nand more")
        exact = cell.precision == "float32" and self.fails != "precision"
        pace.facts(self.weights, 1e-7 if exact else 1e-3)
        losses = iter([self.first, *(3 / n for n in range(1, 10_000))])

        def epoch():
            time.sleep(0.005 * self.slower)
            if self.fails == "death" and pace.done == 3:
                os._exit(7)
            if self.fails == "hang" and pace.done == 0:
                time.sleep(60)
            return next(losses)

        pace.repeat(epoch)

    def peak_memory(self):
        return 5

    def clear(self):
        pass
"""


@pytest.fixture
def gpu(monkeypatch, tmp_path):
    """The benchmark, with engines that only sleep."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "no_engine.py").write_text(NO_ENGINE)
    module = importlib.import_module("gpu")

    def engines(**options):
        made = {
            name.replace("_", " "): ("no_engine", one) for name, one in options.items()
        }
        monkeypatch.setattr(module, "ENGINES", made)

    module.set_engines = engines
    monkeypatch.setattr(module, "MOST_TURNS", 4)
    return module


def run(gpu, *options):
    return gpu.run(gpu.parse(["--quick", "--models", "flagship", *options]))


def test_engines_are_timed_in_turn_and_compared_with_fit(gpu, capsys):
    gpu.set_engines(tfae_fit={}, slow={"slower": 8})
    record = run(gpu)
    assert [(one["engine"], one["precision"]) for one in record["cells"]] == [
        ("tfae fit", "float32"),
        ("slow", "float32"),
        ("tfae fit", "bfloat16"),
        ("slow", "bfloat16"),
    ]
    assert {len(one["seconds"]) for one in record["cells"]} == {4}
    assert {one["peak_memory_mib"] for one in record["cells"]} == {5}
    ours, slow = record["cells"][:2]
    assert ours["ratio"] == 1
    assert slow["ratio"] > 1.5
    assert record["versions"] == {"fake": "1"}
    assert not record["differences"]
    assert record["device"] is None
    assert record["not_measured"][0]["why"] == "TF32 is a precision of GPUs"
    assert "flagship, float32, batch 16" in capsys.readouterr().out


def test_whatever_fails_is_recorded_and_the_others_go_on(gpu):
    failing = {name: {"fails": name} for name in ("start", "memory", "death")}
    gpu.set_engines(tfae_fit={}, **failing)
    record = run(gpu)
    assert [one["engine"] for one in record["cells"]] == ["tfae fit"] * 2
    why = [(one["engine"], one["why"]) for one in record["not_measured"][1:]]
    again = [
        ("memory", "MemoryError: out of memory"),
        ("death", "the process ended with code 7"),
    ]
    # What cannot start is not tried again, and said once.
    assert why == [("start", "RuntimeError: sees no GPU"), *again, *again]


def test_the_budget_is_kept_and_what_does_not_fit_is_listed(gpu, monkeypatch):
    monkeypatch.setattr(gpu, "LEAST_LEFT", 0.1)
    gpu.set_engines(tfae_fit={}, hang={"fails": "hang"})
    begun = time.monotonic()
    record = run(gpu, "--minutes", "0.03")
    assert time.monotonic() - begun < 20
    why = {one["why"] for one in record["not_measured"]}
    assert "not ready within 1 s" in why
    gpu.set_engines(tfae_fit={})
    record = run(gpu, "--minutes", "0.001")
    assert not record["cells"]
    assert [one["why"] for one in record["not_measured"][1:]] == [
        "no time left of 0.001 minutes"
    ] * 2


def test_engines_that_compute_something_else_are_reported(gpu):
    gpu.set_engines(tfae_fit={}, other={"weights": 11}, worse={"first": 2.0})
    weights, losses = (
        "other and tfae fit have 11 and 10 weights",
        "worse and tfae fit begin with losses of 2 and 4",
    )
    assert [one["what"] for one in run(gpu)["differences"]] == [weights, losses] * 2
    gpu.set_engines(tfae_fit={"fails": "precision"})
    assert [one["what"] for one in run(gpu)["differences"]] == [
        "tfae fit multiplies with an error of 1e-03"
    ]


def test_the_table_has_ratios_and_what_is_missing(gpu, monkeypatch, tmp_path):
    tables = importlib.import_module("gpu_tables")
    monkeypatch.setattr(tables, "GPU", tmp_path / "gpu.json")
    assert tables.section()[-1].startswith("No GPU was available")
    cell = {"model": "flagship", "precision": "tf32", "batch_size": 128}
    ours = {"seconds": [0.25, 0.5, 0.75], "ratio": 1.0, "peak_memory_mib": 20}
    other = {"seconds": [1.0], "ratio": 2.0, "peak_memory_mib": 30}
    record = {
        "device": "a GPU",
        "machine": "2 CPU cores",
        "versions": {"torch": "2"},
        "cells": [
            {**cell, "engine": "tfae fit", **ours},
            {**cell, "engine": "PyTorch", **other},
        ],
        "not_measured": [{**cell, "engine": "torch.compile", "why": "no time"}],
        "differences": [],
    }
    tables.GPU.write_text(json.dumps(record))
    lines = tables.section()
    assert "| flagship | tf32 | 128 | 500.0 | – | 2.00 | – | 20, 30 |" in lines
    assert lines[-1] == "- flagship, tf32, 128: torch.compile: no time"
    tables.GPU.write_text(json.dumps({**record, "device": None}))
    with pytest.raises(ValueError, match="figures of a CPU"):
        tables.section()


@pytest.mark.slow
def test_a_trial_on_the_cpu_trains_by_fit(tmp_path):
    path = tmp_path / "gpu.json"
    command = [sys.executable, BENCHMARKS / "gpu.py", "--quick", "--record", path]
    models = ["flagship", "convolutional", "contractive exact"]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)}
    subprocess.run([*command, "--models", *models], check=True, env=environment)
    record = json.loads(path.read_text())
    ours = [one for one in record["cells"] if one["engine"] == "tfae fit"]
    assert [one["model"] for one in ours] == models * 2
    weights = {
        "flagship": 484_944,
        "convolutional": 211_905,
        "contractive exact": 79_284,
    }
    for one in ours:
        assert one["parameters"] == weights[one["model"]]
        assert one["last_loss"] < one["first_loss"]
        limits = (1e-3, 1e-2) if one["precision"] == "bfloat16" else (0, 1e-5)
        assert limits[0] < one["product_error"] < limits[1]
        assert one["peak_memory_mib"] is None
    assert not record["differences"]
    xla = [one for one in record["cells"] if one["engine"] == "tfae fit, XLA"]
    assert [one["model"] for one in xla] == ["convolutional"] * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "count"), [("wide VAE", 7_609_232), ("PixelCNN", 98_881)]
)
def test_large_models_train_by_fit(gpu, model, count):
    cells, engine = (
        importlib.import_module(f"gpu_{name}") for name in ("cells", "tfae")
    )

    class Pace(cells.Pace):
        losses = []

        def begin(self):
            if self.done == 2:
                raise cells.Stop

        def end(self, loss):
            self.losses.append(loss)
            self.done += 1

    pace = Pace(None)
    with pytest.raises(cells.Stop):
        engine.Engine("cpu").train(cells.Cell(model, "float32", 8, 32), pace)
    assert pace.first["parameters"] == count
    assert pace.losses[1] < pace.losses[0]
