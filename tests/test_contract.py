"""One suite over all recipes: a new variant is tested by adding its recipe."""

import dataclasses
import os

import contract
import keras
import pytest
import tensorflow as tf
from conftest import mostly_slow, slow

from tfae.recipes import RECIPES, quick
from tfae.recipes.recipe import layer

EVERY = os.environ.get("TFAE_CONTRACT") == "all"
# Of the plain and the pretrained stacks, those that are built differently. On digits,
# too, where they are for larger images: the width of the inputs changes nothing else.
STRUCTURES = (
    *("leaky_relu_digits", "linear_pca_points", "greedy_digits"),
    *("regularized_mnist", "tied_mnist"),
)
# The other families are tested by their recipes on the digits. TFAE_CONTRACT=all adds
# the others, of the same classes, and takes each at the size that it is for.
DIGITS = (
    *quick.RECIPES,
    *(RECIPES[name] for name in ("variational_digits", "vector_quantized_digits")),
    # Of the convolutional ones that with switches; tests/test_images.py has the others.
    RECIPES["convolutional_switches_digits"],
)


def structure(name):
    """The recipe on the digits, of two layers at most: a third one adds nothing new."""
    recipe = RECIPES[name]
    arguments = dict(recipe.arguments)
    if "hidden_units" in arguments:
        arguments["hidden_units"] = arguments["hidden_units"][-2:]
    return dataclasses.replace(recipe, data="digits", arguments=arguments)


CHOSEN = [*map(structure, STRUCTURES), *DIGITS]
# One of each kind of step; the others are slow tests.
QUICK = ("leaky_relu_digits", "variational_digits")
SUBJECTS = [*RECIPES.values()] if EVERY else CHOSEN
GAUSSIAN = layer("GaussianNoise", stddev=0.3)
# Arguments of which no recipe makes use, and which keep a state or a loss of their own.
ARGUMENTS = [
    ("sparse_digits", {"momentum": 0.9}),
    slow("sparse_digits", {"penalty": "squared", "target_activation": 0.2}),
    slow("denoising_digits", {"corruption": GAUSSIAN, "intact_weight": 0.5}),
    slow("contractive_digits", {"method": "exact"}),
    slow("contractive_digits", {"method": "estimate", "projections": 2}),
    slow("contractive_digits", {"corruption": GAUSSIAN, "intact_weight": 0.25}),
    slow("marginalized_nonlinear_digits", {"noise": "gaussian", "level": 0.3}),
    slow("boltzmann_digits", {"chains": 8, "steps": 2}),
]
# Half precision is traced for one recipe of each family, and eager for the others; of
# these some are tried by default.
TRACED = ("denoising_digits", "variational_digits")
EAGER = ("contractive_digits",)
# The closed form has solved only the first of its layers after one epoch.
pytestmark = pytest.mark.filterwarnings("ignore:Only .* layers are solved")


@pytest.fixture(
    scope="module",
    params=mostly_slow(SUBJECTS, *(one for one in SUBJECTS if one.name in QUICK)),
    ids=lambda recipe: recipe.name,
)
def subject(request):
    """A recipe with the models that its checks share."""
    return contract.Subject(request.param)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(subject, check, tmp_path):
    contract.run(check, subject, tmp_path)


def with_arguments(name, arguments):
    """The recipe with other arguments, of few units, which the Jacobian is slow for."""
    return dataclasses.replace(
        RECIPES[name],
        arguments=arguments,
        network_arguments={**RECIPES[name].network_arguments, "hidden_units": (8,)},
        optimizer="sgd",  # which XLA compiles in less time; Adam is that of the recipes
        optimizer_arguments={},
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS, ids=str)
def test_other_arguments_save_export_and_compile(name, arguments, tmp_path):
    subject = contract.Subject(with_arguments(name, arguments))
    for check in (
        contract.check_saved_model_is_the_same_and_trains_on,
        contract.check_export_answers_as_the_model,
        contract.check_compiled_and_plain_agree,
    ):
        contract.run(check, subject, tmp_path)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((name, None) for name in EAGER),
        *(slow(recipe.name, None) for recipe in DIGITS if recipe.name not in EAGER),
        *ARGUMENTS,
    ],
    ids=str,
)
def test_half_precision_and_double_inputs_train(name, arguments):
    recipe = RECIPES[name] if arguments is None else with_arguments(name, arguments)
    inputs, labels = contract.samples(recipe), contract.told(recipe)
    arrays = inputs.astype("float64")
    arrays = arrays if labels is None else (arrays, labels)
    doubles = tf.data.Dataset.from_tensor_slices(arrays).batch(64)
    eager = name not in TRACED or arguments is not None
    plain = contract.new_model(recipe)
    plain.run_eagerly = eager
    expected = contract.evaluate(plain, inputs, labels, 64)
    found = plain.evaluate(doubles, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-5)
    plain.fit(doubles, shuffle=False, verbose=0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = contract.new_model(recipe)
        half.run_eagerly = eager
    finally:
        keras.config.set_dtype_policy(before)
    assert contract.evaluate(half, inputs, labels, 64) == pytest.approx(
        expected, rel=0.03
    )
    half.fit(doubles, shuffle=False, verbose=0)
    for value in contract.evaluate(half, inputs, labels, 64).values():
        assert value == value, "not a number"
