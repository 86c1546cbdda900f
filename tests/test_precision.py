"""Recipes in half precision, and with accumulated gradients."""

import dataclasses

import contract
import keras
import numpy as np
import pytest
from conftest import assert_one_line, slow
from test_replicas import CASES

import tfae
from tfae import recipes
from tfae.recipes import building
from tfae.recipes.recipe import PRECISIONS

QUICK = ("leaky_relu_digits", "variational_digits")
# The closed form solves its equations in double precision, and words have no precision.
SOLVED = ("marginalized_digits",)


def trained(name, epochs=3, **changes):
    """A recipe's model, and the history of its epochs of 64 examples."""
    keras.utils.set_random_seed(1)
    recipe = dataclasses.replace(recipes.get(name), decay=None, **changes)
    inputs, labels = contract.samples(recipe), contract.told(recipe)
    model = building.build(recipe, inputs.shape[1:])
    if hasattr(model, "adapt"):
        model.adapt(inputs)
    building.compile_model(model, recipe, len(inputs) // recipe.batch_size)
    data = tfae.batches(inputs, recipe.batch_size, labels, shuffle=False)
    history = model.fit(data, epochs=epochs, shuffle=False, verbose=0)
    return model, history.history


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    "name", [name if name in QUICK else slow(name) for name in CASES.values()]
)
def test_every_class_trains_in_half_precision(tmp_path, name, precision):
    before = keras.config.dtype_policy()
    changes = {"batch_size": 32, "jit_compile": name in QUICK}
    model, history = trained(name, precision=precision, **changes)
    assert keras.config.dtype_policy() == before
    assert np.isfinite(history["loss"]).all()
    policies = {layer.compute_dtype for layer in model._flatten_layers()}
    assert name in SOLVED or precision.removeprefix("mixed_") in policies
    # Half-precision weights would lose small steps.
    kinds = {weight.dtype for weight in model.trainable_variables}
    assert kinds <= {"float32", "float64"}
    tfae.saving.save(model, tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert loaded.dtype_policy == model.dtype_policy


def test_accumulated_gradients_make_the_steps_of_a_larger_batch():
    large, _ = trained("leaky_relu_digits", 6, batch_size=64)
    small, _ = trained(
        "leaky_relu_digits", 6, batch_size=16, gradient_accumulation_steps=4
    )
    assert small.optimizer.iterations == large.optimizer.iterations == 6
    for ours, theirs in zip(small.get_weights(), large.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.slow
def test_a_run_keeps_its_precision(run_cli, tmp_path):
    command = ("train", "leaky_relu_digits", "--epochs", "2", "--output", tmp_path)
    run_cli(*command, "--precision", "mixed_bfloat16")
    assert tfae.load(tmp_path).dtype_policy.name == "mixed_bfloat16"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--precision", "half"), ("precision", "mixed_float16", "half")),
        (("--set", "precision=float64"), ("precision", "mixed_bfloat16", "float64")),
        (("--set", "gradient_accumulation_steps=1"), (">= 2",)),
        (("--set", "gradient_accumulation_steps=2.5"), ("gradient_accumulation",)),
    ],
)
def test_other_values_are_refused(call_cli, options, words):
    assert_one_line(call_cli("train", "leaky_relu_digits", *options), *words)
