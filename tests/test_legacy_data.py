"""What the legacy programs are fed, how they draw it, and what they refuse."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from legacy_tf1_ports import _data, _graph, notebook_linear_pca


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
