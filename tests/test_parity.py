"""The legacy graphs and their Keras twins compute the same."""

import re

import numpy as np
import pytest

from legacy_tf1_ports import leaky_relu_stacked
from tfae import parity, twins

ROWS = np.arange(30 * 128).reshape(30, 128)


@pytest.fixture
def batches(digits):
    return digits.train.inputs[ROWS % len(digits.train.inputs)]


@pytest.fixture
def labels(digits):
    return digits.train.labels[ROWS % len(digits.train.labels)]


@pytest.mark.parametrize("program", twins.TWINS)
def test_a_twin_agrees_in_float64(batches, labels, program):
    given = labels if twins.TWINS[program].classes else None
    # Where σ passes near 0, the gradient of log σ² is anything up to 1e5, and blows up
    # rounding errors of any two ways to compute it.
    steps = 3 if program == "notebook_variational_deviation" else len(batches)
    batches = batches[:steps]
    result = parity.compare(program, batches, given)
    assert len(result.legacy_losses) == len(result.keras_losses)
    assert len(result.keras_losses) % len(batches) == 0
    assert result.legacy_losses[-1] < result.legacy_losses[0]
    assert result.loss_difference < 1e-9
    assert result.weight_difference < (1e-7 if steps == 3 else 1e-8)


def test_a_different_optimizer_would_be_noticed(batches, monkeypatch):
    monkeypatch.setattr(leaky_relu_stacked, "LEARNING_RATE", 1.001e-3)
    assert parity.compare("leaky_relu_stacked", batches).loss_difference > 1e-5


def test_unknown_programs_are_refused(batches):
    with pytest.raises(ValueError, match="Programs: leaky_relu_stacked"):
        parity.compare("nothing", batches)


def test_the_program_runs_by_itself(capsys, tmp_path):
    figure = tmp_path / "reconstruct.png"
    leaky_relu_stacked.main(
        ["--data", "digits", "--epochs", "3", "--seed", "1", "--figure", str(figure)]
    )
    printed = capsys.readouterr().out
    losses = [float(loss) for loss in re.findall(r"epoch \d loss:(\S+)", printed)]
    assert len(losses) == 3
    assert losses[2] < losses[0]
    assert figure.stat().st_size > 1000
