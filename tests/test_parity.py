"""The legacy graphs and their Keras twins compute the same."""

import json
import re

import numpy as np
import pytest
from conftest import assert_one_line

from legacy_tf1_ports import leaky_relu_stacked
from tfae import parity, twins
from tfae.parity import steps

STEPS = 30


@pytest.fixture
def images(digits):
    return digits.train.inputs


@pytest.mark.parametrize("program", twins.TWINS)
def test_a_twin_agrees_in_float64(digits, images, program):
    twin = twins.TWINS[program]
    # The VAE with σ itself parts after a few steps: see its caveat.
    count = 3 if twin.caveat else STEPS
    given = digits.train.labels if twin.classes else None
    result = parity.compare(program, images, given, count)
    assert len(result.legacy_losses) == len(result.keras_losses)
    assert len(result.keras_losses) % count == 0
    assert result.legacy_losses[-1] < result.legacy_losses[0]
    assert result.loss_difference < 1e-9
    assert result.weight_difference < (1e-7 if twin.caveat else 1e-8)
    assert result.agrees("float64") == (result.weight_difference <= 1e-8)


def test_a_different_optimizer_would_be_noticed(images, monkeypatch):
    monkeypatch.setattr(leaky_relu_stacked, "LEARNING_RATE", 1.001e-3)
    result = parity.compare("leaky_relu_stacked", images, steps=STEPS)
    assert result.loss_difference > 1e-5
    assert not result.agrees("float64")


def test_mean_losses_are_compared_in_float32(images):
    result = parity.compare("models_autoencoder", images, steps=10, dtype="float32")
    assert result.summed_over == 128
    means = [losses.mean() / 128 for losses in result[:2]]
    assert result.mean_loss_difference == pytest.approx(abs(means[0] - means[1]))
    assert result.loss_difference > 1e-9  # or it was float64
    assert result.agrees("float32") == (result.mean_loss_difference <= 1e-5)


def test_mean_losses_of_two_functions_do_not_agree():
    losses = np.ones(3)
    assert not parity.Parity(losses, losses + 2e-5, 0.0).agrees("float32")
    assert parity.Parity(losses, losses + 2e-5, 0.0, 128).agrees("float32")


def test_batches_are_shuffled_and_go_through_everything():
    rows = steps._rows(50, 16, 7, seed=0)
    assert rows.shape == (7, 16)
    for order in (rows[:3], rows[3:6]):
        assert len(set(order.ravel())) == 48
    assert sorted(rows[0]) != sorted(rows[3])


@pytest.mark.parametrize(
    "program", ["leaky_relu_stacked", "notebook_one_graph", "notebook_cached"]
)
def test_epochs_of_each_phase_are_timed(images, program):
    speeds = parity.time_epochs(program, images, epochs=2)
    phases = 1 if program == "leaky_relu_stacked" else 2
    assert len(speeds.legacy) == len(speeds.keras) == 2 * phases
    assert min(*speeds.legacy, *speeds.keras) > 0
    assert speeds.steps >= 100


def test_the_ratio_is_of_medians():
    assert parity.Speeds([4.0, 2.0, 9.0], [1.0, 8.0, 2.0], 100).ratio == 2


def test_classifiers_are_timed_with_labels(digits, images):
    speeds = parity.time_epochs("notebook_classifier", images, digits.train.labels, 1)
    assert len(speeds.legacy) == len(speeds.keras) == 1


def test_unknown_programs_are_refused(images):
    with pytest.raises(ValueError, match="Programs: leaky_relu_stacked"):
        parity.compare("nothing", images)


@pytest.mark.parametrize(
    ("program", "labels", "message"),
    [
        ("notebook_tied", [1, 2], "takes no labels. Received: labels=some"),
        ("notebook_classifier", None, "takes labels. Received: labels=None"),
    ],
)
def test_labels_are_asked_for_where_they_are_taken(images, program, labels, message):
    with pytest.raises(ValueError, match=message):
        parity.compare(program, images, labels)


def test_the_command_compares_a_program(call_cli, tmp_path):
    result = call_cli("compare", "notebook_linear_pca", "--steps", "20", "--float64")
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "saved_models" / "compare" / "notebook_linear_pca"
    report = json.loads((folder / "parity.json").read_text())
    (found,) = report["programs"]
    assert (report["steps"], report["dtype"]) == (20, "float64")
    assert found["agrees"]
    assert len(found["legacy_losses"]) == len(found["keras_losses"]) == 20
    assert found["keras_loss"] == pytest.approx(np.mean(found["keras_losses"][-2:]))
    assert (folder / "figures" / "notebook_linear_pca.png").stat().st_size > 1000
    assert "times as fast" in result.stdout


def test_the_command_compares_all_programs(call_cli, tmp_path, monkeypatch):
    names = ("notebook_linear_pca", "models_autoencoder")
    chosen = {name: twins.TWINS[name] for name in names}
    caveat = chosen["models_autoencoder"]._replace(caveat="for a reason")
    monkeypatch.setattr(twins, "TWINS", chosen | {"models_autoencoder": caveat})
    monkeypatch.setattr(steps, "WEIGHT", -1)
    command = ("compare", "--all", "--data", "points", "--steps", "3")
    result = call_cli(*command, "--float64", "--output", "all")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "all" / "parity.json").read_text())
    assert [row["program"] for row in report["programs"]] == list(names)
    assert not any(row["agrees"] for row in report["programs"])
    assert "models_autoencoder: for a reason" in result.stdout


def test_labels_beyond_the_classes_are_refused(call_cli, tmp_path, images):
    labels = np.arange(40) // 2
    np.savez(tmp_path / "many.npz", x=images[:40], y=labels)
    result = call_cli("compare", "notebook_classifier", "--data", "many.npz")
    assert_one_line(result, "10 classes", "many.npz")


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
