"""Runs the code that pages of the documentation show."""

import importlib
import re
import shlex
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
RUN = ("python", "sh")
SHOWN = {
    "console": ("pip", "docker", "curl", "make")
}  # what needs more than the package


def blocks(page):
    """Language and text of each block of code of a page, in their order."""
    text = (DOCS / page).read_text()
    return re.findall(r"^```(\w*)\n(.*?)^```", text, re.S | re.M)


def lines(text):
    """Commands of a block for the shell, as lists of words."""
    joined = text.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in joined]
    return [command for command in words if command]


def with_code():
    """Pages with blocks that run, by their path below `docs`."""
    pages = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
    return [page for page in pages if any(name in RUN for name, _ in blocks(page))]


def run(page, call_cli, addresses=()):
    """Runs the blocks of a page in their order, in the current folder.

    Args:
        page: Path below `docs`.
        call_cli: The fixture of that name.
        addresses: Pairs of a URL that the page names, and the one to call.

    Returns:
        The names that the Python blocks define, and the commands for the shell.
    """
    names, commands = {}, []
    for language, text in blocks(page):
        for theirs, ours in addresses:
            text = text.replace(theirs, ours)
        if language == "python":
            exec(compile(text, page, "exec"), names)
        elif language == "sh":
            for command in lines(text):
                _call(command, call_cli)
                commands.append(command)
    return names, commands


def _call(command, call_cli):
    program, *arguments = command
    if program == "python":
        importlib.import_module(arguments[1]).main(arguments[2:])
    elif program == "rm":
        Path(*arguments).unlink()
    else:
        assert program == "tfae", command
        result = call_cli(*arguments)
        assert result.returncode == 0, (command, result.stderr)
