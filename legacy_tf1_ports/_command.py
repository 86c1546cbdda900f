"""The command line that the programs share."""

import argparse
import sys
from pathlib import Path

DATA = "mnist, digits or an .npy file in [0, 1]"


def options(description, epochs, arguments, data="mnist", **more):
    """Options of a program.

    Args:
        description: What the program is, in a line.
        epochs: Integer, its own number of them, in each of its phases.
        arguments: List of strings, or `None` for those of the command line.
        data: What it is trained on where nothing else is said.
        **more: Further options, from their name to what file they are for.
    """
    parser = argparse.ArgumentParser(description=description)
    known = DATA if DATA.startswith(data) else f"{data}, {DATA}"
    parser.add_argument("--data", default=data, help=f"{known}  [default: {data}]")
    parser.add_argument("--epochs", type=_count, default=epochs)
    parser.add_argument("--seed", type=_seed, default=None)
    more = {"checkpoint": "where to save variables, such as run.ckpt", **more}
    for name, purpose in more.items():
        parser.add_argument(f"--{name}", type=_file, help=purpose)
    return parser.parse_args(arguments)


def refuse(message):
    """Ends the program with one line and the exit code of a wrong use, 2."""
    print(f"Error: {message}", file=sys.stderr)
    sys.exit(2)


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text}")
    return int(text)


def _seed(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be 0 or a positive integer, not {text}")
    return int(text)


def _file(text):
    if not Path(text).parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {Path(text).parent}")
    return text
