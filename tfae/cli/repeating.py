"""The command that repeats a run, from its recorded settings."""

import dataclasses
import json
import shlex

from tfae.cli.settings import as_option

NUMBERS = ("epochs", "batch_size", "learning_rate")
READING = ("columns", "drop", "label", "categories", "window", "stride", "time")
# Fields that belong to the data, and purely descriptive ones.
DERIVED = (
    *("validation", "references", "reading", "summary", "source", "data", "space"),
)


def command_of(settings):
    """The command of a run as a text, or `None` if no command can repeat it.

    Args:
        settings: Dict of the settings in the run's `metrics.json`.
    """
    from tfae.recipes import RECIPES
    from tfae.recipes.settings import settings_of

    recipe = RECIPES.get(settings.get("name"))
    if recipe is None or settings.get("data") is None:
        return None
    own, used = _plain(recipe.as_json()), dict(settings)
    words = _begin(recipe, settings)
    rate = own["detection"].get("false_alarm_rate")
    if recipe.detection:  # the first words set it
        used["detection"] = {**used["detection"], "false_alarm_rate": rate}
    for name in NUMBERS:
        if used.get(name) != own[name]:
            words += [_option(name), str(used.get(name))]
        used[name] = own[name]
    words += ["--seed", str(settings["seed"])] if settings.get("seed") else []
    for name, place in settings_of(recipe).items():
        held, before = (used[place], own[place]) if place else (used, own)
        if name in held and held[name] != before.get(name):
            words.append(f"--set {as_option(name, held[name])}")
            changed = {key: value for key, value in held.items() if key != name}
            changed |= {name: before[name]} if name in before else {}
            if place:
                used[place] = changed
            else:
                used = changed
    words += _reading(settings.get("reading") or {})
    validation = settings.get("validation")
    if validation not in (None, own["validation"]):
        if not recipe.detection:
            return None  # it was set in Python
        words += ["--validation", str(validation)]
    names = {field.name for field in dataclasses.fields(recipe)} - {*DERIVED}
    if settings.get("optimizer") != own["optimizer"]:
        names -= {"optimizer_arguments"}
    if recipe.detection:
        names -= {"detection"}
    if any(used.get(name) != own[name] for name in names):
        return None  # the recipe was changed in Python
    return " ".join(words)


def _begin(recipe, settings):
    data = shlex.quote(str(settings["data"]))
    if not recipe.detection:
        changed = settings["data"] != recipe.data
        return ["tfae train", recipe.name, *(["--data", data] if changed else [])]
    words = ["tfae detect train", data, "--recipe", recipe.name]
    rate = settings["detection"].get("false_alarm_rate")
    return words if rate is None else [*words, "--false-alarm-rate", str(rate)]


def _reading(reading):
    words = []
    for name in READING:
        value = reading.get(name)
        if value is not None:
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            words += [_option(name), shlex.quote(text)]
    for name in ("image_size", "image_shape"):
        if reading.get(name):
            words += [_option(name), "x".join(map(str, reading[name]))]
    return words + (["--skip-unreadable"] if reading.get("skip_unreadable") else [])


def _option(name):
    return f"--{name.replace('_', '-')}"


def _plain(value):
    return json.loads(json.dumps(value))
