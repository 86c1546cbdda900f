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


def test_redrawn_batches_repeat_examples_in_an_epoch_but_not_in_a_batch():
    rows = np.arange(100)
    batches = _data.redrawn((rows, -rows), 20, seed=0)
    taken = [next(batches) for _ in range(5)]
    for inputs, labels in taken:
        np.testing.assert_array_equal(inputs, -labels)
        assert len(set(inputs)) == 20
    assert 50 < len(set(np.concatenate([inputs for inputs, _ in taken]))) < 80


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("leaky_relu_stacked", _data.in_order),
        ("models_autoencoder", _data.blocks),
        ("models_additive_gaussian_noise", _data.blocks),
        ("models_masking_noise", _data.blocks),
        ("models_variational", _data.blocks),
        ("notebook_linear_pca", _data.in_order),
        ("notebook_stacked", _data.shuffled),
        ("notebook_variational", _data.shuffled),
        ("notebook_pretrained_classifier", _data.redrawn),
    ],
)
def test_a_program_says_how_it_draws_batches(name, draw):
    with _graph.session(0):
        built = importlib.import_module(f"legacy_tf1_ports.{name}").build(64)
    assert built.draw is draw


@pytest.mark.parametrize("name", ["several_graphs", "cached", "classifier"])
def test_the_notebook_draws_some_batches_anew(name, monkeypatch):
    drawn = []

    def redrawn(arrays, batch_size, seed):
        drawn.append((len(arrays[0]), batch_size))
        return _data.shuffled(arrays, batch_size, seed)

    program = importlib.import_module(f"legacy_tf1_ports.notebook_{name}")
    monkeypatch.setattr(_data, "redrawn", redrawn)
    program.main(["--data", "digits", "--epochs", "1", "--seed", "0"])
    assert drawn == [(1618, 150)] * (2 if name == "several_graphs" else 1)


@pytest.mark.parametrize(
    ("name", "saved", "message"),
    [
        ("leaky_relu_stacked", None, "a readable .npy file. Received: x.npy"),
        ("leaky_relu_stacked", b"", "a readable .npy file. Received: x.npy"),
        ("notebook_stacked", {"x": 1}, "a readable .npy file. Received: x.npy"),
        ("models_autoencoder", np.zeros((141, 4)), "Received: 127 to train on"),
        ("leaky_relu_stacked", np.zeros((50, 4)), "batches of 128 examples"),
        ("leaky_relu_stacked", np.zeros((150, 5)), "--figure draws squares"),
        ("notebook_stacked", np.zeros(50), "array of shape (50,)"),
        ("notebook_stacked", np.full((50, 4), np.nan), "[0, 1]. Received: nan to"),
        ("notebook_variational", np.full((50, 4), 2), "[0, 1]. Received: 2 to 2"),
        ("notebook_classifier", np.zeros((50, 4)), "has no labels"),
        ("notebook_pretrained_classifier", np.zeros((50, 4)), "has no labels"),
    ],
)
def test_data_that_do_not_fit_are_refused(
    name, saved, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    if saved is not None:
        with Path("x.npy").open("wb") as file:
            if isinstance(saved, bytes):
                file.write(saved)
            elif isinstance(saved, dict):
                np.savez(file, **saved)
            else:
                np.save(file, saved)
    options = ["--data", "x.npy", "--checkpoint", "run.ckpt"]
    if name == "leaky_relu_stacked":
        options += ["--figure", "run.png"]
    program = importlib.import_module(f"legacy_tf1_ports.{name}")
    with pytest.raises(SystemExit) as ended:
        program.main(options)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert message in line
    assert not printed.out  # of any training
    assert not [*tmp_path.glob("run*")]


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


def test_mnist_that_is_not_there_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(
        "tensorflow_datasets.load", lambda *_, **__: tmp_path.joinpath("no").open()
    )
    with pytest.raises(SystemExit) as ended:
        importlib.import_module("legacy_tf1_ports.notebook_tied").main([])
    assert ended.value.code == 2
    assert "(FileNotFoundError). Point TFDS_DATA_DIR" in capsys.readouterr().err


def test_blocks_of_all_there_is_are_one_block():
    (block,) = next(_data.blocks((np.arange(8),), 8, seed=0))
    np.testing.assert_array_equal(block, np.arange(8))


def test_blocks_are_neighbours():
    batches = _data.blocks((np.arange(50),), 8, seed=0)
    starts = set()
    for _ in range(20):
        (block,) = next(batches)
        np.testing.assert_array_equal(np.diff(block), 1)
        assert len(block) == 8
        starts.add(block[0])
    assert len(starts) > 5


def test_batches_in_order_begin_anew_after_the_last_whole_one():
    batches = _data.in_order((np.arange(10),), 4)
    taken = [list(next(batches)[0]) for _ in range(3)]
    assert taken == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]]


def test_points_lie_near_a_plane():
    train, test = notebook_linear_pca.examples("points")
    assert train.shape == test.shape == (100, 3)
    variances = np.linalg.svd(train, compute_uv=False) ** 2 / len(train)
    assert variances[2] < 0.3 * variances[1]


def test_noise_that_is_fed_replaces_what_is_drawn():
    with _graph.session(0) as session:
        noise = _graph.drawn(tf.random.normal((3,)))
        drawn = [session.run(noise) for _ in range(2)]
        assert not np.array_equal(*drawn)
        np.testing.assert_array_equal(session.run(noise, {noise: [1, 2, 3]}), [1, 2, 3])
