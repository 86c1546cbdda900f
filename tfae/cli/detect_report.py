"""`tfae detect report`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tfae.cli.loading import (
    Data,
    ModelPath,
    check_detector,
    is_data_of,
    load_model_and_data,
    part_of,
)
from tfae.cli.output import check_writable, console

NAMES = ("detection.json", "figures/detection.png")


def report(
    path: ModelPath,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: beside the model]"),
    ] = None,
):
    """Tell what a detector does on the test part: rates, curves and scores."""
    from tfae import saving

    output = output or saving.model_path(path).parent
    check_writable(output, NAMES)
    model, split, title = load_model_and_data(path, data)
    check_detector(model, path)

    from tfae import files

    name = "test" if data is None or is_data_of(path, data) else "all"
    part = part_of(split, name)
    figures, figure = model.report(part.inputs, part.labels, f"{title}: test part")
    count = f"{len(part.inputs):,} examples, {name}"
    table = Table("figure", "value", title=escape(f"{path} on {split.name}: {count}"))
    if model.false_alarm_rate is not None:
        table.add_row("calibrated to false-alarm rate", f"{model.false_alarm_rate:.6g}")
    for name, value in figures.items():
        table.add_row(name, f"{value:.6g}")
    console.print(table)
    with files.replacing(output, NAMES) as beside:
        (beside / NAMES[0]).write_text(json.dumps(figures, indent=2) + "\n")
        figure.savefig(beside / NAMES[1], dpi=120)
    for name in NAMES:
        print(f"wrote {output / name}")
