"""Figures in the documentation are those of the records."""

import importlib
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_every_page_shows_the_recorded_figures(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    results = importlib.import_module("results")
    for path, text in results.pages_of(results.load()).items():
        assert path.read_text() == text, f"{path.name}: run `make results`"
