"""`tfae runs`."""

import datetime
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from tfae import files
from tfae.cli.options import AsJSON
from tfae.cli.output import console, seconds_in_words
from tfae.cli.paths import RUNS
from tfae.cli.run_folder import METRICS, SETTINGS

LARGEST = sys.float_info.max
NUMBERS = ("epochs", "seconds", "test_mse", "test_loss", "pca_test_mse")


def runs(
    folder: Annotated[
        Path, typer.Argument(help="Folder that holds the folders of runs.")
    ] = RUNS,
    as_json: AsJSON = False,
):
    """Compare the runs in a folder: data, epochs, test error beside PCA, seconds."""
    if not folder.is_dir():
        raise ValueError(
            f"{folder} does not exist. Train a model first: tfae train "
            "leaky_relu_digits"
        )
    found = [row for path in _candidates(folder) if (row := _row(path, folder))]
    if as_json:
        print(json.dumps(found, indent=2))
        return
    if not found:
        raise ValueError(
            f"{folder} holds no runs. Train a model first: tfae train leaky_relu_digits"
        )
    table = Table(
        Column("run", overflow="fold"),
        Column("data", overflow="fold"),
        *(Column(name, justify="right") for name in ("epochs", "test error", "PCA")),
        *(Column(name, justify="right", no_wrap=True) for name in ("time", "when")),
        box=None,
        pad_edge=False,
    )
    for row in found:
        error = row["test_mse"] if row["test_mse"] is not None else row["test_loss"]
        table.add_row(
            *(escape(str(row[name] or "")) for name in ("run", "data")),
            _cell(row["epochs"], "{:g}") if row["finished"] else "unfinished",
            _cell(error, "{:.4g}"),
            _cell(row["pca_test_mse"], "{:.4g}"),
            seconds_in_words(row["seconds"]),
            row["when"],
        )
    console.print(table)


def _candidates(folder):
    """The folder and its subfolders, sorted by name."""
    return [folder, *sorted(one for one in folder.iterdir() if one.is_dir())]


def _row(path, folder):
    """Summary of the run in a folder, or `None` if there is none."""
    unfinished = path / files.UNFINISHED / SETTINGS
    finished = (path / METRICS).is_file()
    file = path / METRICS if finished else unfinished
    if not file.is_file():
        return None
    try:
        found = files.read_json(file)
        settings = found["settings"] if finished else found
        figures = found["figures"] if finished else {}
        values = {
            **figures,
            **{name: found.get(name) for name in ("epochs", "seconds")},
        }
        numbers = {name: _number(values.get(name)) for name in NUMBERS}
        data = settings.get("data")
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # of another program
    changed = datetime.datetime.fromtimestamp(file.stat().st_mtime)
    return {
        "run": path.name if path != folder else str(path),
        "folder": str(path),
        "recipe": settings.get("name"),
        "data": data,
        "seed": settings.get("seed"),
        "finished": finished,
        **numbers,
        "when": changed.strftime("%Y-%m-%d %H:%M"),
    }


def _number(value):
    kind = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if kind and abs(value) <= LARGEST else None  # not NaN either


def _cell(value, form):
    return "" if value is None else form.format(value)
