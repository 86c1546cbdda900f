"""Recipes: names, sources and settings."""

import dataclasses
import inspect
import json
from pathlib import Path

import keras
import pytest
from conftest import assert_one_line, mostly_slow

from tfae import losses, recipes, training
from tfae.datasets import faults
from tfae.evaluation import probes
from tfae.fine_tuning import few_labels
from tfae.recipes import building, keras_names, settings

RESULTS = Path(__file__).parent.parent / "docs" / "results"
# One recipe of each pair of a model and a builder of networks.
OF_KINDS = {(one.model, one.network): one for one in recipes.RECIPES.values()}.values()


@pytest.mark.parametrize("recipe", recipes.RECIPES.values(), ids=lambda r: r.name)
def test_recipes_say_what_they_are(recipe):
    assert recipe.data is None or recipe.name.endswith(f"_{recipe.data}")
    assert recipe.summary
    assert recipe.source


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda p: p.stem)
def test_recorded_results_are_of_the_recipe_as_it_is(path):
    runs = json.loads(path.read_text())
    now = json.loads(json.dumps(dataclasses.asdict(recipes.get(path.stem))))
    if now["data"] == "newsgroups":  # read from a folder, a tenth for validation
        now |= {"data": "./newsgroups", "validation": None}
    for run in runs:
        of_recipe = {
            name: value
            for name, value in run["settings"].items()
            if name not in ("seed", "examples", "files", "summary", "source")
        }
        assert {name: now.get(name) for name in of_recipe} == of_recipe


def test_the_results_name_every_recipe_measured_or_not():
    page = (RESULTS.parent / "results.md").read_text()
    for name in recipes.RECIPES:
        measured = (RESULTS / f"{name}.json").is_file()
        assert (f"## {name}\n" in page) == measured
        assert (f"- `{name}`" in page) != measured


@pytest.mark.parametrize(
    "recipe", mostly_slow(recipes.RECIPES.values(), *OF_KINDS), ids=lambda r: r.name
)
def test_recipes_can_be_built(recipe):
    side = 8 if recipe.data == "digits" else 28
    shape = (side, side, 1) if recipe.keep_shape else (side * side,)
    if recipe.network == "bag_of_words":
        shape = ()  # of a text
    if recipe.network == "sequence":
        shape = ((recipe.reading or {}).get("window", 32), len(faults.NAMES))
    model = building.build(recipe, shape)
    building.compile_model(model, recipe)
    assert model.example_shape == shape
    assert set(recipe.probes) <= set(probes.PROBES)
    if recipe.fine_tuning:
        options = {**recipe.fine_tuning, "seeds": [0], "verbose": 0}
        inspect.signature(few_labels.compare).bind(model, None, **options)


def test_an_unknown_recipe_is_told_where_the_known_ones_are():
    with pytest.raises(ValueError, match="Did you mean leaky_relu_mnist") as error:
        recipes.get("leaky_relu_mnst")
    assert "RECIPES" not in str(error.value)
    with pytest.raises(ValueError, match=r"See tfae\.recipes\.RECIPES"):
        recipes.get("nothing")


def test_settings_go_where_they_belong():
    recipe = building.override(
        recipes.get("linear_pca_mnist"), {"hidden_units": (8,), "loss": "mae"}
    )
    assert recipe.network_arguments["hidden_units"] == (8,)
    assert recipe.network_arguments["activation"] == "linear"
    assert recipe.loss == "mae"
    assert building.build(recipe, (64,)).encoder.output_shape == (None, 8)


def test_an_unknown_setting_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"Settings: .*hidden_units"):
        building.override(recipes.get("leaky_relu_mnist"), {"units": 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shuffle", "maybe"),
        ("jit_compile", 1),
        ("patience", 0),
        ("patience", True),
        ("decay", "linear"),
        ("optimizer", None),
        ("loss", 3),
    ],
)
def test_a_setting_of_the_wrong_kind_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"`{name}` must be .*{name}={value!r}"):
        building.override(recipes.get("leaky_relu_mnist"), {name: value})


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": 2.5},
        {"validation": -1},
        {"learning_rate": float("inf")},
        {"learning_rate": float("nan")},
        {"learning_rate": 0},
    ],
    ids=str,
)
def test_a_recipe_is_checked_where_it_is_made(change):
    with pytest.raises(ValueError, match=f"`{next(iter(change))}` must be"):
        dataclasses.replace(recipes.get("leaky_relu_mnist"), **change)


