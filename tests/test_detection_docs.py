"""The examples of docs/detection.md."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "detection.md"


@pytest.mark.slow
def test_they_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)
    assert set(names["decisions"]) <= {-1, 1}
    assert names["figures"]["auroc"] > 0.85
    assert names["shares"].shape == (5, 30)
    assert (tmp_path / "cells.keras").exists()
    assert names["of_frames"].feature_names == ("size", "kind")
    assert names["search"].best_params_
