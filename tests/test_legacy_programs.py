"""The legacy programs run by themselves, and name their variables as they did."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow

from legacy_tf1_ports import _graph, notebook_linear_pca
from tfae.migration.twins import TWINS

DENSE = ("kernel", "bias")
PARTS = ("encoder", "decoder", "discriminator")


def scoped(*names):
    """Kernel and bias under each name."""
    return {f"{name}/{part}" for name in names for part in DENSE}


def unnamed(count):
    """What TF1 called so many variables without a name."""
    return {"Variable", *(f"Variable_{index}" for index in range(1, count))}


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
    "models_autoencoder": unnamed(4),
    "models_additive_gaussian_noise": {"w1", *unnamed(3)},
    "models_masking_noise": {"w1", *unnamed(3)},
    "models_variational": {"w1", "log_sigma_w1", *unnamed(4)},
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
    "examples_autoencoder": unnamed(8),
    "examples_variational": unnamed(10),
    "tutorials_convolutional": unnamed(9),
    "course_convolutional": scoped("conv2d", *(f"conv2d_{n}" for n in range(1, 7))),
    "boltzmann_machine": {"weights", "hidden_bias", "visible_bias"},
    "adversarial_autoencoder": {
        f"{scope}/{name}"
        for scope in PARTS
        for name in scoped("dense", "dense_1", "dense_2")
    },
}
# Epochs of the programs that learn little in three.
EPOCHS = {"notebook_linear_pca": 60, "examples_autoencoder": 20}
# Where a deviation passes 0, the divergence of this program jumps, up as well as down,
# and otherwise on each processor: what falls is its reconstruction, in more epochs.
UNSTABLE = "notebook_variational_deviation"
SLOTS = re.compile(r"(Adam|RMSProp)(_\d)?$|beta[12]_power(_\d)?$")


@pytest.mark.parametrize("name", mostly_slow(VARIABLES, *[*VARIABLES][::3]))
def test_a_program_learns_and_saves_its_variables(name, capsys, tmp_path):
    program = importlib.import_module(f"legacy_tf1_ports.{name}")
    path = tmp_path / "model.ckpt"
    count = {**EPOCHS, UNSTABLE: 10}.get(name, 3)
    options = ["--data", "digits", "--epochs", str(count), "--seed", "1"]
    program.main([*options, "--checkpoint", str(path)])
    printed = capsys.readouterr().out
    found = re.findall(r"(?:[lL]oss|[cC]ost|MSE|accuracy|error): ?(\S+)", printed)
    figures = [float(number.rstrip(",")) for number in found]
    assert figures
    assert np.isfinite(figures).all()
    # After each epoch, at least three of them in each phase or graph.
    total = "reconstruction loss" if name == UNSTABLE else "total loss"
    words = rf"Train.* {total}|Train MSE|Train accuracy|Cost|epoch \d loss"
    pattern = rf"({words}|Epoch \d+, [\w ]+): ?([^\s,]+)"
    epochs = re.findall(pattern, printed)
    assert len(epochs) % count == 0
    firsts, lasts = epochs[::count], epochs[count - 1 :: count]
    for (words, first), (_, last) in zip(firsts, lasts, strict=True):
        sign = -1 if words == "Train accuracy" else 1
        assert sign * float(last) < sign * float(first)
    if name == "notebook_several_graphs":
        path = tmp_path / "model.ckpt_2"
    assert path.with_suffix(f"{path.suffix}.meta").is_file()  # the graph
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


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--epochs", "0"), "must be a positive integer"),
        (("--seed", "-1"), "must be 0 or a positive integer"),
        (("--checkpoint", "missing/run.ckpt"), "there is no folder missing"),
        (("--checkpoint", "missing/"), "must name a file"),
        (("--checkpoint", "."), "must name a file"),
        (("--checkpoint", "checkpoint"), "must name a file"),
        (("--figure", "missing/codes.png"), "there is no folder missing"),
        (("--figure", "codes.what"), "must end with one of .png"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_training(
    option, message, capsys
):
    with pytest.raises(SystemExit) as ended:
        notebook_linear_pca.main([*option])
    assert ended.value.code == 2
    assert f"argument {option[0]}: {message}" in capsys.readouterr().err


@pytest.mark.parametrize("other", ["missing", "notebook_stacked"])
def test_a_classifier_begins_with_the_checkpoint_of_its_own_pretraining(
    other, tmp_path, capsys
):
    path = tmp_path / "run.ckpt"
    if other != "missing":
        program = importlib.import_module(f"legacy_tf1_ports.{other}")
        options = ["--data", "digits", "--epochs", "1"]
        program.main([*options, "--checkpoint", str(path)])
    capsys.readouterr()
    classifier = importlib.import_module(
        "legacy_tf1_ports.notebook_pretrained_classifier"
    )
    with pytest.raises(SystemExit) as ended:
        classifier.main(["--data", "digits", "--pretrained", str(path)])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{path} must be a checkpoint of notebook_cached" in line


@pytest.mark.parametrize("name", ["tutorials_convolutional", "course_convolutional"])
def test_programs_of_images_take_squares(name, tmp_path, capsys):
    np.save(tmp_path / "rows.npy", np.zeros((400, 12), "float32"))
    program = importlib.import_module(f"legacy_tf1_ports.{name}")
    with pytest.raises(SystemExit) as ended:
        program.main(["--data", str(tmp_path / "rows.npy")])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "trains on square images. Received: " in line
    assert "with 12 features" in line


def test_further_optimizers_see_what_those_before_have_changed():
    with _graph.session(0) as session:
        one, other = (tf.compat.v1.Variable(value) for value in (1.0, 1.0))
        loss, second = one**2, (one - other) ** 2
        descend = tf.compat.v1.train.GradientDescentOptimizer(0.25).minimize
        program = _graph.Program(
            one,
            one,
            loss,
            descend(loss, var_list=[one]),
            [one, other],
            None,
            further=((second, descend(second, var_list=[other])),),
        )
        session.run(tf.compat.v1.global_variables_initializer())
        # The second begins at (1/2 - 1)², of what the first has left.
        assert program.step(session, {}) == 1.25
        assert session.run([one, other]) == [0.5, 0.75]


def test_noise_that_is_fed_replaces_what_is_drawn():
    with _graph.session(0) as session:
        noise = _graph.drawn(tf.random.normal((3,)))
        drawn = [session.run(noise) for _ in range(2)]
        assert not np.array_equal(*drawn)
        np.testing.assert_array_equal(session.run(noise, {noise: [1, 2, 3]}), [1, 2, 3])