@pytest.mark.parametrize(
    "change",
    [{"patience": 3}, {"detection": {"false_alarm_rate": 0.1}}],
    ids=lambda change: next(iter(change)),
)
def test_the_test_part_chooses_nothing(change):
    recipe = dataclasses.replace(recipes.get("leaky_relu_mnist"), validation=0)
    with pytest.raises(ValueError, match=r"must be positive if .*validation=0"):
        dataclasses.replace(recipe, **change)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise ImportError('too old')", "ImportError: too old"),
    ],
)
def test_what_an_own_module_raises_is_named(recipe, tmp_path, monkeypatch, text, words):
    (tmp_path / "my_broken_models.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    recipe = dataclasses.replace(recipe, model="my_broken_models.Mine")
    with pytest.raises(ValueError, match="my_broken_models could not be.*" + words):
        building.find_model(recipe)


def test_a_recipe_names_layers_and_functions(recipe, digits, tmp_path):
    arguments = {"hidden_units": [4], "activation": keras.activations.relu}
    recipe = dataclasses.replace(recipe, arguments=arguments)
    with pytest.raises(ValueError, match=r"`arguments` of a recipe must be plain.*rel"):
        training.run(recipe, tmp_path, digits, verbose=0)
    assert not any(tmp_path.iterdir())


def test_a_recipe_without_data_takes_those_that_are_given(recipe, tmp_path, call_cli):
    recipe = dataclasses.replace(recipe, name="bare_digits", data=None)
    with pytest.raises(ValueError, match=r"Received: data=None\. Give `split`"):
        training.run(recipe, tmp_path, verbose=0)
    recipes.register(recipe)
    try:
        result = call_cli("train", recipe.name)
    finally:
        del recipes.RECIPES[recipe.name]
    assert_one_line(result, "The data have no name. Received: no --data. Give digits")


def test_one_layer_may_be_a_number():
    recipe = recipes.get("sparse_digits")
    one = building.override(recipe, {"hidden_units": 16})
    assert one == building.override(recipe, {"hidden_units": (16,)})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hidden_units", ["many", -1, (3, 0), {}, None]),
        ("dropout", ["much", float("nan"), None, True]),
        ("tie_weights", ["most", 1, None]),
    ],
)
def test_values_of_another_type_are_refused(name, values):
    recipe = recipes.get("leaky_relu_digits")
    for value in values:
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            settings.override(recipe, {name: value})


def test_none_is_taken_where_the_hint_allows_it():
    recipe = settings.override(
        recipes.get("sparse_digits"), {"target_activation": None}
    )
    assert recipe.arguments["target_activation"] is None


# Names of base classes, and of classes that need arguments.
NO_NAMES = {
    *("constant", "initializer", "loss", "lossfunctionwrapper", "lossscaleoptimizer"),
    *("multioptimizer", "optimizer", "optimizermap", "regularizer"),
}


@pytest.mark.parametrize("kind", keras_names.KINDS)
def test_names_are_those_of_keras(kind):
    home = {"loss": "losses"}.get(kind, f"{kind.lower()}s")
    of_keras = getattr(keras.src, home).ALL_OBJECTS_DICT
    for name in of_keras:
        if name.lower() not in NO_NAMES:
            keras_names.check(kind, name=name)
    ours = {"fan_in", *losses.__all__}
    for name in {*keras_names.KINDS[kind][1]} - ours:
        getattr(keras, home).get(name)
    with pytest.raises(ValueError, match="must be the name of a") as error:
        keras_names.check(kind, name="no such")
    assert "\n" not in str(error.value)


def test_a_registered_name_is_left_to_keras(monkeypatch):
    objects = keras.saving.get_custom_objects()
    monkeypatch.setitem(objects, "MineAlone", keras.optimizers.SGD)
    keras_names.check("optimizer", optimizer="MineAlone")
