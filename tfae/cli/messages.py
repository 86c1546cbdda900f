"""What the library says with names of arguments, in words of the command line."""

import ast
import contextvars
import re
import shlex

from typer.core import TyperCommand

from tfae.cli.output import silenced

# `name`, and name=value outside of code such as f(name=value).
_NAME = re.compile(r"`(\w+)`")
_VALUE = r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\([^)]*\)|[^\s,;)`]*[^\s,;)`.])"""
# Calls, and the commands that make them.
_CALLS = {
    "tfae.run": "`tfae train`",
    "tfae.export.export": "`tfae export`",
    "Index.save": "`tfae index`",
    "tfae.recipes.RECIPES": "`tfae list`",
}
_CALL = re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, _CALLS)) + r")(?![\w(])")
_PAIR = re.compile(rf"(\b[Uu]se )?(?<![\w.(`/-])(\w+)=({_VALUE})")
# Parameters of the command that is running.
_PARAMETERS = contextvars.ContextVar("parameters", default=())


class Command(TyperCommand):
    """A subcommand whose errors name its options, and which --quiet silences."""

    def invoke(self, ctx):
        _PARAMETERS.set(self.params)
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


def told(note):
    """A note of the library in words of the command that is running."""
    return translate(note, _PARAMETERS.get())


def translate(message, parameters, settings=()):
    """`message` with options for names of arguments, and commands for calls.

    Args:
        message: What the library says, with `name` in backticks or name=value.
        parameters: Parameters of the command that is running.
        settings: Names of what `--set` can change.
    """
    options = {one.name: one for one in parameters if one.param_type_name == "option"}

    def name(match):
        option = options.get(match[1])
        return option.opts[-1] if option else match[0]

    def pair(match):
        use, key, value = match[1] or "", match[2], match[3]
        if (key, value) == ("resume", "False") and "overwrite" in options:
            # Without --resume alone, a run that is there would be kept.
            return f"{use or 'use '}--overwrite"
        if key in options:
            return _option(options[key], use, _written(value))
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


def _written(value):
    """A value as it is written on the command line: `"a"` as a, `(1, 2)` as 1,2."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    if isinstance(found, (list, tuple)):
        found = ",".join(map(str, found))
    return shlex.quote(str(found))


def _settings(values):
    """What the recipe that is trained lets `--set` change."""
    if "settings" not in values:
        return ()
    from tfae import recipes
    from tfae.recipes.settings import settings_of

    try:
        return settings_of(recipes.get(values["recipe"]))
    except ValueError:  # no such recipe, which is what the error says already
        return ()
