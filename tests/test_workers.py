"""Training by two workers: processes of this machine that TF_CONFIG connects."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import TFAE, assert_one_line
from test_replicas import CASES, DRAWN, EXACT, REFUSED, losses_of

from tfae import cluster, files
from tfae.callbacks import resuming

PROGRAM = Path(__file__).with_name("workers.py")
TRAIN = ("train", "leaky_relu_digits", "--epochs", "12")


def config(addresses, index):
    return json.dumps(
        {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
    )


def started(*command):
    """Two processes of a command, connected on free ports of this machine."""
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in (first, second)]
    return [
        subprocess.Popen(
            command,
            env=os.environ | {"TF_CONFIG": config(addresses, index)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(2)
    ]


def ended(processes):
    """Output and errors of each process, after both have succeeded."""
    found = [one.communicate() for one in processes]
    for process, (_, errors) in zip(processes, found, strict=True):
        assert process.returncode == 0, errors[-2000:]
    return found


@pytest.mark.slow
def test_every_class_trains_on_two_workers():
    names = [*CASES.values()]
    outputs = ended(started(sys.executable, str(PROGRAM), *names))
    two, same = (json.loads(output) for output, _ in outputs)
    assert two == same
    for name, (_, one) in losses_of(*names).items():
        if name in REFUSED:
            assert REFUSED[name] in two[name]
            continue
        exact = name in EXACT
        assert two[name] == pytest.approx(one, rel=1e-5 if exact else DRAWN), name


def history_in(folder):
    return resuming.read_history(folder / "history.csv")


@pytest.mark.slow
def test_a_killed_worker_goes_on_from_the_backup(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    (written, _), (other, _) = ended(started(TFAE, *TRAIN, "--output", str(whole)))
    assert "model:" in written and "model:" not in other
    command = (TFAE, *TRAIN, "--output", str(killed))
    chief, worker = started(*command)
    while len(history_in(killed / files.UNFINISHED)) < 3:
        assert chief.poll() is None
        time.sleep(0.1)
    worker.send_signal(signal.SIGKILL)
    _, errors = chief.communicate()
    worker.communicate()
    assert chief.returncode == 2
    assert "Start all of them again with --resume" in errors.splitlines()[-1]
    ended(started(*command, "--resume"))
    assert history_in(killed) == history_in(whole)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", ("TF_CONFIG is no such object", "no JSON")),
        ("[1]", ("TF_CONFIG is no such object",)),
        ('{"cluster": {"worker": 5}}', ("TF_CONFIG is no such object",)),
        ('{"cluster": {"worker": ["a:1", "a:1"]}}', ("a different host:port",)),
        ('{"cluster": {"worker": ["a", "b"]}}', ("a different host:port",)),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}}', ("lists ps",)),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', ("a task that the cluster lacks",)),
        (config(["a:1", "b:1"], 2), ("a task that the cluster lacks",)),
        (config(["a:1", "b:1"], -1), ("a task that the cluster lacks",)),
        (config(["a:1", "b:1"], True), ("a task that the cluster lacks",)),
        (config(["a:1", "b:1", "c:1"], 0), ("must divide the batch", "64")),
    ],
)
def test_workers_that_cannot_be_are_refused(call_cli, monkeypatch, text, words):
    monkeypatch.setenv("TF_CONFIG", text)
    assert_one_line(call_cli("train", "leaky_relu_digits"), *words)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--replicas", "2"), "--replicas are devices of one machine"),
        (("--tensorboard", "board"), "--tensorboard is for one machine"),
    ],
)
def test_options_of_one_machine_are_refused(call_cli, monkeypatch, option, words):
    monkeypatch.setenv("TF_CONFIG", config(["a:1", "b:1"], 0))
    assert_one_line(call_cli("train", "leaky_relu_digits", *option), words)


@pytest.mark.parametrize("text", ["", "{}", '{"cluster": {"worker": ["a:1"]}}'])
def test_fewer_than_two_workers_train_alone(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    assert cluster.found() is None


def test_the_chief_is_the_first_worker(monkeypatch):
    of_both = {"cluster": {"chief": ["a:1"], "worker": ["b:1", "c:1"]}}
    for role, index, position in (("chief", 0, 0), ("worker", 1, 2)):
        task = {"task": {"type": role, "index": index}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(of_both | task))
        workers = cluster.found()
        assert workers.addresses == ("a:1", "b:1", "c:1")
        assert workers.index == position and workers.is_chief == (position == 0)


def test_a_search_is_for_one_machine(call_cli, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config(["a:1", "b:1"], 0))
    assert_one_line(
        call_cli("tune", "leaky_relu_digits"), "A search is for one machine"
    )
