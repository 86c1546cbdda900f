"""Output of the commands: printed and written."""

import contextlib
import io
import tempfile

from rich.console import Console

from tfae import files

console = Console()


def silenced(quiet):
    """Context that prints only warnings and errors if `quiet`."""
    hidden = contextlib.redirect_stdout(io.StringIO())
    return hidden if quiet else contextlib.nullcontext()


def check_writable(folder, names=(), remedy="Give another folder with --output."):
    """Raises errors of writing before hours of training instead of after them.

    Args:
        folder: Folder to write to, which need not exist.
        names: Names of the files, relative to it.
        remedy: Sentence for the message.
    """
    files.check_places(folder, names)
    existing = folder
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.TemporaryDirectory(dir=existing):
            pass
    except OSError as error:
        raise ValueError(
            f"{folder} cannot be written to ({error.strerror}). {remedy}"
        ) from error


def seconds_in_words(seconds):
    """Such as `"39 s"`, `"4 min"` or `"2.0 h"`; empty for `None`."""
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
