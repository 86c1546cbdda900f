"""From a recipe to files: what is written, checked and measured."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
from conftest import assert_one_line, assert_same_weights, small_recipe

import tfae
from tfae import datasets, recipes, reporting, training
from tfae.callbacks import resuming
from tfae.evaluation import measures
from tfae.recipes import building


def split_of(inputs, name="data"):
    part = datasets.Part(inputs)
    return datasets.Split(name, part, part, part)


def test_a_run_leaves_model_figures_and_pictures(recipe, digits, tmp_path):
    run = training.run(recipe, tmp_path, digits, seed=1, verbose=0)
    assert {path.relative_to(tmp_path).as_posix() for path in run.files} == {
        *("model.keras", "history.csv", "metrics.json"),
        *(f"figures/{name}.png" for name in ("reconstructions", "codes", "loss")),
        "figures/filters.png",
    }
    assert not (tmp_path / "unfinished").exists()
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics == run.metrics
    assert metrics["epochs"] == 3
    outputs = tfae.load(tmp_path).predict(digits.test.inputs, verbose=0)
    expected = np.mean((outputs - digits.test.inputs) ** 2)
    assert metrics["figures"]["test_mse"] == pytest.approx(expected, rel=1e-5)
    history = (tmp_path / "history.csv").read_text().splitlines()
    assert history[0].startswith("epoch,loss,")
    assert len(history) == 4


@pytest.mark.slow
def test_same_seed_same_run(digits, tmp_path, no_pictures):
    runs = [
        training.run(
            small_recipe(), tmp_path / str(index), digits, seed=seed, verbose=0
        )
        for index, seed in enumerate((5, 5, 6))
    ]
    losses = [run.metrics["figures"]["valid_loss"] for run in runs]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_early_stopping_brings_the_best_weights_back(
    recipe, digits, tmp_path, no_pictures
):
    recipe = dataclasses.replace(
        recipe, epochs=40, patience=2, learning_rate=0.3, decay=None
    )
    run = training.run(recipe, tmp_path, digits, verbose=0)
    rows = (tmp_path / "history.csv").read_text().splitlines()
    column = rows[0].split(",").index("val_loss")
    losses = [float(row.split(",")[column]) for row in rows[1:]]
    assert len(losses) < 40
    assert run.metrics["figures"]["valid_loss"] == pytest.approx(min(losses), rel=1e-4)
    assert np.argmin(losses) == len(losses) - 3


def test_a_failed_run_leaves_the_old_model(recipe, digits, tmp_path, monkeypatch):
    training.run(recipe, tmp_path, digits, verbose=0)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def fail(*arguments, **options):
        raise OSError("no space left on device")

    monkeypatch.setattr(resuming.Backup, "_save_model", fail)
    with pytest.raises(OSError, match="no space"):
        training.run(recipe, tmp_path, digits, seed=1, verbose=0)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
def test_a_run_stopped_early_and_killed_trains_no_further(recipe, digits, tmp_path):
    recipe = dataclasses.replace(
        recipe, epochs=40, patience=2, learning_rate=0.3, decay=None
    )
    model = building.build(recipe, (64,))
    building.compile_model(model, recipe, steps=22)
    training.fit(model, recipe, digits, tmp_path, verbose=0)
    before = (tmp_path / "history.csv").read_text()
    start = resuming.repair_backup(tmp_path / "backup")
    again = building.build(recipe, (64,))
    building.compile_model(again, recipe, steps=22)
    training.fit(again, recipe, digits, tmp_path, start, verbose=0)
    assert (tmp_path / "history.csv").read_text() == before
    assert_same_weights(again, model)


def test_a_likelihood_that_is_missed_is_missed_at_once(digits, tmp_path):
    recipe = recipes.get("importance_weighted_digits")
    recipe = dataclasses.replace(recipe, model="VariationalAutoencoder", loss="mse")
    recipe = building.override(recipe, {"likelihood": None})
    with pytest.raises(ValueError, match="no density to weigh"):
        training.run(recipe, tmp_path, digits, verbose=0)


def test_few_steps_of_wide_batches_run_at_once(recipe):
    digits = building.build(recipe, (64,))
    building.compile_model(digits, recipe, steps=468)
    assert digits.steps_per_execution == 58
    wide = building.build(recipe, (2560,))
    building.compile_model(wide, recipe, steps=468)
    assert wide.steps_per_execution == 3


def test_another_optimizer_has_its_own_arguments(recipe):
    recipe = building.override(recipe, {"optimizer": "sgd"})
    model = building.build(recipe, (64,))
    building.compile_model(model, recipe, steps=10)
    assert isinstance(model.optimizer, keras.optimizers.SGD)


@pytest.mark.slow
def test_a_loaded_model_still_learns(recipe, digits, tmp_path, no_pictures):
    training.run(recipe, tmp_path, digits, verbose=0)
    model = tfae.load(tmp_path)
    before = model.get_weights()[0]
    model.fit(digits.train.inputs[:64], verbose=0)
    assert (model.get_weights()[0] != before).any()


@pytest.mark.slow
def test_a_centred_recipe_begins_at_the_mean(recipe, digits, tmp_path, no_pictures):
    recipe = building.override(recipe, {"output_activation": "linear"})
    recipe = dataclasses.replace(
        recipe, epochs=1, learning_rate=1e-12, decay=None, center=True
    )
    model = training.run(recipe, tmp_path, digits, verbose=0).model
    np.testing.assert_allclose(
        model.decoder.layers[-1].bias, digits.train.inputs.mean(axis=0), atol=1e-6
    )


@pytest.mark.slow
def test_a_recipe_fine_tunes_classifiers_of_its_model(
    recipe, digits, tmp_path, no_pictures
):
    tuned = {"counts": (20, 100), "epochs": 2}
    recipe = dataclasses.replace(recipe, epochs=1, fine_tuning=tuned)
    figures = training.run(recipe, tmp_path, digits, seed=4, verbose=0).metrics
    rows = list(csv.DictReader((tmp_path / "fine_tuning.csv").read_text().splitlines()))
    assert [(row["labels"], row["seed"]) for row in rows] == [("20", "4"), ("100", "4")]
    for row in rows:
        for name in ("pretrained", "scratch"):
            error = figures["figures"][f"{name}_error_{row['labels']}"]
            assert 0 < error == float(row[name]) < 1


def test_labels_that_are_not_there_are_refused_before_training(
    recipe, digits, tmp_path
):
    recipe = dataclasses.replace(recipe, fine_tuning={"counts": (9_000,)})
    with pytest.raises(ValueError, match="9000 labels would take"):
        training.run(recipe, tmp_path / "out", digits, verbose=0)
    assert not (tmp_path / "out").exists()


def test_sigmoid_outputs_need_values_in_range(recipe):
    model = building.build(recipe, (5,))
    with pytest.raises(ValueError, match="values from -2 to 2"):
        training.check_inputs(model, split_of(np.linspace(-2, 2, 50).reshape(10, 5)))


def test_linear_outputs_take_any_values(recipe):
    recipe = building.override(recipe, {"output_activation": "linear"})
    model = building.build(recipe, (5,))
    training.check_inputs(model, split_of(np.linspace(-2, 2, 50).reshape(10, 5)))


def test_width_must_be_the_model_s(recipe, digits):
    model = building.build(recipe, (5,))
    with pytest.raises(ValueError, match=r"takes examples of shape \(5,\)"):
        training.check_inputs(model, digits)


@pytest.mark.usefixtures("eager")
def test_measures_include_pca_where_it_can_be_fitted(recipe, digits):
    model = building.build(recipe, (64,))
    building.compile_model(model, recipe)
    assert "pca_test_mse" in measures.measure(model, digits)
    wide = building.build(building.override(recipe, {"hidden_units": (80,)}), (64,))
    building.compile_model(wide, recipe)
    assert "pca_test_mse" not in measures.measure(wide, digits)


@pytest.mark.parametrize("change", [{"optimizer": "adamm"}, {"loss": "sum"}])
def test_impossible_settings_are_refused(recipe, digits, tmp_path, change):
    with pytest.raises(ValueError, match=next(iter(change.values()))):
        building.override(recipe, change)
    recipe = dataclasses.replace(recipe, **change)
    with pytest.raises(ValueError, match=next(iter(change.values()))):
        training.run(recipe, tmp_path, digits, verbose=0)
    assert not any(tmp_path.iterdir())


def test_epochs_of_none_are_for_cached_pretraining(recipe):
    with pytest.raises(ValueError, match="`epochs` must be a positive integer"):
        dataclasses.replace(recipe, epochs=0)


def test_unknown_probes_are_refused_before_training(recipe, digits, tmp_path):
    strange = dataclasses.replace(recipe, probes=("tarot",))
    with pytest.raises(ValueError, match="There is no probe 'tarot'"):
        training.run(strange, tmp_path / "out", digits)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_networks_that_are_bare_layers_are_measured_and_drawn(digits, tmp_path):
    encoder, decoder = keras.layers.Dense(5, "sigmoid"), keras.layers.Dense(64)
    model = tfae.ContractiveAutoencoder(encoder, decoder, method="exact")
    model.compile(loss="mse")
    assert "pca_test_mse" in measures.measure(model, digits)
    names = reporting.draw(model, digits, tmp_path, "bare")
    assert "figures/singular_values.png" in names
    assert "figures/denoising.png" not in names  # nothing corrupts


def test_there_must_be_something_to_resume(recipe, digits, tmp_path):
    with pytest.raises(ValueError, match="no unfinished training"):
        training.run(recipe, tmp_path, digits, resume=True, verbose=0)
    assert not any(tmp_path.iterdir())


def test_a_training_is_not_resumed_on_more_or_fewer_examples(
    recipe, digits, tmp_path, monkeypatch
):
    monkeypatch.setattr(reporting, "draw", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        training.run(recipe, tmp_path, digits, verbose=0)
    fewer = dataclasses.replace(
        digits, train=datasets.Part(digits.train.inputs[1:], digits.train.labels[1:])
    )
    with pytest.raises(ValueError, match=r"other settings: .*examples=\[1457, "):
        training.run(recipe, tmp_path, fewer, resume=True, verbose=0)


@pytest.mark.slow
def test_own_arrays_have_no_name_to_be_evaluated_by(
    call_cli, recipe, tmp_path, no_pictures
):
    values = np.random.default_rng(0).random((60, 64), "float32")
    recipe = dataclasses.replace(
        recipe, batch_size=10, references=(("test_mse", 0.1, "a paper"),)
    )
    training.run(recipe, tmp_path / "run", split_of(values), verbose=0)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["settings"]["data"] is None
    assert metrics["settings"]["validation"] is None
    # Those of the recipe are of the digits.
    assert metrics["references"] == []
    result = call_cli("evaluate", "run")
    assert_one_line(result, "was trained on unnamed arrays", "Give --data")
    np.save(tmp_path / "mine.npy", values)
    result = call_cli("evaluate", "run", "--data", "mine.npy")
    assert result.returncode == 0, result.stderr
    assert f"{metrics['figures']['test_mse']:.6g}" in result.stdout


def test_a_split_is_recorded_as_it_was_loaded(call_cli, recipe, tmp_path, no_pictures):
    references = (("test_mse", 0.1, "a paper"),)
    recipe = dataclasses.replace(recipe, references=references)
    split = datasets.load("digits", validation=100)
    metrics = training.run(recipe, tmp_path / "run", split, verbose=0).metrics
    assert metrics["settings"]["data"] == "digits"
    assert metrics["settings"]["validation"] == 100
    assert metrics["examples"] == [1518, 100, 179]
    # Of the same data, whose test part is the same.
    assert metrics["references"] == [[*references[0]]]
    result = call_cli("evaluate", "run", "--part", "valid")
    assert result.returncode == 0, result.stderr
    assert "valid: 100" in result.stdout
    assert f"{metrics['figures']['valid_mse']:.6g}" in result.stdout


def test_references_are_of_the_data_of_the_recipe(recipe, tmp_path):
    recipe = dataclasses.replace(recipe, references=(("test_mse", 0.1, "a paper"),))
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).random((60, 64)))
    other = datasets.load(tmp_path / "mine.npy")
    prepared = training.running.prepare(recipe, tmp_path, other).recipe
    assert (prepared.data, prepared.references) == (str(tmp_path / "mine.npy"), ())
    prepared = training.running.prepare(recipe, tmp_path).recipe
    assert prepared.references == recipe.references


@pytest.mark.parametrize(
    "change",
    [
        lambda split: dataclasses.replace(split, train=split.valid),
        lambda split: datasets.binarize(split, "threshold"),
    ],
    ids=["other examples", "zeros and ones"],
)
def test_a_changed_split_is_no_longer_that_of_its_name(recipe, tmp_path, change):
    split = datasets.load("digits")
    prepared = training.running.prepare(recipe, tmp_path, change(split)).recipe
    assert prepared.data is None
    images = datasets.as_images(split)
    assert training.running.prepare(recipe, tmp_path, images).recipe.data == "digits"
