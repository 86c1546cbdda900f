"""`tfae evaluate`."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from tfae.cli.loading import (
    check_part,
    load_model_and_data,
    part_of,
    prepared,
    usual_part,
)
from tfae.cli.options import AsJSON, Data, ModelPaths
from tfae.cli.output import console
from tfae.cli.paths import check_data, model_file


def evaluate(
    paths: ModelPaths,
    data: Data = None,
    part: Annotated[
        str | None,
        typer.Option(
            help="train, valid, test or all. \\[default: test; all of a file or folder]"
        ),
    ] = None,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Also classify by the codes and measure their Jacobian and sparsity; "
            "minutes on a large data set.",
        ),
    ] = False,
    as_json: AsJSON = False,
):
    """Measure trained models on the data they were trained for, or on others."""
    if part is not None:
        check_part(part)
    check_data(data)
    for path in paths:
        model_file(path)
    found = [_measure(path, data, part, probe, as_json) for path in paths]
    if as_json:
        print(json.dumps(found if len(found) > 1 else found[0], indent=2))
    elif len(found) > 1:
        _compare(found)
    else:
        (one,) = found
        title = f"{one['path']} on {one['data']}, {one['part']}: {one['examples']}"
        _print(one["figures"], title)
        if probe:
            title = "Probes, fitted to train and valid; of test"
            _print(one["probes"], title)


def _measure(path, data, part, probe, quiet):
    """Figures of a model, and a description of its data."""
    model, split, _ = load_model_and_data(path, data, quiet)
    from tfae.evaluation import measures

    part = part or usual_part(split, data)
    chosen = part_of(split, part)
    found = {
        "path": str(path),
        "data": split.name,
        "part": part,
        "examples": len(chosen.inputs),
        "figures": measures.of_part(model, chosen, split.image_shape),
    }
    if probe:
        found["probes"] = _probed(*prepared(model, split), quiet)
    return found


def _probed(model, split, quiet):
    from tfae.evaluation import probes

    known = probes.of(model, split)
    names = probes.possible(known, split)
    if len(names) < len(known) and not quiet:
        print(f"{split.name} has no labels: nothing is classified")
    return probes.measure(model, split, names)


def _print(figures, title):
    table = Table("figure", "value", title=escape(title))
    for name, value in figures.items():
        table.add_row(name, f"{value:.6g}")
    console.print(table)


def _compare(found):
    """Prints one column per model."""
    names = (Column(escape(one["path"]), overflow="fold") for one in found)
    table = Table("figure", *names)
    for name in ("data", "part", "examples"):
        table.add_row(name, *(escape(str(one[name])) for one in found))
    columns = [one["figures"] | one.get("probes", {}) for one in found]
    for name in dict.fromkeys(name for figures in columns for name in figures):
        cells = [f"{one[name]:.6g}" if name in one else "" for one in columns]
        table.add_row(name, *cells)
    console.print(table)
