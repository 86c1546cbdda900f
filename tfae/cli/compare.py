"""`tfae compare`."""

import json
import os
import statistics
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from tfae.cli.loading import Data, load_data, load_tensorflow
from tfae.cli.output import check_writable, console

LINES = 10  # of losses that are printed
LAST = 0.1  # share of the steps whose mean loss is that of the end


def compare(
    program: Annotated[
        str | None, typer.Argument(help="Legacy program, a file of legacy_tf1_ports.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Compare all programs.")] = False,
    steps: Annotated[
        int, typer.Option(help="Optimizer steps of each phase, on both sides.")
    ] = 100,
    float64: Annotated[
        bool,
        typer.Option(
            "--float64",
            help="Compare in float64, where only the algebra counts; speeds are of "
            "float32 in any case.",
        ),
    ] = False,
    data: Data = None,
    seed: Annotated[int, typer.Option(help="Of weights, batches and noise.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to.  [default: saved_models/compare, and the "
            "program's name in it]"
        ),
    ] = None,
):
    """Train a legacy program and its Keras twin alike; show how they differ."""
    from tfae import twins

    names = _names(program, every, twins.TWINS)
    if steps < 1:
        raise ValueError(f"--steps must be a positive integer. Received: {steps}")
    if seed < 0:
        raise ValueError(f"--seed must be 0 or greater. Received: {seed}")
    output = output or Path("saved_models", "compare", *([] if every else names))
    check_writable(output)
    load_tensorflow()
    from tfae import saving, training

    dtype = "float64" if float64 else "float32"
    rows = []
    for name in names:
        if every:
            print(f"{name} …", flush=True)  # each may take minutes
        rows.append(_compare(name, data, steps, seed, dtype))
        _draw(rows[-1], output)
    if every:
        _print_all(rows, steps, dtype)
    else:
        _print_losses(rows[0])
        _print_one(rows[0], steps, dtype)
    for row in rows:
        if row["caveat"] and not row["agrees"]:
            print(f"{row['program']}: {row['caveat']}")
    words = ["tfae compare", "--all" if every else program, f"--steps {steps}"]
    words += ["--float64"] if float64 else []
    words += [f"--data {data}"] if data else []
    report = {
        "command": " ".join([*words, f"--seed {seed}"]),
        "steps": steps,
        "seed": seed,
        "dtype": dtype,
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("tfae", "keras", "tensorflow")},
        "commit": training.commit(),
        "programs": rows,
    }
    with saving.atomic(output / "parity.json") as beside:
        beside.write_text(json.dumps(report, indent=1) + "\n")
    for name in ("parity.json", *(f"figures/{name}.png" for name in names)):
        print(f"wrote {output / name}")


def _names(program, every, twins):
    """The programs that are asked for."""
    if every == (program is not None):
        raise ValueError("Give the name of a legacy program, or --all.")
    if not (every or program in twins):
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(twins)}"
        )
    return [*twins] if every else [program]


def _compare(name, data, steps, seed, dtype):
    """What `parity.json` says of a program."""
    from tfae import datasets, few_labels, parity, recipes, twins

    twin = twins.TWINS[name]
    recipe = recipes.get(twin.recipe)
    source = recipe.data if data is None else data
    validation = recipe.validation if source == recipe.data else None
    split = load_data(source, validation)
    split = datasets.binarize(datasets.scale(split, recipe.scaling), recipe.binarize)
    labels = None
    if twin.classes:
        labels, _ = few_labels.classes_of(split)
        if labels.max() >= twin.classes:
            raise ValueError(
                f"{name} tells {twin.classes} classes apart. Received: {split.name} "
                f"with {labels.max() + 1}"
            )
    inputs = split.train.inputs
    found = parity.compare(name, inputs, labels, steps, seed, dtype)
    speeds = parity.time_epochs(name, inputs, labels, seed=seed)
    last = max(1, round(LAST * steps))
    return {
        "program": name,
        "recipe": twin.recipe,
        "data": source,
        "agrees": found.agrees(dtype),
        "caveat": twin.caveat,
        "loss_difference": found.loss_difference,
        "mean_loss_difference": found.mean_loss_difference,
        "weight_difference": found.weight_difference,
        "legacy_loss": float(found.legacy_losses[-last:].mean()),
        "keras_loss": float(found.keras_losses[-last:].mean()),
        "legacy_seconds": speeds.legacy,
        "keras_seconds": speeds.keras,
        "steps_timed": speeds.steps,
        "ratio": speeds.ratio,
        "legacy_losses": found.legacy_losses.tolist(),
        "keras_losses": found.keras_losses.tolist(),
    }


def _draw(row, output):
    from tfae import plots, saving

    losses = {"TF1 program": row["legacy_losses"], "Keras": row["keras_losses"]}
    title = f"{row['program']} and {row['recipe']}: loss by step"
    with saving.atomic(output / "figures" / f"{row['program']}.png") as beside:
        plots.losses_by_step(losses, title).savefig(beside, dpi=120)


def _print_losses(row):
    """Losses of both sides at some of the steps, the first and the last among them."""
    losses = [*zip(row["legacy_losses"], row["keras_losses"], strict=True)]
    table = Table("step", "TF1 program", "Keras", "relative difference")
    count = min(LINES, len(losses))
    for line in range(count):
        step = round(line * (len(losses) - 1) / max(1, count - 1))
        legacy, ours = losses[step]
        difference = abs(ours - legacy) / abs(legacy)
        table.add_row(
            str(step + 1), f"{legacy:.10g}", f"{ours:.10g}", f"{difference:.1e}"
        )
    console.print(table)


def _print_one(row, steps, dtype):
    """Both sides of a program side by side, and how they differ."""
    table = Table(
        "",
        "TF1 program",
        "Keras",
        title=f"{row['program']} and {row['recipe']}: {steps} steps, {dtype}",
    )
    losses = (f"{row[name]:.8g}" for name in ("legacy_loss", "keras_loss"))
    table.add_row("mean loss of the last tenth", *losses)
    milliseconds = (
        f"{1000 * statistics.median(row[name]) / row['steps_timed']:.2f}"
        for name in ("legacy_seconds", "keras_seconds")
    )
    table.add_row("ms a step, float32, past compilation", *milliseconds)
    console.print(table)
    print(f"largest relative difference of a loss: {row['loss_difference']:.1e}")
    print(f"difference of the first mean losses: {row['mean_loss_difference']:.1e}")
    print(f"largest difference of a weight: {row['weight_difference']:.1e}")
    print(f"times as fast as the TF1 program: {row['ratio']:.2f}")


def _print_all(rows, steps, dtype):
    """One line a program: how the two differ, and how fast the twin is."""
    table = Table(
        Column("program", no_wrap=True),
        *("agree", "losses", "means", "weights", "speed"),
        title=f"TF1 programs and their Keras twins: {steps} steps, {dtype}",
        caption="Largest relative difference of a step's losses; difference of the "
        "mean losses of the first 100, for an example; largest difference of a "
        "weight; how many times as fast the twin trains, in float32.",
    )
    for row in rows:
        differences = (
            f"{row[name]:.0e}"
            for name in ("loss_difference", "mean_loss_difference", "weight_difference")
        )
        agree = "yes" if row["agrees"] else "no"
        table.add_row(row["program"], agree, *differences, f"{row['ratio']:.2f}")
    console.print(table)
