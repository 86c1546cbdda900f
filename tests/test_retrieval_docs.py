"""The examples of docs/retrieval.md."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[1] / "docs" / "retrieval.md"


def test_they_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)
    count = len(names["images"])
    assert names["mapped"].shape == names["places"].shape == (count, 2)
    assert names["neighbours"].shape == (5, 10)
    assert len(np.unique(names["neighbours"][0])) == 10
    assert set(names["found"][0]) == {3, 4, 5}
    assert (tmp_path / "map.png").exists()
    assert (tmp_path / "index.npz").exists()
