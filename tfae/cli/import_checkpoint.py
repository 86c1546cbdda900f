"""`tfae import-checkpoint`."""

from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import load_tensorflow
from tfae.cli.output import check_writable, console

LARGEST_SIZE = 1_000_000  # of an image, or a stride


def import_checkpoint(
    checkpoint: Annotated[
        Path, typer.Argument(help="A TF1 Saver checkpoint, without .index or .data-…")
    ],
    program: Annotated[
        str,
        typer.Option(
            "--as",
            help="Legacy program that wrote it (a file of legacy_tf1_ports), or auto "
            "for a stack of dense or convolutional layers.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write model.keras to.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go where.")
    ] = False,
    activation: Annotated[
        str | None, typer.Option(help="With auto: activation of hidden layers.")
    ] = None,
    code_activation: Annotated[
        str | None,
        typer.Option(help="With auto: that of the code. \\[default: --activation]"),
    ] = None,
    output_activation: Annotated[
        str | None, typer.Option(help="With auto: that of the last layer.")
    ] = None,
    image_shape: Annotated[
        str | None,
        typer.Option(help="With auto and convolutions: as 28,28,1."),
    ] = None,
    strides: Annotated[
        str | None,
        typer.Option(
            help="With auto: of the convolutions, one or as 2,2,1,1. \\[default: 2]"
        ),
    ] = None,
    padding: Annotated[
        str | None, typer.Option(help="With auto: same or valid. \\[default: same]")
    ] = None,
):
    """Make a Keras model of a TF1 checkpoint."""
    if output is None and not dry_run:
        raise ValueError("--output is missing. Give a folder, or --dry-run.")
    given = {
        "activation": activation,
        "code_activation": code_activation,
        "output_activation": output_activation,
        "image_shape": _numbers("--image-shape", image_shape, 3),
        "strides": _strides(strides),
        "padding": padding,
    }
    options = {name: value for name, value in given.items() if value is not None}
    if options and program != "auto":
        raise ValueError(
            f"{', '.join('--' + name.replace('_', '-') for name in options)}: only "
            f"with --as auto. Received: --as {program}"
        )
    if output is not None:
        if (output / "metrics.json").exists():
            raise ValueError(
                f"{output} holds what `tfae train` wrote. Give another --output."
            )
        check_writable(output, ["model.keras"])
    load_tensorflow()
    from rich.markup import escape
    from rich.table import Column, Table

    from tfae import saving
    from tfae.migration import checkpoints

    imported = checkpoints.load(checkpoint, program, **options)
    # Names are folded, not cut: they are what the dry run is for.
    table = Table(
        Column("variable", overflow="fold"),
        "shape",
        Column("weight", overflow="fold"),
        title=escape(f"{checkpoint} as {program}"),
    )
    for name, shape, weight in imported.taken:
        table.add_row(escape(name), "×".join(map(str, shape)), escape(weight))
    console.print(table)
    print(f"left: {', '.join(imported.left) or 'nothing'}")
    if imported.scaling:
        print(
            f"{program} scaled its data feature by feature ({imported.scaling}). The "
            "checkpoint does not hold that scale; give the model data scaled the same "
            "way."
        )
    if not dry_run:
        saving.save(imported.model, output / "model.keras")
        print(f"wrote {output / 'model.keras'}")


def _strides(text):
    numbers = _numbers("--strides", text)
    return numbers[0] if numbers and len(numbers) == 1 else numbers


def _numbers(option, text, count=None):
    """The integers of an option, or `None` where it is not given."""
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    fit = all(0 < number <= LARGEST_SIZE for number in numbers)
    if not numbers or not fit or count not in (None, len(numbers)):
        wanted = f"{count} " if count else ""
        raise ValueError(
            f"{option} must be {wanted}positive integers with commas between them. "
            f"Received: {text}"
        )
    return numbers
