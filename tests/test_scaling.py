"""Recipes whose features are brought to one scale, by the training part alone."""

import dataclasses
import json
import re

import numpy as np
import pytest

import tfae
from legacy_tf1_ports import notebook_linear_pca
from tfae import datasets, training
from tfae.recipes import building


@pytest.fixture
def scaled(recipe):
    """The small recipe on values of other units, brought to a range of 1."""
    recipe = dataclasses.replace(recipe, epochs=1, scaling="minmax", validation=300)
    return building.override(recipe, {"output_activation": "linear"})


def test_points_are_those_of_the_legacy_program():
    recipe = dataclasses.replace(tfae.recipes.get("linear_pca_points"), validation=10)
    split = datasets.load("points", 10)
    split = datasets.mapped(split, building.preprocessing(recipe, split))
    train, test = notebook_linear_pca.examples("points")
    assert split.train.inputs.shape == (90, 3)
    # Scaled by 90 of the 100 points.
    np.testing.assert_allclose(split.test.inputs, test, atol=0.3)
    correlation = np.corrcoef(split.train.inputs[:, 0], train[:90, 0])[0, 1]
    assert correlation == pytest.approx(1)


@pytest.mark.slow
def test_a_run_leaves_a_model_of_raw_values(scaled, tmp_path, call_cli, no_pictures):
    split = datasets.load("digits", 300)
    run = training.run(scaled, tmp_path / "run", split, verbose=0)
    assert isinstance(run.model, tfae.PreprocessedModel)
    low, high = (f(split.train.inputs, axis=0) for f in (np.min, np.max))
    extent = np.where(high > low, high - low, 1)
    np.testing.assert_allclose(run.model.preprocessing.center, low, atol=1e-6)
    np.testing.assert_allclose(run.model.preprocessing.extent, extent, atol=1e-6)
    figures = run.metrics["figures"]
    result = call_cli("evaluate", "run", "--probe")
    assert result.returncode == 0, result.stderr
    for name in ("mse", "raw_mse"):
        assert f"{figures[f'test_{name}']:.6g}" in result.stdout
    few = ("finetune", "run", "--labels", 50, "--seeds", 1, "--epochs", 2)
    assert call_cli(*few).returncode == 0
    result = call_cli("export", "run", "--uint8")
    assert result.returncode == 2
    assert "scales its inputs itself" in result.stderr
    # What the command prints for a call makes rows as they come.
    printed = call_cli("export", "run", "--no-check").stdout
    exec(re.search(r"-c '(.*)'\n", printed)[1])
    expected = datasets.load("digits").test.inputs
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), expected)


@pytest.mark.slow
def test_other_data_are_scaled_as_those_that_were_trained_on(
    scaled, tmp_path, call_cli, no_pictures
):
    training.run(scaled, tmp_path / "run", verbose=0)
    dark = datasets.load("digits").everything.inputs / 2
    np.save(tmp_path / "dark.npy", dark)
    result = call_cli("evaluate", "run", "--data", "dark.npy")
    assert result.returncode == 0, result.stderr
    model = tfae.load(tmp_path / "run")
    error = ((model.predict(dark, verbose=0) - dark) ** 2).mean()
    assert f"{error:.5g}"[:6] in result.stdout


@pytest.mark.slow
def test_a_run_that_is_resumed_is_as_one_that_was_not(scaled, tmp_path, no_pictures):
    once = training.run(scaled, tmp_path / "run", verbose=0)
    again = training.run(scaled, tmp_path / "run", verbose=0, resume=True)
    assert isinstance(again.model, tfae.PreprocessedModel)
    assert again.metrics == json.loads(json.dumps(once.metrics))


def test_zeros_and_ones_are_not_scaled(scaled):
    with pytest.raises(ValueError, match="`binarize` cannot be combined with scaling"):
        dataclasses.replace(scaled, binarize="fixed")
