"""The option --set: settings of a recipe in command-line syntax."""

import ast
import shlex

WORDS = {"true": True, "false": False, "none": None}
# Settings with their own options.
OPTIONS = {
    "epochs": "--epochs",
    "batch_size": "--batch-size",
    "learning_rate": "--learning-rate",
    "data": "--data",
    "seed": "--seed",
}


def parse_setting(setting):
    """Name and value of a setting KEY=VALUE."""
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
    """The value of `text`: a Python literal, or otherwise the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return WORDS.get(text.lower(), text)


def as_option(name, value):
    """`name=value` quoted for a shell; the inverse of `parse_setting`."""
    return f"{name}={shlex.quote(written(value))}"


def written(value):
    """Text of a value; the inverse of `parse_value`."""
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(one, (int, float)) for one in value):
            return ",".join(map(str, value)) + ("," if len(value) == 1 else "")
        return str(value)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and parse_value(value) == value:
        return value
    text = repr(value)
    # In a shell the text stands in single quotes.
    return text if '"' in text else text.replace("'", '"')
