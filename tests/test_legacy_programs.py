"""The legacy programs run by themselves, and name their variables as they did."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from legacy_tf1_ports import _data, _graph, notebook_linear_pca
from tfae.twins import TWINS

DENSE = ("kernel", "bias")


def scoped(*names):
    """Kernel and bias under each name."""
    return {f"{name}/{part}" for name in names for part in DENSE}


def numbered(last, *names):
    """`weights1`, … up to a number."""
    return {f"{name}{index}" for name in names for index in range(1, last + 1)}


# Program -> names of the variables in a checkpoint of its, but the optimizer's.
VARIABLES = {
    "leaky_relu_stacked": {
        f"{scope}/{name}"
        for scope in ("encoder", "decoder")
        for name in scoped("dense", "dense_1", "dense_2")
    },
    "models_autoencoder": {"Variable", "Variable_1", "Variable_2", "Variable_3"},
    "models_additive_gaussian_noise": {"w1", "Variable", "Variable_1", "Variable_2"},
    "models_masking_noise": {"w1", "Variable", "Variable_1", "Variable_2"},
    "models_variational": {
        *("w1", "log_sigma_w1", "Variable", "Variable_1", "Variable_2", "Variable_3"),
    },
    "notebook_linear_pca": scoped("dense", "dense_1"),
    "notebook_stacked": scoped("dense", "dense_1", "dense_2", "dense_3"),
    "notebook_tied": {"weights1", "weights2", *numbered(4, "biases")},
    "notebook_several_graphs": scoped("hidden", "outputs"),
    "notebook_one_graph": numbered(4, "weights", "biases"),
    "notebook_cached": numbered(4, "weights", "biases"),
    "notebook_classifier": numbered(3, "weights", "biases"),
    "notebook_pretrained_classifier": numbered(3, "weights", "biases"),
    "notebook_denoising_gaussian": scoped("hidden1", "hidden2", "hidden3", "outputs"),
    "notebook_denoising_dropout": scoped("hidden1", "hidden2", "hidden3", "outputs"),
    "notebook_sparse": scoped("dense", "dense_1"),
    "notebook_variational": scoped("dense", *(f"dense_{n}" for n in range(1, 7))),
    "notebook_variational_deviation": scoped(
        "dense", *(f"dense_{number}" for number in range(1, 7))
    ),
}
SLOTS = re.compile(r"Adam(_1)?$|beta[12]_power$")


@pytest.mark.parametrize("name", VARIABLES)
def test_a_program_learns_and_saves_its_variables(name, capsys, tmp_path):
    program = importlib.import_module(f"legacy_tf1_ports.{name}")
    path = tmp_path / "model.ckpt"
    epochs = "60" if name == "notebook_linear_pca" else "3"
    options = ["--data", "digits", "--epochs", epochs, "--seed", "1"]
    program.main([*options, "--checkpoint", str(path)])
    printed = capsys.readouterr().out
    found = re.findall(r"(?:loss|Cost|cost|MSE|accuracy): ?(\S+)", printed)
    figures = [float(number.rstrip(",")) for number in found]
    assert figures
    assert np.isfinite(figures).all()
    # After each epoch, three of them in each phase or graph.
    pattern = r"(Train total loss|Train MSE|Train accuracy|Cost|epoch \d loss): ?(\S+)"
    epochs = re.findall(pattern, printed.replace(",\n", "\n"))
    assert len(epochs) % 3 == 0
    for (words, first), (_, last) in zip(epochs[::3], epochs[2::3], strict=True):
        sign = -1 if words == "Train accuracy" else 1
        assert sign * float(last) < sign * float(first)
    if name == "notebook_several_graphs":
        path = tmp_path / "model.ckpt_2"
    saved = {name for name, _ in tf.train.list_variables(str(path))}
    assert {name for name in saved if not SLOTS.search(name)} == VARIABLES[name]


def test_the_table_names_every_program_and_its_twin():
    folder = Path(_graph.__file__).parent
    rows = re.findall(
        r"\| `(\w+)\.py` \|.*\| `(\w+)` \|", folder.joinpath("README.md").read_text()
    )
    assert dict(rows) == {name: twin.recipe for name, twin in TWINS.items()}
    programs = {path.stem for path in folder.glob("[a-z]*.py")}
    assert set(TWINS) == set(VARIABLES) == programs


def test_batches_are_shuffled_and_go_through_everything():
    rows = np.arange(10)
    batches = _data.shuffled((rows, -rows), 4, seed=0)
    taken = [next(batches) for _ in range(5)]
    for inputs, labels in taken:
        np.testing.assert_array_equal(inputs, -labels)
    seen = np.concatenate([inputs for inputs, _ in taken])
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(rows)
    assert list(seen[:10]) != list(rows)


def test_blocks_are_neighbours():
    for block, _ in zip(
        _data.blocks(np.arange(50), 8, seed=0), range(20), strict=False
    ):
        np.testing.assert_array_equal(np.diff(block), 1)
        assert len(block) == 8


def test_points_lie_near_a_plane():
    train, test = notebook_linear_pca.points()
    assert train.shape == test.shape == (100, 3)
    variances = np.linalg.svd(train, compute_uv=False) ** 2 / len(train)
    assert variances[2] < 0.3 * variances[1]


def test_noise_that_is_fed_replaces_what_is_drawn():
    with _graph.session(0) as session:
        noise = _graph.drawn(tf.random.normal((3,)))
        drawn = [session.run(noise) for _ in range(2)]
        assert not np.array_equal(*drawn)
        np.testing.assert_array_equal(session.run(noise, {noise: [1, 2, 3]}), [1, 2, 3])
