"""`tfae detect report`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tfae.cli.detect_pieces import images_of, reading_images
from tfae.cli.loading import (
    check_detector,
    is_data_of,
    load_model_and_data,
    open_detector,
    part_of,
    reading_in,
)
from tfae.cli.options import Data, ModelPath
from tfae.cli.output import check_writable, console
from tfae.cli.paths import model_file

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
    output = output or model_file(path).parent
    check_writable(output, NAMES)
    model, part, told = _read(path, data)

    from tfae import files

    title = f"{path} on {told}"
    with reading_images(part.inputs, told):
        figures, figure = model.report(part.inputs, part.labels, title)
    count = f"{len(part.inputs):,} examples"
    if part.labels is not None:
        count += f", {int(part.labels.sum())} of them anomalies"
    table = Table("figure", "value", title=escape(f"{title}: {count}"))
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


def _read(path, data):
    """The detector, the part of the data that it is tested on, and what that is."""
    from tfae import datasets
    from tfae.datasets import sources

    own = data is None or is_data_of(path, data)
    if not own and sources.is_folder(data):
        detector = open_detector(path)
        if len(detector.example_shape or ()) > 2:
            images, _ = images_of(detector, data, path)
            datasets.check_no_classes(data, images.labels)
            return detector, datasets.Part(images), data
    if not own and datasets.is_table(data):
        detector = open_detector(path)
        encoding, label = detector.encoding, (reading_in(path) or {}).get("label")
        if encoding is not None:
            found = datasets.read_like(data, encoding.kinds, encoding.ignored, label)
            return detector, datasets.Part(*found), data
    model, split, _ = load_model_and_data(path, data)
    check_detector(model, path)
    # Also for a file larger than memory.
    tested = own or datasets.is_streamed(split)
    part = part_of(split, "test" if tested else "all")
    return model, part, f"{split.name}, test part" if tested else split.name
