"""`tfae runs`."""

import datetime
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from tfae import datasets, files, recipes
from tfae.cli import run_folder
from tfae.cli.options import AsJSON
from tfae.cli.output import console, seconds_in_words
from tfae.cli.paths import RUNS
from tfae.cli.run_folder import METRICS, SETTINGS
from tfae.cli.summary import headline
from tfae.recipes.settings import changes

LARGEST = sys.float_info.max
NUMBERS = ("epochs", "seconds", "test_mse", "test_loss", "pca_test_mse")
IN_UNITS = ("test_mse", "test_loss")  # figures that depend on the scaling


def runs(
    folder: Annotated[
        Path, typer.Argument(help="Folder that holds the folders of runs.")
    ] = RUNS,
    as_json: AsJSON = False,
):
    """Compare the runs in a folder: data, epochs, result beside PCA, settings."""
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
        Column("epochs", justify="right"),
        Column("result", no_wrap=True),
        Column("PCA", justify="right"),
        *(Column(name, justify="right", no_wrap=True) for name in ("time", "when")),
        box=None,
        pad_edge=False,
    )
    for row in found:
        table.add_row(
            *(escape(str(row[name] or "")) for name in ("run", "data")),
            _cell(row["epochs"], "{:g}") if row["finished"] else "unfinished",
            escape(_result(row)),
            _cell(row["pca_test_mse"], "{:.4g}"),
            seconds_in_words(row["seconds"]),
            row["when"].partition("-")[2],  # the year is in the JSON
        )
    console.print(table)
    changed = [row for row in found if row["settings"]]
    if changed:
        console.print("\nSettings that differ from those of the recipe:")
    for row in changed:
        text = escape(f"{row['run']}: {row['recipe']} with {row['settings']}")
        console.print(text, soft_wrap=True)


def _result(row):
    """Name, value and unit of the main figure of a run."""
    if row["figure"] is None:
        return ""
    name = row["figure"].removeprefix("test_").replace("_", " ")
    units = f" ({row['units']})" if row["units"] else ""
    return f"{name} {row['value']:.4g}{units}"


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
        # The test part of a detector has anomalies, so that its error says nothing.
        figure, value = headline(
            {name: one for name, one in figures.items() if _number(one) is not None}
        )
        told = {
            "figure": figure or None,
            "value": value if figure else None,
            "units": _units(settings) if figure in IN_UNITS else None,
            "settings": _changes(settings),
        }
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
        **told,
        "when": changed.strftime("%Y-%m-%d %H:%M"),
    }


def _units(settings):
    """Whether the errors of a run are those of scaled values."""
    in_windows = "window" in (settings.get("reading") or {})
    table = datasets.is_table(settings.get("data")) and not in_windows
    return "scaled" if settings.get("scaling") or table else "raw"


def _changes(settings):
    """Settings of a run that differ from those of its recipe, as a text."""
    registered = recipes.RECIPES.get(settings.get("name"))
    if registered is None:
        return ""
    used = run_folder.with_settings(registered, settings)
    found = [changes(used)]
    for name in ("batch_size", "learning_rate"):
        if getattr(used, name) != getattr(registered, name):
            found.append(f"{name}={getattr(used, name)}")
    if settings.get("seed"):
        found.append(f"seed={settings['seed']}")
    return ", ".join(filter(None, found))


def _number(value):
    kind = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if kind and abs(value) <= LARGEST else None  # not NaN either


def _cell(value, form):
    return "" if value is None else form.format(value)
