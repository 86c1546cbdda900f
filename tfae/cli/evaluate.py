"""`tfae evaluate`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tfae.cli.loading import load_model_and_data, part_of, prepared
from tfae.cli.options import Data, ModelPath
from tfae.cli.output import console


def evaluate(
    path: ModelPath,
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
            help="Classify by the codes, too, and measure their Jacobian and sparsity; "
            "minutes on a large data set.",
        ),
    ] = False,
):
    """Measure a trained model on the data it was trained for, or on others."""
    model, split, _ = load_model_and_data(path, data)
    from tfae import datasets

    streamed = datasets.is_streamed(split)
    if part is None:
        whole = data is not None and Path(data).exists() and not streamed
        part = "all" if whole else "test"
    chosen = part_of(split, part)
    from tfae.evaluation import measures

    figures = measures.of_part(model, chosen, split.image_shape)
    title = f"{path} on {split.name}, {part}: {len(chosen.inputs)}"
    _print(figures, title)
    if probe:
        _print(
            _probed(*prepared(model, split)),
            "Probes, fitted to train and valid; of test",
        )


def _probed(model, split):
    from tfae.evaluation import probes

    known = probes.of(model, split)
    names = probes.possible(known, split)
    if len(names) < len(known):
        print(f"{split.name} has no labels: nothing is classified")
    return probes.measure(model, split, names)


def _print(figures, title):
    table = Table("figure", "value", title=escape(title))
    for name, value in figures.items():
        table.add_row(name, f"{value:.6g}")
    console.print(table)
