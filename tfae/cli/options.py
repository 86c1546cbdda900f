"""Options shared by several commands, and their conversion to arguments."""

from pathlib import Path
from typing import Annotated

import typer

DATA_HELP = (
    "digits, points, breast_cancer, wine, faults, newsgroups, a data set of TensorFlow "
    "Datasets (mnist, fashion_mnist, kmnist, …), an .npy, .npz, .csv or .parquet file, "
    "or a folder of images or texts."
)
Data = Annotated[str | None, typer.Option(help=DATA_HELP, show_default=False)]
Columns = Annotated[
    str | None,
    typer.Option(help="Columns of a table to use, separated by commas."),
]
Drop = Annotated[
    str | None,
    typer.Option(help="Columns of a table to leave out, separated by commas."),
]
Label = Annotated[
    str | None,
    typer.Option(help="Column of a table or series with the labels, 1 for anomalies."),
]
Categories = Annotated[
    str | None,
    typer.Option(help="Columns of a table that hold categories, separated by commas."),
]
Window = Annotated[int | None, typer.Option(help="Steps of a series in each example.")]
Stride = Annotated[
    int | None,
    typer.Option(help="Steps of a series from one window to the next. \\[default: 1]"),
]
Time = Annotated[
    str | None,
    typer.Option(help="Column of a series with the times, in ascending order."),
]
ImageSize = Annotated[
    str | None,
    typer.Option(
        metavar="HEIGHTxWIDTH",
        help="Resize images to this size and stream them from disk.",
    ),
]
SkipUnreadable = Annotated[
    bool,
    typer.Option("--skip-unreadable", help="Leave out damaged images."),
]


def _recipe_names(incomplete):
    """Names of recipes with a prefix, for shell completion."""
    from tfae import recipes

    return [name for name in recipes.RECIPES if name.startswith(incomplete)]


RecipeName = Annotated[
    str,
    typer.Argument(
        help="Name of a recipe: see `tfae list`.", autocompletion=_recipe_names
    ),
]
ModelPaths = Annotated[
    list[Path],
    typer.Argument(help="A .keras file or the folder that training wrote; or several."),
]
ImageShape = Annotated[
    str | None,
    typer.Option(
        metavar="HEIGHTxWIDTH",
        help="Of rows of pixels, such as 28x28 or 32x32x3, or none: draw them so.",
    ),
]
ModelPath = Annotated[
    Path, typer.Argument(help="A .keras file or the folder that training wrote.")
]

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a setting that `tfae show RECIPE` prints; repeatable.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue an interrupted training with its settings, or a finished one "
        "with more --epochs.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Discard the run that the folder holds.")
]
Replicas = Annotated[
    int | None,
    typer.Option(
        help="Devices to train on: GPUs, or parts of the processor. Each takes an "
        "equal part of a batch."
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="mixed_float16 or mixed_bfloat16, for layers that compute in half "
        "precision. \\[default: float32]"
    ),
]
Board = Annotated[
    Path | None,
    typer.Option(
        "--tensorboard",
        metavar="DIR",
        help="Folder for TensorBoard: losses, pictures, histograms, codes.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Print all figures and all files.")
]
# An option of every command, handled by messages.Command.
Quiet = Annotated[bool, typer.Option("--quiet", help="Print warnings and errors only.")]
AsJSON = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON and nothing else.")
]


def reading_of(**options):
    """The field `reading` of a recipe from the user's options; or `None`."""
    parse = {
        **dict.fromkeys(("columns", "drop", "categories"), _listed),
        "image_size": _size,
        "image_shape": image_shape_of,
    }
    return {
        name: parse[name](one) if name in parse else one
        for name, one in options.items()
        if one is not None and one is not False  # an unset flag
    } or None


def image_shape_of(text):
    """The argument `image_shape` of `tfae.datasets.load` from an option."""
    if text.lower() in ("none", "false"):
        return False
    numbers = text.lower().replace(",", "x").split("x")
    if len(numbers) not in (2, 3) or not all(one.isdecimal() for one in numbers):
        raise ValueError(
            f"--image-shape takes HEIGHTxWIDTH, such as 28x28, HEIGHTxWIDTHxCHANNELS, "
            f"or none. Received: {text}"
        )
    return tuple(map(int, numbers))


def _listed(text):
    return [word.strip() for word in text.split(",") if word.strip()]


def _size(text):
    numbers = text.lower().split("x")
    if len(numbers) != 2 or not all(one.isdecimal() and int(one) for one in numbers):
        raise ValueError(
            f"--image-size takes HEIGHTxWIDTH, such as 64x64. Received: {text}"
        )
    return tuple(map(int, numbers))
