"""The `tfae` command: list, train, evaluate and plot."""

import ast
import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tfae import __version__

# Before TensorFlow is loaded: its start-up messages are not for our users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Classic autoencoders in Keras: train, evaluate and draw them by recipe.",
)
console = Console()

INTERRUPTED = 130  # what Typer returns after Ctrl-C

DATA_HELP = (
    "digits, a data set of TensorFlow Datasets (mnist, fashion_mnist, kmnist, …), an "
    ".npy or .npz file, or a folder of images."
)
Data = Annotated[str | None, typer.Option(help=DATA_HELP, show_default=False)]
ModelPath = Annotated[
    Path, typer.Argument(help="A .keras file or the folder that training wrote.")
]


def main():
    """Entry point: user errors become one line on stderr and exit code 2."""
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:
            _fail(
                "Interrupted. `tfae train … --resume` goes on where it stopped.", code
            )
        sys.exit(code)
    except (ValueError, OSError) as error:
        _fail(str(error))
    except Exception as error:
        # Typer's own errors (unknown option, wrong type) know how to say themselves.
        if hasattr(error, "format_message"):
            message = error.format_message()
            _fail(message) if message else sys.exit(2)  # bare `tfae` has shown its help
        raise


def _fail(message, code=2):
    print(f"Error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.")
    ] = False,
):
    if version:
        print(f"tfae {__version__}")
        raise typer.Exit()


@app.command("list")
def list_recipes():
    """List the recipes with their source and expected figures."""
    from tfae.recipes import RECIPES

    table = Table("recipe", "what it is", "source", "expected")
    for recipe in RECIPES.values():
        expected = [
            f"{name} {value:g} ({origin})" for name, value, origin in recipe.references
        ]
        table.add_row(recipe.name, recipe.summary, recipe.source, "\n".join(expected))
    console.print(table)


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe: see `tfae list`.")],
    data: Data = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.")] = None,
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
        typer.Option(help="Folder to write to.  [default: saved_models/RECIPE]"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was killed.")
    ] = False,
):
    """Train a recipe; write the model, its figures and its pictures."""
    from tfae import recipes

    chosen = recipes.get(recipe)
    changes = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    for name, value in changes.items():
        if not value > 0:
            raise ValueError(
                f"--{name.replace('_', '-')} must be greater than 0. Received: {value}"
            )
    if seed < 0:
        raise ValueError(f"--seed must be 0 or greater. Received: {seed}")
    if data is not None and data != chosen.data:
        # The reference figures and the size of the validation part belong to the data.
        changes |= {"data": data, "validation": None, "references": ()}
    chosen = dataclasses.replace(chosen, **changes)
    pairs = dict(_parse_setting(setting) for setting in settings or ())
    output = output or Path("saved_models") / recipe
    _check_writable(output)
    split = _load_data(chosen.data, chosen.validation)

    _load_tensorflow()
    from tfae import building, training

    chosen = building.override(chosen, pairs)
    print(
        f"Training {recipe} on {chosen.data}: {len(split.train.inputs)} examples, "
        f"{len(split.valid.inputs)} for validation, {len(split.test.inputs)} for test"
    )
    # A progress bar for a person; one line an epoch for a file.
    verbose = 1 if sys.stdout.isatty() else 2
    result = training.run(chosen, output, split, seed, resume, verbose)
    _print_figures(result.metrics)
    for file in result.files:
        print(f"wrote {file}")


@app.command()
def evaluate(
    path: ModelPath,
    data: Data = None,
    part: Annotated[
        str | None,
        typer.Option(
            help="train, valid, test or all.  [default: test; all of a file or folder]"
        ),
    ] = None,
):
    """Measure a trained model on the data it was trained for, or on others."""
    model, split, _ = _load_model_and_data(path, data)
    if part is None:
        part = "all" if data is not None and Path(data).exists() else "test"
    parts = {
        "train": split.train,
        "valid": split.valid,
        "test": split.test,
        "all": split.everything,
    }
    if part not in parts:
        raise ValueError(f"--part must be one of {', '.join(parts)}. Received: {part}")
    from tfae import evaluation

    inputs = parts[part].inputs
    figures = evaluation.figures(model, inputs)
    table = Table(
        "figure",
        "value",
        title=escape(f"{path} on {split.name}, {part}: {len(inputs)}"),
    )
    for name, value in figures.items():
        table.add_row(name, f"{value:.6g}")
    console.print(table)


@app.command()
def plot(
    path: ModelPath,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.  [default: beside the model]"),
    ] = None,
):
    """Draw reconstructions, loss by term, codes and first-layer filters."""
    from tfae import saving

    home = saving.model_path(path).parent
    output = output or home
    _check_writable(output)
    model, split, title = _load_model_and_data(path, data)

    from tfae import training

    for name in training.draw(model, split, output, title, home / "history.csv"):
        print(f"wrote {output / name}")


def _load_model_and_data(path, data):
    from tfae import saving

    file = saving.model_path(path)
    metrics = file.with_name("metrics.json")
    title, validation = file.stem, None
    if metrics.is_file():
        try:
            settings = json.loads(metrics.read_text())["settings"]
            title, trained_on = settings["name"], settings["data"]
            if data in (None, trained_on):
                data, validation = trained_on, settings["validation"]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{metrics} is not one of `tfae train`. Move it away and give --data."
            ) from error
    if data is None:
        raise ValueError(
            f"There is no metrics.json beside {file} that names its data. Give --data."
        )
    split = _load_data(data, validation)

    _load_tensorflow()
    from tfae import training

    model = saving.load(file)
    training.check_inputs(model, split)
    return model, split, title


def _load_data(source, validation):
    import logging

    from tfae import datasets

    logging.getLogger("absl").setLevel(logging.ERROR)  # TFDS's remarks on its folders
    if datasets.needs_tensorflow(source):
        _load_tensorflow()
    split = datasets.load(source, validation)
    for note in split.notes:
        print(note)
    return split


def _load_tensorflow():
    """Imports TensorFlow without the start-up lines that no setting of it stops."""
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow as tf

        tf.config.list_logical_devices()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _parse_setting(setting):
    name, equals, text = setting.partition("=")
    if not name or not equals:
        raise ValueError(f"--set takes KEY=VALUE. Received: --set {setting}")
    try:
        return name, ast.literal_eval(text)
    except (ValueError, SyntaxError):
        words = {"true": True, "false": False, "none": None}
        return name, words.get(text.lower(), text)


def _check_writable(folder):
    """Raises before hours of training what would be raised after them."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.TemporaryDirectory(dir=existing):
            pass
    except OSError as error:
        raise ValueError(
            f"{folder} cannot be written to ({error.strerror}). Give another folder "
            "with --output."
        ) from error


def _print_figures(metrics):
    title = f"{metrics['recipe']} after {metrics['epochs']} epochs, seed "
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
