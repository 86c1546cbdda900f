"""Fixtures that every test may use."""

import dataclasses
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# No test measures how fast compiled code is, but all wait for compilers.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
# As many workers as cores run the tests: more threads would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfae import datasets, recipes, reporting
from tfae.callbacks import resuming
from tfae.cli import main
from tfae.datasets import streams
from tfae.export import servability

servability.TIME_LIMIT = 200  # on machines that do much else
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

TFAE = Path(sys.executable).with_name("tfae")
# Two epochs of a small network, and no wait for a compiler.
SMALL = ("--set", "jit_compile=false", "--set", "hidden_units=16,4")
SECONDS = 2  # of the processor, for what must not train
SECONDS_OF_WAITING = 15  # for child processes, on machines that do much else
QUICK = ("train", "leaky_relu_digits", "--epochs", "2", "--batch-size", "500", *SMALL)


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def digits():
    """The embedded digits, split and flattened."""
    return datasets.load("digits")


@pytest.fixture
def vectors(digits):
    """64 digits as vectors of 64 values in [0, 1]."""
    return digits.train.inputs[:64]


@pytest.fixture
def rows(digits):
    """Ten digits that nothing is trained on."""
    return digits.test.inputs[:10]


@pytest.fixture
def eager(monkeypatch):
    """Runs all models eagerly, since tracing takes longer than a few steps."""
    always = property(lambda model: True, lambda model, value: None)
    monkeypatch.setattr(keras.Model, "run_eagerly", always)


@pytest.fixture
def backups(monkeypatch):
    """Backs up every epoch, which quick ones are not otherwise."""
    monkeypatch.setattr(resuming, "BACKUP_SECONDS", 0)


@pytest.fixture
def recipe(eager):
    """The demo's recipe, made small: 3 epochs of 3 steps, which are run eagerly."""
    return small_recipe()


@pytest.fixture
def no_pictures(monkeypatch):
    """Leaves out what takes longer than these trainings."""
    monkeypatch.setattr(reporting, "draw", lambda *arguments: [])


@pytest.fixture
def run_cli(tmp_path):
    """Runs the real `tfae` command in an empty folder."""

    def run(*arguments, **options):
        command = [str(TFAE), *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, **options
        )

    return run


@pytest.fixture
def call_cli(tmp_path, monkeypatch, capsys):
    """As `run_cli`, but within this process, which starts in no time."""

    def call(*arguments):
        arguments = ["tfae", *map(str, arguments)]
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", arguments)
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        return subprocess.CompletedProcess(
            arguments, exit_.value.code or 0, *capsys.readouterr()
        )

    return call


@pytest.fixture
def refuses(call_cli, tmp_path):
    """Asserts that a command is refused in one line, soon, and leaves all as it was."""

    def check(*command, words):
        before = contents(tmp_path)
        for _ in range(2):  # the first of all imports what later ones have
            began, started = time.process_time(), time.monotonic()
            result = call_cli(*command)
            took, waited = time.process_time() - began, time.monotonic() - started
            if took < SECONDS:
                break
        assert_one_line(result, *words)
        assert len(result.stderr) < 4000
        assert took < SECONDS
        assert waited < SECONDS_OF_WAITING
        assert contents(tmp_path) == before

    return check


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with a model that the real command has trained, and what it printed."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # which the workers share
    printed = base / "trained" / "printed.txt"
    with (base / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            printed.parent.mkdir(exist_ok=True)
            command = [str(TFAE), *QUICK, "--output", "model"]
            result = subprocess.run(
                command, cwd=printed.parent, capture_output=True, text=True
            )
            assert result.returncode == 0, result.stderr
            printed.write_text(result.stdout)
    return printed.with_name("model"), printed.read_text()


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST, where TFDS_DATA_DIR names a prepared copy."""
    if "TFDS_DATA_DIR" not in os.environ:
        pytest.skip("TFDS_DATA_DIR names no folder with MNIST")
    return datasets.load("mnist", validation=10_000)


def small_recipe():
    """The demo's recipe, made small, with no wait for a compiler."""
    recipe = recipes.get("leaky_relu_digits")
    small = {"epochs": 3, "batch_size": 500, "jit_compile": False}
    arguments = {**recipe.arguments, "hidden_units": (16, 4)}
    return dataclasses.replace(recipe, arguments=arguments, **small)


def slow(*values, **options):
    """A case of a test that quicker cases prove, too."""
    return pytest.param(*values, marks=pytest.mark.slow, **options)


def mostly_slow(cases, *quick):
    """All cases of a test, of which those that are not `quick` are slow."""
    return [case if case in quick else slow(case) for case in cases]


def assert_same_weights(model, other):
    """Asserts that two models have bit-identical weights."""
    for ours, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(np.array(ours), np.array(theirs))


def assert_one_line(result, *words):
    """Asserts a user error: exit code 2, one line, no traceback, the words in it."""
    assert result.returncode == 2, result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    for word in words:
        assert word in lines[0]


def assert_near(found, expected, relative=1e-5):
    """Asserts that arrays differ by at most a share of the largest value expected."""
    difference = np.abs(np.asarray(found) - expected).max()
    assert difference <= relative * np.abs(expected).max(), difference


@pytest.fixture(params=["in memory", "from files"])
def kept(request, monkeypatch):
    """Once with the bytes of the images in memory, once without."""
    if request.param == "from files":
        monkeypatch.setattr(streams, "KEEP_BELOW", 0)
    return request.param


def contents(folder):
    """Every file and folder below a folder, and when and how large it was written."""
    return {
        str(path): (path.is_dir() or (path.lstat().st_size, path.lstat().st_mtime_ns))
        for path in folder.rglob("*")
    }
