"""The command line that the programs share."""

import argparse


def options(description, epochs, arguments, **more):
    """Options of a program.

    Args:
        description: What the program is, in a line.
        epochs: Integer, its own number of them, in each of its phases.
        arguments: List of strings, or `None` for those of the command line.
        **more: Further options, from their name to what they are for.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--data", default="mnist", help="mnist, digits or an .npy file in [0, 1]"
    )
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--checkpoint", help="where to save variables, such as run.ckpt"
    )
    for name, purpose in more.items():
        parser.add_argument(f"--{name}", help=purpose)
    return parser.parse_args(arguments)
