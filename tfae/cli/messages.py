"""Translation of the library's messages from arguments to command-line options."""

import ast
import contextvars
import re
import shlex

from typer.core import TyperCommand

from tfae.cli.output import silenced

# `name`, and name=value outside code such as f(name=value).
_NAME = re.compile(r"`(\w+)`")
_VALUE = r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\([^)]*\)|[^\s,;)`]*[^\s,;)`.])"""
# Calls, and the equivalent commands.
_CALLS = {
    "tfae.run": "`tfae train`",
    "tfae.export.export": "`tfae export`",
    "Index.save": "`tfae index`",
    "tfae.recipes.RECIPES": "`tfae list`",
}
_CALL = re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, _CALLS)) + r")(?![\w(])")
_PAIR = re.compile(rf"(\b[Uu]se )?(?<![\w.(`/-])(\w+)=({_VALUE})")
# Parameters of the running command.
_PARAMETERS = contextvars.ContextVar("parameters", default=())


class Command(TyperCommand):
    """A subcommand whose errors name its options, and which supports --quiet."""

    def invoke(self, ctx):
        # A note on an option that is given already is left out.
        given = "image_shape" if ctx.params.get("image_shape") else None
        _PARAMETERS.set([one for one in self.params if one.name != given])
        try:
            as_json = ctx.params.get("as_json", False)
            with silenced(ctx.params.get("quiet", False) and not as_json):
                return super().invoke(ctx)
        except (ValueError, OSError) as error:
            message = str(error)
            translated = translate(message, self.params, _settings(ctx.params))
            if translated == message:
                raise
            raise ValueError(translated) from error


def told(notes):
    """Notes of the library, translated for the running command.

    Notes on how examples are drawn are left out of commands that do not draw.
    """
    parameters = _PARAMETERS.get()
    draws = any(one.name == "image_shape" and "x" in _sizes(one) for one in parameters)
    kept = [note for note in notes if draws or "image_shape=" not in note]
    settable = any(one.name == "settings" for one in parameters)
    settings = ("scaling",) if settable else ()
    return [translate(note, parameters, settings) for note in kept]


def _sizes(option):
    """The sign between the sizes of a shape, as an option takes it."""
    return "x" if option.metavar == "HEIGHTxWIDTH" else ","


def translate(message, parameters, settings=()):
    """`message` with options in place of arguments, and commands in place of calls.

    Args:
        message: Message of the library, with `name` in backticks or name=value.
        parameters: Parameters of the running command.
        settings: Names of the settings that `--set` can change.
    """
    options = {one.name: one for one in parameters if one.param_type_name == "option"}

    def name(match):
        option = options.get(match[1])
        return option.opts[-1] if option else match[0]

    def pair(match):
        use, key, value = match[1] or "", match[2], match[3]
        if (key, value) == ("resume", "False") and "overwrite" in options:
            # Leaving out --resume would still keep an existing run.
            return f"{use or 'use '}--overwrite"
        if key in options:
            return _option(options[key], use, _written(value, _sizes(options[key])))
        if key in settings:
            return f"{use}--set {key}={_written(value)}"
        return match[0]

    message = _CALL.sub(lambda match: _CALLS[match[0]], message)
    return _PAIR.sub(pair, _NAME.sub(name, message))


def _option(option, use, value):
    word = option.opts[-1]
    if value == "None":
        return f"{use}no {word}"
    if not option.is_flag:
        return f"{use}{word} {value}"
    if value == "True":
        return f"{use}{word}"
    if option.secondary_opts:
        return f"{use}{option.secondary_opts[-1]}"
    return f"{'Leave' if use.startswith('U') else 'leave'} {word} out"


def _written(value, separator=","):
    """A value in command-line syntax: `"a"` as a, `(1, 2)` as 1,2."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    if isinstance(found, (list, tuple)):
        found = separator.join(map(str, found))
    return shlex.quote(str(found))


def _settings(values):
    """Settings of the trained recipe that `--set` can change."""
    if "settings" not in values:
        return ()
    from tfae import recipes
    from tfae.recipes.settings import settings_of

    try:
        return settings_of(recipes.get(values["recipe"]))
    except ValueError:  # unknown recipe: already reported by the error
        return ()
