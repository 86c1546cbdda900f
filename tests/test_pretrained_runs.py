"""Recipes that pretrain: what a run of theirs writes, and how it goes on."""

import dataclasses
import functools

import pytest
from conftest import assert_same_weights, slow

from tfae import recipes, reporting, training
from tfae.callbacks import resuming

# Of a recipe whose own batches are small.
FEW = {"batch_size": 500}


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("cached", [False, slow(True)])
def test_a_pretrained_run_shows_its_layers(digits, tmp_path, cached):
    chosen = dataclasses.replace(
        recipes.get("greedy_digits"),
        pretraining={"epochs": 2, "cached": cached},
        epochs=0 if cached else 5,
        **FEW,
    )
    run = training.run(chosen, tmp_path, digits, verbose=0)
    rows = resuming.read_histories(tmp_path)
    expected = [1, 1, 2, 2] if cached else [1, 1, 2, 2, 0]
    assert [row["layer"] for row in rows] == expected
    assert run.metrics["figures"]["layer_2_loss"] == rows[3]["loss"]
    assert run.metrics["epochs"] == (0 if cached else 5)
    assert (tmp_path / "pretraining.csv").exists() == cached
    assert (tmp_path / "figures" / "loss.png").exists()


class Stop(Exception):
    """Stands for a kill."""


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    """Gives a recipe, and a folder and a run of it that was not stopped."""

    @functools.cache
    def run(cached):
        recipe = dataclasses.replace(
            recipes.get("greedy_digits"),
            pretraining={"epochs": 2, "cached": cached},
            epochs=3 if cached else 6,
            **FEW,
        )
        folder = tmp_path_factory.mktemp("whole")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reporting, "draw", lambda *arguments: [])
            return recipe, folder, training.run(recipe, folder, digits, verbose=0)

    return run


@pytest.mark.parametrize(
    ("cached", "rows"),
    [slow(False, 3), slow(True, 3), slow(True, 6)],
)
def test_a_pretrained_run_that_is_stopped_goes_on(
    digits, tmp_path, monkeypatch, no_pictures, whole, cached, rows
):
    recipe, folder, expected = whole(cached)
    written, write = [], resuming.HistoryFile.on_epoch_end

    def stop(callback, epoch, logs=None):
        written.append(epoch)
        if len(written) == rows:
            raise Stop
        write(callback, epoch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(resuming.HistoryFile, "on_epoch_end", stop)
        with pytest.raises(Stop):
            training.run(recipe, tmp_path / "stopped", digits, verbose=0)
    run = training.run(recipe, tmp_path / "stopped", digits, resume=True, verbose=0)
    assert_same_weights(run.model, expected.model)
    tables = [
        [row["layer"] for row in resuming.read_histories(path)[:4]]
        for path in (folder, tmp_path / "stopped")
    ]
    assert tables == [[1, 1, 2, 2]] * 2


@pytest.mark.usefixtures("eager")
@pytest.mark.slow
def test_tables_of_an_earlier_run_go(digits, tmp_path, no_pictures):
    recipe = recipes.get("greedy_digits")
    for epochs in (1, 0):
        pretraining = {"epochs": 1, "cached": True}
        recipe = dataclasses.replace(
            recipe, pretraining=pretraining, epochs=epochs, **FEW
        )
        training.run(recipe, tmp_path, digits, verbose=0)
        assert (tmp_path / "history.csv").exists() == bool(epochs)


@pytest.mark.usefixtures("eager")
def test_what_is_refused_late_keeps_the_layers(
    digits, tmp_path, monkeypatch, no_pictures
):
    recipe = recipes.get("greedy_digits")
    pretraining = {"epochs": 1, "cached": True}
    recipe = dataclasses.replace(recipe, pretraining=pretraining, epochs=0, **FEW)

    def refuse(callback, epoch, logs=None):
        raise ValueError("no")

    monkeypatch.setattr(resuming.HistoryFile, "on_epoch_end", refuse)
    with pytest.raises(ValueError, match="no"):
        training.run(recipe, tmp_path, digits, verbose=0)
    assert (tmp_path / "unfinished" / "settings.json").exists()


@pytest.mark.parametrize("setting", [{"patience": 3}, {"decay": "cosine"}])
def test_phases_do_not_go_with_what_follows_one_training(setting):
    with pytest.raises(ValueError, match="does not go with phases"):
        dataclasses.replace(recipes.get("greedy_digits"), **setting)
