"""`tfae train`."""

import contextlib
import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from tfae import cluster, extras
from tfae.cli import run_folder
from tfae.cli.loading import load_data, load_tensorflow, without_stderr
from tfae.cli.messages import told
from tfae.cli.options import (
    AsJSON,
    Board,
    Categories,
    Columns,
    Data,
    Drop,
    ImageShape,
    ImageSize,
    Label,
    Overwrite,
    Precision,
    Quiet,
    RecipeName,
    Replicas,
    Resume,
    Settings,
    SkipUnreadable,
    Stride,
    Time,
    Verbose,
    Window,
    reading_of,
)
from tfae.cli.output import check_writable, silenced
from tfae.cli.paths import check_data
from tfae.cli.settings import parse_setting


@dataclasses.dataclass(frozen=True)
class Told:
    """Output of a training: all, nothing, or its result as JSON; and TensorBoard's."""

    verbose: bool = False
    quiet: bool = False
    as_json: bool = False
    tensorboard: Path | None = None


def train(
    recipe: RecipeName,
    data: Data = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="Passes over the data. \\[default: those of the recipe]"),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples in a batch.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Learning rate at the start.")
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
    resume: Resume = False,
    overwrite: Overwrite = False,
    tensorboard: Board = None,
    precision: Precision = None,
    replicas: Replicas = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJSON = False,
):
    """Train a recipe; write the model, its figures and its pictures."""
    from tfae import recipes
    from tfae.arguments import check_seed

    chosen = recipes.get(recipe)
    output = output or Path("saved_models") / recipe
    output, resume, overwrite = run_folder.of_worker(output, resume, overwrite)
    run_folder.check(output, resume, overwrite)
    seed_before = 0
    if resume:
        chosen, seed_before = run_folder.resumed(chosen, output)
    seed = seed_before if seed is None else seed
    check_seed(seed=seed)
    if overwrite and data is None:
        run_folder.check_data_of(output, chosen.data)
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
    chosen = changed(
        chosen,
        data,
        reading,
        resume,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        precision=precision,
    )
    pairs = dict(parse_setting(setting) for setting in settings or ())
    telling = Told(verbose, quiet, as_json, tensorboard)
    run(chosen, pairs, output, seed, resume, telling, replicas)


def changed(recipe, data, reading, resume, **values):
    """A recipe with other data, reading and values, of which `None` changes nothing."""
    from tfae.datasets import sources

    # The reference figures and the size of the validation part depend on the data.
    of_data = {"validation": None, "references": ()}
    changes = {}
    if data is not None and sources.located(data) != sources.located(recipe.data):
        changes |= {"data": data, **of_data}
    if reading is not None and not (resume and _is_part(reading, recipe.reading)):
        changes |= {"reading": reading, **of_data}
    changes |= {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(recipe, **changes)


def run(chosen, settings, output, seed, resume, telling, replicas=None):
    """Runs a recipe with some settings and prints the result."""
    from tfae.recipes.settings import override

    chosen = override(chosen, settings)
    if resume:
        run_folder.check_longer(output, chosen, seed)
    check_writable(output)
    if telling.tensorboard is not None:
        extras.check("tensorboard", "--tensorboard")
        check_writable(telling.tensorboard, remedy="Give another --tensorboard.")
    check_data(chosen.data)
    if replicas is not None or cluster.found():
        _prepare(replicas, chosen.batch_size, telling.tensorboard)
    silent = telling.quiet or telling.as_json
    with silenced(silent):
        board = telling.tensorboard
        result = _train(chosen, output, seed, resume, silent, board, replicas)

        from tfae.cli import summary

        if result is None:
            print("Trained. The chief, the first worker of TF_CONFIG, writes the run.")
            return
        summary.print_summary(result, output, telling.verbose)
    warnings = summary.warnings_of(result.metrics)
    if telling.as_json:
        files = [str(file) for file in result.files]
        found = {**result.metrics, "files": files, "warnings": warnings}
        print(json.dumps(found, indent=2))
    for warning in warnings:
        print(f"Warning: {warning}", file=sys.stderr)


def _prepare(replicas, batch_size, tensorboard):
    """Prepares replicas or workers, before TensorFlow computes anything."""
    with without_stderr():
        from tfae.training import devices

    devices.check(replicas, batch_size, tensorboard)
    devices.prepare(replicas)


def _train(chosen, output, seed, resume, silent, board, replicas):
    split = load_data(
        chosen.data, chosen.validation, not chosen.keep_shape, chosen.reading
    )
    load_tensorflow()
    from tfae import datasets, training
    from tfae.cli import progress
    from tfae.training import delivering

    found = delivering.of_normal(chosen, split)
    sizes = [len(part.inputs) for part in (found.train, found.valid, found.test)]
    words = ["examples", "for validation"]
    if chosen.detection:
        words = ["normal examples", "to calibrate the threshold"]
    anomalies = ""
    if chosen.detection and found.test.labels is not None:
        anomalies = f", {int(found.test.labels.sum())} of them anomalies"
    print(
        f"Training {chosen.name} on {chosen.data}: {sizes[0]} {words[0]}, {sizes[1]} "
        f"{words[1]}, {sizes[2]} for test{anomalies}"
    )
    count, passes = sizes[0], chosen.passes or 1
    notes = [datasets.left_out_note(count, chosen.batch_size, passes)]
    if chosen.scaling is None:
        notes.append(datasets.far_from_one_note(found.train.inputs))
    for note in told(filter(None, notes)):
        print(note)
    with contextlib.ExitStack() as stack:
        if silent:
            watching = []
        elif sys.stdout.isatty():
            watching = [progress.Bar()]
            stack.callback(watching[0].close)
        else:
            watching = [progress.Lines(chosen.epochs)]
        return training.run(
            *(chosen, output, split, seed, resume, 0, watching, board, replicas)
        )


def _is_part(reading, before):
    """Whether the given reading options match those of the resumed run."""
    kept = json.loads(json.dumps(reading))
    return kept.items() <= (before or {}).items()
