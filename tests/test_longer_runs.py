"""Finished runs that are trained on."""

import dataclasses

import pytest
from conftest import assert_same_weights, mostly_slow

import tfae
from tfae import recipes
from tfae.callbacks import resuming
from tfae.recipes.longer import AGAINST, check_longer

NAMES = (
    *("denoising_digits", "sparse_digits", "boltzmann_digits", "variational_digits"),
    *("adversarial_semi_supervised_digits", "vector_quantized_digits"),
    *("linear_pca_points", "detector_breast_cancer", "detector_faults"),
)


def short(name, epochs):
    recipe = recipes.get(name)
    small = {"batch_size": 500, "jit_compile": False, "decay": None, "passes": None}
    return dataclasses.replace(recipe, epochs=epochs, **small)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", mostly_slow(NAMES, "linear_pca_points"))
def test_a_run_that_is_trained_on_equals_a_longer_one(tmp_path, no_pictures, name):
    whole = tfae.run(short(name, 3), tmp_path / "whole", verbose=0)
    tfae.run(short(name, 2), tmp_path / "run", verbose=0)
    run = tfae.run(short(name, 3), tmp_path / "run", verbose=0, resume=True)
    assert_same_weights(run.model, whole.model)
    assert run.metrics["figures"] == whole.metrics["figures"]
    assert resuming.read_history(tmp_path / "run" / "history.csv") == (
        resuming.read_history(tmp_path / "whole" / "history.csv")
    )
    assert not (tmp_path / "run" / "unfinished").exists()


def test_a_reworded_recipe_continues_its_runs(recipe, tmp_path, no_pictures):
    recipe = dataclasses.replace(recipe, decay=None)
    run = tfae.run(recipe, tmp_path, verbose=0)
    reworded = dataclasses.replace(recipe, summary="other words", source="elsewhere")
    again = tfae.run(reworded, tmp_path, verbose=0, resume=True)
    assert again.metrics == run.metrics
    longer = dataclasses.replace(reworded, epochs=recipe.epochs + 1)
    assert tfae.run(longer, tmp_path, verbose=0, resume=True).metrics["epochs"] == 4


@pytest.mark.parametrize("field", AGAINST)
def test_a_run_that_would_end_elsewhere_is_not_trained_on(field):
    before = {"epochs": 2, field: "something"}
    with pytest.raises(ValueError, match=r"cannot be trained on.*resume=False"):
        check_longer(before, {**before, "epochs": 3})


def test_a_run_that_averages_its_weights_is_not_trained_on():
    before = {"epochs": 2, "optimizer_arguments": {"use_ema": True}}
    with pytest.raises(ValueError, match="its weights became their averages"):
        check_longer(before, {**before, "epochs": 3})


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"epochs": 1, "loss": "mse"}, "has had 2 epochs already"),
        ({"epochs": 3, "loss": "mae"}, "other settings: loss=mse"),
    ],
    ids=["fewer epochs", "another loss"],
)
def test_only_more_epochs_can_be_asked_for(after, words):
    with pytest.raises(ValueError, match=words):
        check_longer({"epochs": 2, "loss": "mse"}, after)


@pytest.mark.parametrize("before", [None, [], {}, {"epochs": "many"}], ids=str)
def test_a_run_without_settings_is_not_trained_on(before):
    with pytest.raises(ValueError, match="does not name its settings"):
        check_longer(before, {"epochs": 3})
