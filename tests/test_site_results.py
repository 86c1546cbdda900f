"""Figures in the documentation are those of the records."""

import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_every_page_shows_the_recorded_figures(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    for name in ("results", "tables"):
        sys.modules.pop(name, None)
    import results

    for path, text in results.pages_of(results.load()).items():
        assert path.read_text() == text, f"{path.name}: run `make results`"
