"""One suite over all recipes: a new variant is tested by adding its recipe."""

import dataclasses
import inspect
import os

import contract
import keras
import pytest
import tensorflow as tf

from tfae.recipes import RECIPES, pretrained, quick, regularized, variational
from tfae.recipes.recipe import layer

# The regularised and the variational families are tested by their recipes on the
# digits, the pretrained stacks as the plain ones; TFAE_CONTRACT=all adds the others, of
# the same classes.
LARGE = (
    *regularized.RECIPES,
    *pretrained.RECIPES,
    *(recipe for recipe in variational.RECIPES if recipe.data == "mnist"),
)
EVERY = os.environ.get("TFAE_CONTRACT") == "all"
CHOSEN = [recipe for recipe in RECIPES.values() if EVERY or recipe not in LARGE]
GAUSSIAN = layer("GaussianNoise", stddev=0.3)
# Arguments of which no recipe makes use, and which keep a state or a loss of their own.
ARGUMENTS = [
    ("sparse_digits", {"momentum": 0.9}),
    ("sparse_digits", {"penalty": "squared", "target_activation": 0.2}),
    ("denoising_digits", {"corruption": GAUSSIAN, "intact_weight": 0.5}),
    ("contractive_digits", {"method": "exact"}),
    ("contractive_digits", {"method": "estimate", "projections": 2}),
    ("contractive_digits", {"corruption": GAUSSIAN, "intact_weight": 0.25}),
    ("marginalized_nonlinear_digits", {"noise": "gaussian", "level": 0.3}),
    ("boltzmann_digits", {"chains": 8, "steps": 2}),
]
HALF = (
    *quick.RECIPES,
    *(recipe for recipe in variational.RECIPES if recipe.data == "digits"),
)
# The closed form has solved only the first of its layers after one epoch.
pytestmark = pytest.mark.filterwarnings("ignore:Only .* layers are solved")


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("recipe", CHOSEN, ids=lambda recipe: recipe.name)
def test_contract(recipe, check, tmp_path):
    arguments = [recipe, contract.new_model(recipe), contract.samples(recipe)]
    if "folder" in inspect.signature(check).parameters:
        arguments.append(tmp_path)
    check(*arguments)


@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS, ids=str)
def test_other_arguments_save_export_and_compile(name, arguments, tmp_path):
    # Narrow, since XLA takes long over the exact Jacobian of many units.
    narrow = {**RECIPES[name].network_arguments, "hidden_units": (16,)}
    recipe = dataclasses.replace(
        RECIPES[name], arguments=arguments, network_arguments=narrow
    )
    inputs = contract.samples(recipe)
    for check in (
        contract.check_saved_model_is_the_same_and_trains_on,
        contract.check_export_answers_as_the_model,
    ):
        check(recipe, contract.new_model(recipe), inputs, tmp_path)
    contract.check_compiled_and_plain_agree(recipe, contract.new_model(recipe), inputs)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((recipe.name, recipe.arguments) for recipe in HALF),
        *ARGUMENTS,
    ],
    ids=str,
)
def test_half_precision_and_double_inputs_train(name, arguments):
    recipe = dataclasses.replace(RECIPES[name], arguments=arguments)
    inputs = contract.samples(recipe)
    doubles = tf.data.Dataset.from_tensor_slices(inputs.astype("float64")).batch(32)
    plain = contract.new_model(recipe)
    expected = contract.evaluate(plain, inputs)
    found = plain.evaluate(doubles, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-5)
    plain.fit(doubles, shuffle=False, verbose=0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = contract.new_model(recipe)
    finally:
        keras.config.set_dtype_policy(before)
    assert contract.evaluate(half, inputs) == pytest.approx(expected, rel=0.03)
    half.fit(doubles, shuffle=False, verbose=0)
    for value in contract.evaluate(half, inputs).values():
        assert value == value, "not a number"
