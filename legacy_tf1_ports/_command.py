"""The command line that the programs share."""

import argparse
import os
import sys
from pathlib import Path

DATA = "mnist, digits or an .npy file in [0, 1]"
PICTURES = (".png", ".jpg", ".pdf", ".svg")


def options(
    description, epochs, arguments, data="mnist", data_help=DATA, figure=None, **more
):
    """Options of a program.

    Args:
        description: What the program is, in a line.
        epochs: Integer, its own number of them, in each of its phases.
        arguments: List of strings, or `None` for those of the command line.
        data: What it is trained on where nothing else is said.
        data_help: What else it may be.
        figure: What picture it draws, if it draws one.
        **more: Further options, from their name to what they are for.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", default=data, help=f"{data_help}  [default: {data}]")
    parser.add_argument("--epochs", type=_count, default=epochs)
    parser.add_argument("--seed", type=_seed, default=None)
    parser.add_argument(
        "--checkpoint", type=_file, help="where to save variables, such as run.ckpt"
    )
    if figure:
        parser.add_argument("--figure", type=_picture, help=f"where to draw {figure}")
    for name, purpose in more.items():
        parser.add_argument(f"--{name}", help=purpose)
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
    """A path that a file can be written to, since training ends with that."""
    path = Path(text)
    # TF1's Saver keeps a file of its own called `checkpoint`.
    if text.endswith(os.sep) or path.is_dir() or path.name == "checkpoint":
        raise argparse.ArgumentTypeError(f"must name a file, as run.ckpt, not {text}")
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
        raise argparse.ArgumentTypeError(
            f"there is no folder {path.parent} that can be written to"
        )
    return text


def _picture(text):
    if Path(text).suffix not in PICTURES:
        known = ", ".join(PICTURES)
        raise argparse.ArgumentTypeError(f"must end with one of {known}, not {text}")
    return _file(text)
