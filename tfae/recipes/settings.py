"""The settings of a recipe by name, and their overrides."""

import dataclasses
import inspect
from functools import partial
from importlib import import_module

from tfae.arguments import (
    LARGEST_FLOAT,
    check_booleans,
    check_integers,
    check_widths,
    is_integer,
    is_real,
    shortened,
)
from tfae.recipes import RECIPES, importing, keras_names, signatures
from tfae.suggestions import did_you_mean

# Settings of a detector that `override` can change.
DETECTION = ("score", "feature_weights", "false_alarm_rate")
FALSE_ALARM_RATE = 0.01  # by default

# Fields of a recipe that `override` can change, beside the model's arguments.
GENERAL_SETTINGS = (
    "loss",
    "scaling",
    "binarize",
    "labels",
    "optimizer",
    "decay",
    "patience",
    "shuffle",
    "passes",
    "gradient_accumulation_steps",
    "precision",
    "jit_compile",
    "center",
)


def settings_of(recipe):
    """Dict from the settings of `override` to the field of each, or `None`."""
    places = {name: None for name in GENERAL_SETTINGS}
    for name in DETECTION if recipe.detection else ():
        places[name] = "detection"
    return places | {name: place for name, (place, _) in _arguments(recipe).items()}


def values(recipe):
    """Values of the settings that `override` can change.

    A value is the recipe's, or the source of the argument's default: a text such
    as `"'relu'"`, or `None` for an argument without a default.

    Returns:
        Pair of a dict of the recipe's values and a dict of the defaults.
    """
    given = {}
    for name, place in settings_of(recipe).items():
        held = getattr(recipe, place) if place else vars(recipe)
        if name in held:
            given[name] = held[name]
    found = {name: default for name, (_, default) in _arguments(recipe).items()}
    if recipe.detection:
        rate = {"false_alarm_rate": repr(FALSE_ALARM_RATE)}
        of_detector = signatures.parameters("Detector", "models") | rate
        found |= {name: of_detector[name] for name in DETECTION}
    defaults = {name: one for name, one in found.items() if name not in given}
    return given, defaults


def override(recipe, settings):
    """`recipe` with some settings changed.

    Args:
        recipe: A `tfae.recipes.Recipe`.
        settings: Dict from the name of an argument of its model or network builder,
            or one of `GENERAL_SETTINGS`, to its value.

    Raises:
        ValueError: If there is no such setting (the error lists the known ones), or its
            value is invalid.
    """
    places = settings_of(recipe)
    for name, value in settings.items():
        if name not in places:
            near = did_you_mean(name, places)
            raise ValueError(
                f"{recipe.name} has no setting {name!r}.{near} Settings: "
                f"{', '.join(places)}"
            )
        place = places[name]
        if place:
            held = getattr(recipe, place)
            if isinstance(held.get(name), (list, tuple)) and is_integer(value):
                value = (value,)  # one layer
            _check_kind(recipe, place, name, value)
            value = {**held, name: value}
        elif name in keras_names.KINDS:
            keras_names.check(name, **{name: value})
        recipe = dataclasses.replace(recipe, **{place or name: value})
        if name == "optimizer":  # its arguments only fit the recipe's optimizer
            recipe = dataclasses.replace(recipe, optimizer_arguments={})
    return recipe


def _check_finite(**values):
    for name, value in values.items():
        if not (is_real(value) and abs(value) <= LARGEST_FLOAT):
            raise ValueError(
                f"`{name}` must be a finite number of float32. Received: {name}="
                f"{shortened(value)}"
            )


# Checks of values by the type hints of their arguments.
KINDS = {
    "int": partial(check_integers, 0),
    "float": _check_finite,
    "bool": check_booleans,
    "Widths": check_widths,
    **{
        name: partial(keras_names.check, name)
        for name in ("Activation", "Initializer", "Regularizer")
    },
}


def _check_kind(recipe, place, name, value):
    """Raises `ValueError` for a value of another type than the argument's hint.

    The model or the builder would refuse it, too, but only once TensorFlow is loaded.
    """
    of_model = place == "arguments"
    builder = recipe.model if of_model else recipe.network
    hints = signatures.annotations(builder, "models" if of_model else "networks")
    kind, *others = (one.strip() for one in hints.get(name, "").split("|"))
    check = KINDS.get(kind)
    if check and set(others) <= {"None"} and not (others and value is None):
        check(**{name: value})


def changes(recipe):
    """Settings that differ from the registered recipe's, as `name=value, ...`."""
    registered = RECIPES.get(recipe.name)
    if registered is None:
        return ""
    before, _ = values(registered)
    after, _ = values(recipe)
    return ", ".join(
        f"{name}={value}"
        for name, value in after.items()
        if name not in before or _plain(value) != _plain(before[name])
    )


def _plain(value):
    """A value as in a file, which holds lists for tuples."""
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _arguments(recipe):
    """Dict from each argument to its field and the source of its default."""
    # `build` passes the first: the shape or two networks; to a builder, the shape.
    builders = [
        ("arguments", recipe.model, "models", "model", 2 if recipe.network else 1)
    ]
    if recipe.network:
        what = "builder of networks"
        builders.append(("network_arguments", recipe.network, "networks", what, 1))
    found = {}
    for place, name, package, what, given in builders:
        pairs = signatures.parameters(name, package)
        if pairs is None:  # defined in a user's module
            pairs = _of_object(importing.find(name, _home(package), what))
        for argument in [*pairs][given:]:
            if argument != "optimizers":  # an argument of the class
                found[argument] = (place, pairs[argument])
    return found


def _home(package):
    return import_module(f"tfae.{package}")


def _of_object(builder):
    """As `signatures.parameters`, for a class or function."""
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {
        name: None if one.default is one.empty else repr(one.default)
        for name, one in inspect.signature(builder).parameters.items()
        if one.kind not in variadic
    }
