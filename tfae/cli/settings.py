"""The option --set: settings of a recipe as they are written on the command line."""

import ast
import shlex

WORDS = {"true": True, "false": False, "none": None}
# What has an option of its own.
OPTIONS = {
    "epochs": "--epochs",
    "batch_size": "--batch-size",
    "learning_rate": "--learning-rate",
    "data": "--data",
    "seed": "--seed",
}


def parse_setting(setting):
    """Name and value of a setting that is written as KEY=VALUE."""
    name, equals, text = setting.partition("=")
    if not name or not equals:
        raise ValueError(f"--set takes KEY=VALUE. Received: --set {setting}")
    if name in OPTIONS:
        raise ValueError(
            f"{name} has an option of its own. Received: --set {setting}. Use "
            f"{OPTIONS[name]} {text}."
        )
    return name, parse_value(text)


def parse_value(text):
    """The value that is written as `text`: a literal of Python, or else a text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return WORDS.get(text.lower(), text)


def as_option(name, value):
    """`name=value` as a shell takes it, which `parse_setting` reads back."""
    return shlex.quote(f"{name}={written(value)}")


def written(value):
    """A value as `parse_value` reads it."""
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(one, (int, float)) for one in value):
            return ",".join(map(str, value)) + ("," if len(value) == 1 else "")
        return str(value)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    same = not isinstance(value, str) or parse_value(text) == value
    return text if same else repr(value)
