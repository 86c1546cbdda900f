"""Features brought to one scale, by the training part alone."""

import dataclasses
import re

import numpy as np
import pytest

from legacy_tf1_ports import notebook_linear_pca
from tfae import datasets, training
from tfae.recipes import building


def test_standard_scaling_is_by_mean_and_deviation_of_the_training_part(digits):
    scaled = datasets.scale(digits, "standard")
    inputs = digits.train.inputs.astype("float64")
    deviation = inputs.std(axis=0)
    deviation[deviation == 0] = 1
    for name in ("train", "valid", "test"):
        expected = (getattr(digits, name).inputs - inputs.mean(axis=0)) / deviation
        found = getattr(scaled, name)
        np.testing.assert_allclose(found.inputs, expected, atol=1e-4)
        assert found.inputs.dtype == np.float32
        np.testing.assert_array_equal(found.labels, getattr(digits, name).labels)


def test_minmax_scaling_fills_the_range(digits):
    scaled = datasets.scale(digits, "minmax").train.inputs
    varied = np.ptp(digits.train.inputs, axis=0) > 0
    np.testing.assert_allclose(scaled[:, varied].min(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled[:, varied].max(axis=0), 1, atol=1e-6)


def test_other_data_are_scaled_as_those_that_were_trained_on(digits):
    dark = dataclasses.replace(
        digits, train=digits.train._replace(inputs=digits.train.inputs / 2)
    )
    scaled = datasets.scale(dark, "standard", like=digits)
    expected = datasets.scale(digits, "standard")
    np.testing.assert_array_equal(scaled.test.inputs, expected.test.inputs)
    assert (scaled.scaling, scaled.scaled_like) == ("standard", ("digits", 161))


def test_images_keep_their_shape():
    images = datasets.load("digits", flatten=False)
    scaled = datasets.scale(images, "standard")
    assert scaled.test.inputs.shape == images.test.inputs.shape
    assert datasets.scale(images) is images


def test_nothing_is_scaled_twice(digits, recipe, tmp_path, no_pictures):
    scaled = datasets.scale(digits, "minmax")
    for arguments in ((scaled, "standard"), (digits, "standard", scaled)):
        with pytest.raises(ValueError, match="digits is scaled already"):
            datasets.scale(*arguments)
    recipe = dataclasses.replace(recipe, epochs=1)
    recipe = building.override(recipe, {"output_activation": "linear"})
    run = training.run(recipe, tmp_path, scaled, verbose=0)
    assert run.metrics["settings"]["scaling"] == "minmax"


def test_there_are_two_ways_to_scale(digits):
    with pytest.raises(ValueError, match="`how` must be one of standard, minmax"):
        datasets.scale(digits, "log")


def test_points_are_those_of_the_legacy_program():
    split = datasets.scale(datasets.load("points", 10), "standard")
    train, test = notebook_linear_pca.examples("points")
    assert split.train.inputs.shape == (90, 3)
    # Scaled by 90 of the 100 points.
    np.testing.assert_allclose(split.test.inputs, test, atol=0.3)
    correlation = np.corrcoef(split.train.inputs[:, 0], train[:90, 0])[0, 1]
    assert correlation == pytest.approx(1)


def test_a_run_is_trained_and_measured_on_scaled_values(
    recipe, digits, tmp_path, call_cli, no_pictures
):
    recipe = dataclasses.replace(recipe, epochs=1, scaling="minmax", decay=None)
    recipe = building.override(recipe, {"output_activation": "linear"})
    split = datasets.load("digits", 300)
    recipe = dataclasses.replace(recipe, validation=300)
    training.run(recipe, tmp_path / "run", split, verbose=0)
    result = call_cli("evaluate", "run")
    assert result.returncode == 0, result.stderr
    result = call_cli("export", "run", "--uint8")
    assert result.returncode == 2
    assert "scaled" in result.stderr
    # What the command prints for a call makes rows that are scaled as the run's.
    printed = call_cli("export", "run", "--no-check").stdout
    exec(re.search(r"-c '(.*)'\n", printed)[1])
    expected = datasets.scale(datasets.load("digits", 300), "minmax").test.inputs
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), expected)
