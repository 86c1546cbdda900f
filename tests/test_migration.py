"""The guide from TF1: every command in it runs, in its order."""

import ast
import importlib
import re
import shlex
from pathlib import Path

import pytest
from checkpoints import assert_predicts, write

GUIDE = Path(__file__).parent.parent / "docs" / "migration.md"


def blocks():
    """Language and text of each block of code."""
    return re.findall(r"^```(\w+)\n(.*?)^```", GUIDE.read_text(), re.S | re.M)


def test_weights_are_set_by_hand_in_four_statements(rows, tmp_path, monkeypatch):
    (text,) = [text for _, text in blocks() if "set_weights" in text]
    assert len(ast.parse(text).body) == 1 + 4
    monkeypatch.chdir(tmp_path)
    expected = write("notebook_stacked", tmp_path / "run.ckpt", rows)
    made = {}
    exec(text, made)
    assert_predicts(made["model"], rows, expected)


@pytest.mark.slow  # command by command: test_import_checkpoint.py, test_compare.py, …
def test_the_guide_runs_from_its_first_line_to_its_last(
    call_cli, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = []
    for language, text in blocks():
        if language == "python":
            exec(text, {})
            continue
        for line in text.replace("\\\n", " ").splitlines():
            program, *arguments = shlex.split(line)
            if program == "python":
                module = importlib.import_module(arguments[1])
                module.main(arguments[2:])
            elif program == "rm":
                Path(*arguments).unlink()
            else:
                assert program == "tfae"
                result = call_cli(*arguments)
                assert result.returncode == 0, (line, result.stderr)
            run.append(line)
    assert {line.split()[1] for line in run if line.startswith("tfae")} == {
        *("import-checkpoint", "evaluate", "export", "compare"),
    }
    assert {path.parent.name for path in tmp_path.glob("*/model.keras")} == {
        *("imported", "by_shape", "convolutional"),
    }
