"""`tfae detect train`."""

from pathlib import Path
from typing import Annotated

import typer

from tfae.cli import run_folder
from tfae.cli import train as training_command
from tfae.cli.options import (
    AsJSON,
    Board,
    Categories,
    Columns,
    Drop,
    ImageSize,
    Label,
    Overwrite,
    Quiet,
    Resume,
    Settings,
    SkipUnreadable,
    Stride,
    Time,
    Verbose,
    Window,
    reading_of,
)
from tfae.cli.settings import parse_setting

TABLE, SERIES, IMAGES = "detector_table", "detector_series", "detector_images"


def train(
    data: Annotated[
        str,
        typer.Argument(
            help="A .csv or .parquet file, a folder of images, or other data that "
            "`tfae train --data` takes."
        ),
    ],
    recipe: Annotated[
        str | None,
        typer.Option(
            help="A recipe for detection: see `tfae list`. \\[default: detector_table; "
            "with --window detector_series; of a folder detector_images]"
        ),
    ] = None,
    false_alarm_rate: Annotated[
        float | None,
        typer.Option(
            help="Share of normal examples that may be flagged as anomalies. "
            "\\[default: that of the recipe, see `tfae show`]"
        ),
    ] = None,
    columns: Columns = None,
    drop: Drop = None,
    label: Label = None,
    categories: Categories = None,
    window: Window = None,
    stride: Stride = None,
    time: Time = None,
    image_size: ImageSize = None,
    skip_unreadable: SkipUnreadable = False,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples in a batch.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Learning rate at the start.")
    ] = None,
    validation: Annotated[
        int | None,
        typer.Option(
            help="Examples to calibrate on. \\[default: a tenth of those to train on]"
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of weights, batches and noise. \\[default: 0]"),
    ] = None,
    settings: Settings = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: saved_models/RECIPE]"),
    ] = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    tensorboard: Board = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJSON = False,
):
    """Train a detector of anomalies on normal examples, and calibrate its threshold."""
    from tfae import recipes
    from tfae.arguments import check_seed
    from tfae.evaluation import calibration

    if seed is not None:
        check_seed(seed=seed)
    if false_alarm_rate is not None:
        calibration.check_rate(false_alarm_rate=false_alarm_rate)
    name = recipe or _usual_for(data, window)
    chosen = recipes.get(name)
    if not chosen.detection:
        raise ValueError(
            f"{name} does not train a detector. Give a recipe named detector_…"
        )
    output = output or Path("saved_models") / name
    output, resume, overwrite = run_folder.of_worker(output, resume, overwrite)
    run_folder.check(output, resume, overwrite)
    before = 0
    if resume:
        chosen, before = run_folder.resumed(chosen, output)
    seed = before if seed is None else seed
    detection = dict(chosen.detection)
    if false_alarm_rate is not None:
        detection["false_alarm_rate"] = false_alarm_rate
    reading = reading_of(
        columns=columns,
        drop=drop,
        label=label,
        categories=categories,
        window=window,
        stride=stride,
        time=time,
        image_size=image_size,
        skip_unreadable=skip_unreadable,
    )
    chosen = training_command.changed(
        chosen,
        data,
        reading,
        resume,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        validation=validation,
        detection=detection,
    )
    pairs = dict(parse_setting(one) for one in settings or ())
    told = training_command.Told(verbose, quiet, as_json, tensorboard)
    training_command.run(chosen, pairs, output, seed, resume, told)


def _usual_for(data, window):
    """Name of the default recipe for data."""
    from tfae.datasets import sources

    if window is not None:
        return SERIES
    return IMAGES if sources.is_folder(data) else TABLE
