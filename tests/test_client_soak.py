"""A short run of benchmarks/client_soak.py, and the proof that it can fail."""

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def soak(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("client_soak")


@pytest.mark.slow
def test_every_answer_is_right_or_an_error(soak):
    result = soak.soak(2, 8)
    assert not result.wrong
    assert not result.foreign
    assert result.passed
    assert set(result.right) == {"REST", "gRPC"}
    assert min(result.right.values()) > 10
    assert {name for name, _ in result.errors} == {"REST", "gRPC"}
    assert result.restarts >= 2
    lies = {what for _, what in result.behaviours} & {*soak.servers.HONEST}
    assert len(lies) > 5


@pytest.mark.slow
def test_wrong_answers_are_counted(soak, monkeypatch, capsys):
    for kind in soak.servers.kinds():
        monkeypatch.setattr(kind, "behaviours", (*kind.behaviours, "deceit"))
    result = soak.soak(0.5, 2, behaviours=["deceit"])
    assert not result.right
    assert len(result.wrong) > 2
    assert not result.passed
    monkeypatch.setattr(soak, "soak", lambda seconds, threads: result)
    monkeypatch.setattr("sys.argv", ["client_soak.py"])
    with pytest.raises(SystemExit) as exit_:
        soak.main()
    assert exit_.value.code == 1
    assert f"wrong answers {len(result.wrong)}" in capsys.readouterr().out
