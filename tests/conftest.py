"""Fixtures that every test may use."""

import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pytest

from tfae import datasets

TFAE = Path(sys.executable).with_name("tfae")


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
def run_cli(tmp_path):
    """Runs the real `tfae` command in an empty folder."""

    def run(*arguments, **options):
        command = [str(TFAE), *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, **options
        )

    return run


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST, where TFDS_DATA_DIR names a prepared copy."""
    if "TFDS_DATA_DIR" not in os.environ:
        pytest.skip("TFDS_DATA_DIR names no folder with MNIST")
    return datasets.load("mnist", validation=10_000)


def assert_same_weights(model, other):
    """Asserts that two models have bit-identical weights."""
    for ours, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(np.array(ours), np.array(theirs))
