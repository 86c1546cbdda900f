"""Spaces of settings to search: ranges of numbers, and choices, as plain data.

A space is a dict from the name of a setting to a list of choices, or to a range of
numbers, `{"low": 1e-4, "high": 1e-2}`. Whole numbers stay whole. A range of floats is
searched by its logarithm if it spans a factor of ten or more.
"""

import dataclasses
import json
import math
import re

from tfae.arguments import is_real
from tfae.recipes import settings
from tfae.suggestions import did_you_mean

# Fields with options of their own.
FIELDS = ("learning_rate", "batch_size", "epochs")
RANGE = ("low", "high")
LOGARITHMIC = 10.0


def usual(recipe):
    """The space of a recipe, or the learning rate around the recipe's."""
    rate = recipe.learning_rate
    return recipe.space or {"learning_rate": {"low": rate / 10, "high": 10 * rate}}


def parse(text, parse_value):
    """The space of a setting from a text: `a|b|c`, or `low..high`.

    Args:
        text: Text of the user.
        parse_value: Function from the text of a value to the value.
    """
    low, dots, high = text.partition("..")
    if dots and not re.search(r"[|\[(]", text):
        return {"low": parse_value(low), "high": parse_value(high)}
    return [parse_value(one) for one in text.split("|")]


def check(recipe, space):
    """Raises `ValueError` if a space names no setting, or a value is impossible."""
    if not isinstance(space, dict) or not space:
        raise ValueError(
            f"`space` must be a dict of one or more settings. Received: space={space!r}"
        )
    known = [*FIELDS, *settings.settings_of(recipe)]
    for name, values in space.items():
        if name not in known:
            raise ValueError(
                f"{recipe.name} has no setting {name!r}.{did_you_mean(name, known)} "
                f"Settings: {', '.join(known)}"
            )
        if is_range(values):
            _check_range(recipe, name, values)
        elif not isinstance(values, (list, tuple)) or not values:
            raise ValueError(
                f"The space of {name} must be a list of choices, or a range such as "
                f'{{"low": 1, "high": 10}}. Received: {values!r}'
            )
        else:
            for value in values:
                applied(recipe, {name: value})


def is_range(values):
    """Whether the space of a setting is a range."""
    return isinstance(values, dict) and sorted(values) == sorted(RANGE)


def _check_range(recipe, name, values):
    low, high = (values[end] for end in RANGE)
    if not (is_real(low) and is_real(high) and -math.inf < low < high < math.inf):
        raise ValueError(
            f"The range of {name} must be two numbers, the lower one first. Received: "
            f"{low}..{high}"
        )
    for end in (low, high):
        applied(recipe, {name: end})


def is_whole(values):
    """Whether a range has whole numbers."""
    return all(isinstance(values[end], int) for end in RANGE)


def is_logarithmic(values):
    """Whether a range of floats is searched by its logarithm."""
    low, high = (values[end] for end in RANGE)
    return not is_whole(values) and low > 0 and high / low >= LOGARITHMIC


def applied(recipe, values):
    """The recipe with values of settings.

    Args:
        recipe: `tfae.recipes.Recipe`.
        values: Dict from the name of a setting to its value.
    """
    fields = {name: value for name, value in values.items() if name in FIELDS}
    others = {name: value for name, value in values.items() if name not in FIELDS}
    return dataclasses.replace(settings.override(recipe, others), **fields)


def plain(space):
    """The space as JSON values, for a comparison with a recorded one."""
    return json.loads(json.dumps(space))
