"""`tfae train`."""

import ast
import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tfae.cli.loading import load_data, load_tensorflow
from tfae.cli.messages import told
from tfae.cli.options import (
    Categories,
    Columns,
    Data,
    Drop,
    ImageShape,
    ImageSize,
    Label,
    SkipUnreadable,
    Stride,
    Time,
    Window,
    reading_of,
)
from tfae.cli.output import check_writable, console


def train(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe: see `tfae list`.")],
    data: Data = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="Each a pass over the data, or as many as the recipe says."),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples in a batch.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At the start.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights and batches.")] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting; repeatable."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: saved_models/RECIPE]"),
    ] = None,
    columns: Columns = None,
    drop: Drop = None,
    label: Label = None,
    categories: Categories = None,
    window: Window = None,
    stride: Stride = None,
    time: Time = None,
    image_size: ImageSize = None,
    image_shape: ImageShape = None,
    skip_unreadable: SkipUnreadable = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was killed.")
    ] = False,
):
    """Train a recipe; write the model, its figures and its pictures."""
    from tfae import recipes
    from tfae.arguments import check_seed

    chosen = recipes.get(recipe)
    changes = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    check_seed(seed=seed)
    if data is not None and data != chosen.data:
        # The reference figures and the size of the validation part belong to the data.
        changes |= {"data": data, "validation": None, "references": ()}
    reading = reading_of(
        columns=columns,
        drop=drop,
        label=label,
        categories=categories,
        window=window,
        stride=stride,
        time=time,
        image_size=image_size,
        image_shape=image_shape,
        skip_unreadable=skip_unreadable,
    )
    if reading is not None:
        changes |= {"reading": reading, "validation": None, "references": ()}
    pairs = dict(parse_setting(setting) for setting in settings or ())
    output = output or Path("saved_models") / recipe
    run(dataclasses.replace(chosen, **changes), pairs, output, seed, resume)


def run(chosen, settings, output, seed, resume):
    """Runs a recipe with some settings; prints its figures and files."""
    check_writable(output)
    split = load_data(
        chosen.data, chosen.validation, not chosen.keep_shape, chosen.reading
    )
    load_tensorflow()
    from tfae import datasets, training
    from tfae.recipes import building

    chosen = building.override(chosen, settings)
    print(
        f"Training {chosen.name} on {chosen.data}: {len(split.train.inputs)} examples, "
        f"{len(split.valid.inputs)} for validation, {len(split.test.inputs)} for test"
    )
    count, passes = len(split.train.inputs), chosen.passes or 1
    left_out = datasets.left_out_note(count, chosen.batch_size, passes)
    if left_out:
        print(told(left_out))
    # A progress bar for a person; one line an epoch for a file.
    verbose = 1 if sys.stdout.isatty() else 2
    result = training.run(chosen, output, split, seed, resume, verbose)
    _print_figures(result.metrics)
    for file in result.files:
        print(f"wrote {file}")


def parse_setting(setting):
    name, equals, text = setting.partition("=")
    if not name or not equals:
        raise ValueError(f"--set takes KEY=VALUE. Received: --set {setting}")
    try:
        return name, ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        words = {"true": True, "false": False, "none": None}
        return name, words.get(text.lower(), text)


def _print_figures(metrics):
    passes = metrics["settings"]["passes"]
    epochs = f"{metrics['epochs']} epochs" + (f" of {passes} passes" if passes else "")
    title = f"{metrics['recipe']} after {epochs}, seed "
    title += f"{metrics['settings']['seed']}, {metrics['seconds']} s of training"
    table = Table("figure", "measured", "reference", title=title)
    references = {
        name: (value, origin) for name, value, origin in metrics["references"]
    }
    figures = metrics["figures"]
    if "pca_test_mse" in figures:
        origin = "PCA with the same code size"
        references.setdefault("test_mse", (figures["pca_test_mse"], origin))
    for name, value in figures.items():
        reference = references.get(name)
        shown = f"{reference[0]:.6g} ({reference[1]})" if reference else ""
        table.add_row(name, f"{value:.6g}", shown)
    console.print(table)
