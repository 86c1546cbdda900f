"""The files of examples/: each runs by itself and writes what its docstring names."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
LONGEST = 30  # lines
NAMES = sorted(path.name for path in EXAMPLES.glob("*.py"))
# What `pyproject.toml` excepts, too: Keras on NumPy 2, in every save.
WARNINGS = ("-W", "error", "-W", "ignore:__array__:DeprecationWarning")


def test_there_is_one_a_use():
    found = NAMES
    assert found == [
        *("contract.py", "denoise.py", "detect.py", "migrate.py", "plain.py"),
        *("pretrain_and_classify.py", "retrieve.py", "serve.py", "sparse.py"),
        "variational_plane.py",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_they_are_short_and_say_how_long_they_take(name):
    text = (EXAMPLES / name).read_text()
    assert len(text.splitlines()) <= LONGEST
    assert re.search(r"\d+ seconds", ast.get_docstring(ast.parse(text)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_writes_what_it_says(name, tmp_path):
    path = EXAMPLES / name
    command = [sys.executable, *WARNINGS, str(path)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert 2 <= len(result.stdout.splitlines()) <= 8
    text = ast.get_docstring(ast.parse(path.read_text()))
    for written in re.findall(r"\b\w+\.(?:png|keras)\b|\bserved/digits/1\b", text):
        assert (tmp_path / written).exists()
