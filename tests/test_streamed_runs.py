"""Runs on folders of images that are read as they are asked for."""

import dataclasses

import keras
import numpy as np
import pytest
from conftest import assert_same_weights, mostly_slow
from image_folders import save

import tfae
from tfae import datasets, training
from tfae.datasets import streams


@pytest.mark.slow
def test_a_run_on_a_stream_is_measured_and_drawn(tmp_path, monkeypatch, eager):
    monkeypatch.setattr(streams, "KEEP_BELOW", 0)  # so that files are read in training
    save(tmp_path / "images" / "a", size=(5, 9))
    save(tmp_path / "images" / "b", size=(7, 5), seed=1)
    recipe = dataclasses.replace(
        tfae.recipes.get("convolutional_digits"),
        data=str(tmp_path / "images"),
        reading={"image_size": (8, 8)},
        epochs=2,
        batch_size=16,
        probes=("knn",),
    )
    run = training.run(recipe, tmp_path / "run", verbose=0)
    figures = run.metrics["figures"]
    assert {"test_mse", "knn_error", "pca_test_mse"} <= set(figures)
    assert run.metrics["settings"]["reading"]["image_size"] == [8, 8]
    given = training.run(
        dataclasses.replace(recipe, data=None, reading=None),
        tmp_path / "again",
        datasets.stream(tmp_path / "images", image_size=(8, 8)),
        verbose=0,
    )
    assert given.metrics["figures"] == figures
    assert given.metrics["settings"]["reading"]["image_size"] == [8, 8]


def recipe_of_stream(name, folder):
    """A recipe of an epoch on the images that it writes into a folder."""
    save(folder, size=(8, 8))
    return dataclasses.replace(
        tfae.recipes.get(name), data=str(folder), reading={}, epochs=1, batch_size=8
    )


def test_a_training_is_not_resumed_on_other_files(tmp_path, no_pictures, eager):
    recipe = recipe_of_stream("convolutional_digits", tmp_path / "images")
    job = training.running.prepare(recipe, tmp_path / "run", verbose=0)
    with training.folder.begin(job.output, job.settings, resume=False) as (begun, _):
        (begun / "history.csv").write_text("")
    (tmp_path / "images" / "007.png").rename(tmp_path / "images" / "999.png")
    with pytest.raises(ValueError, match="has other settings: files="):
        training.run(recipe, tmp_path / "run", resume=True, verbose=0)


@pytest.mark.slow
def test_a_variational_model_trains_on_a_stream(tmp_path, no_pictures, eager):
    recipe = recipe_of_stream("convolutional_variational_digits", tmp_path / "images")
    run = training.run(recipe, tmp_path / "run", verbose=0)
    assert np.isfinite(run.metrics["figures"]["test_elbo"])


def test_a_file_that_goes_during_training_is_named(tmp_path, monkeypatch, eager):
    monkeypatch.setattr(streams, "KEEP_BELOW", 0)
    save(tmp_path / "images", size=(8, 8))
    split = datasets.stream(tmp_path / "images")
    (tmp_path / "images" / "007.png").unlink()
    recipe = dataclasses.replace(
        tfae.recipes.get("convolutional_digits"), data=None, epochs=1, batch_size=8
    )
    with pytest.raises(ValueError, match=r"changed during .* Received: .*007\.png"):
        training.run(recipe, tmp_path / "run", split, verbose=0)


@pytest.mark.slow
def test_the_command_streams_and_evaluates_what_it_streamed(call_cli, tmp_path, eager):
    save(tmp_path / "images", size=(9, 11))
    (tmp_path / "images" / "000.png").write_bytes(b"no image")
    options = ("train", "convolutional_digits", "--data", "images", "--epochs", "1")
    result = call_cli(*options, "--batch-size", "16", "--image-size", "8x8")
    assert result.returncode == 2
    assert "000.png" in result.stderr
    assert "--skip-unreadable" in result.stderr
    options += ("--batch-size", "16", "--image-size", "8x8", "--skip-unreadable")
    result = call_cli(*options, "--output", "run")
    assert result.returncode == 0, result.stderr
    assert "39 images of images read as 8×8×3, resized" in result.stdout
    assert "1 files that cannot be read left out" in result.stdout
    save(tmp_path / "others", size=(5, 7))
    for data in ((), ("--data", "images"), ("--data", "others")):
        result = call_cli("evaluate", "run", *data)
        assert result.returncode == 0, result.stderr
        assert "8×8×3, resized" in result.stdout
    result = call_cli("evaluate", "run", "--part", "all")
    assert result.returncode == 2
    assert "Use --part test or --part valid" in result.stderr


@pytest.mark.parametrize("size", ["64", "0x4", "8x8x3", "axb"])
def test_the_command_refuses_other_sizes(call_cli, size):
    result = call_cli("train", "convolutional_digits", "--image-size", size)
    assert result.returncode == 2
    assert f"--image-size takes HEIGHTxWIDTH, such as 64x64. Received: {size}" in (
        result.stderr
    )


class Killed(keras.callbacks.Callback):
    """Ends the training in its second epoch of three."""

    def on_train_batch_begin(self, batch, logs=None):
        if self.epoch == 1:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


@pytest.mark.usefixtures("eager", "no_pictures", "backups")
@pytest.mark.parametrize("source", mostly_slow(["array", "images"], "array"))
def test_a_killed_run_on_a_stream_ends_as_if_it_had_not(tmp_path, monkeypatch, source):
    monkeypatch.setattr(streams, "KEEP_BELOW", 0)  # so that files are read in training
    path, name = tmp_path / "x.npy", "denoising_digits"
    np.save(path, np.random.default_rng(0).random((60, 64), "float32"))
    if source == "images":
        path, name = tmp_path / "images", "convolutional_digits"
        save(path, size=(8, 8))
    recipe = dataclasses.replace(
        tfae.recipes.get(name),
        **{"data": str(path), "reading": {}, "epochs": 3, "batch_size": 8},
        **{"jit_compile": False, "decay": None, "passes": None},
    )
    whole = tfae.run(recipe, tmp_path / "whole", verbose=0)
    with pytest.raises(KeyboardInterrupt):
        tfae.run(recipe, tmp_path / "run", verbose=0, callbacks=[Killed()])
    run = tfae.run(recipe, tmp_path / "run", verbose=0, resume=True)
    assert_same_weights(run.model, whole.model)
    assert run.metrics["figures"] == whole.metrics["figures"]
