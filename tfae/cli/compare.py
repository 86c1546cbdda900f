"""`tfae compare`."""

import json
import os
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from tfae.cli.loading import Data, load_data, load_tensorflow
from tfae.cli.output import check_writable, console

LINES = 10  # of losses that are printed
VERDICTS = {
    "yes": "the two agree",
    "rounding": "the two part by what rounding does",
    "no": "the two do not agree",
}
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
    """Train a legacy program and its Keras twin alike; show how they differ.

    The exit code is 1 where two do not agree by more than rounding does.
    """
    from tfae import twins

    names = _names(program, every, twins.TWINS)
    if steps < 1:
        raise ValueError(f"--steps must be a positive integer. Received: {steps}")
    if seed < 0:
        raise ValueError(f"--seed must be 0 or greater. Received: {seed}")
    output = output or Path("saved_models", "compare", *([] if every else names))
    check_writable(output)
    load_tensorflow()
    from tfae import training

    dtype = "float64" if float64 else "float32"
    words = ["tfae", "compare", "--all" if every else program, "--steps", str(steps)]
    words += [*(["--float64"] if float64 else []), *(["--data", data] if data else [])]
    report = {
        "command": shlex.join([*words, "--seed", str(seed)]),
        "steps": steps,
        "seed": seed,
        "dtype": dtype,
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("tfae", "keras", "tensorflow")},
        "commit": training.commit(),
        "left_out": {},
        "programs": [],
    }
    for name, examples in _examples(names, data, report["left_out"]):
        if every:
            print(f"{name} …", flush=True)  # each may take minutes
        try:
            row = _compare(name, *examples, steps, seed, dtype)
        except ValueError as error:
            if not every:
                raise
            report["left_out"][name] = str(error)
            continue
        report["programs"].append(row)
        # After each: whoever interrupts the next loses only that.
        for file in (_write(report, output), _draw(row, output)):
            print(f"wrote {file}")
    if every:
        _print_all(report)
    else:
        _print_losses(report["programs"][0])
        _print_one(report)
    for name, reason in report["left_out"].items():
        print(f"{name} was left out: {reason}")
    if any(row["agree"] == "no" for row in report["programs"]):
        raise typer.Exit(1)


def _names(program, every, twins):
    """The programs that are asked for."""
    if every == (program is not None):
        raise ValueError("Give the name of a legacy program, or --all.")
    if not (every or program in twins):
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(twins)}"
        )
    return [*twins] if every else [program]


def _examples(names, data, left_out):
    """Pairs of a program and its data: their name, inputs, labels.

    Where several programs are compared, those that the data do not fit go into
    `left_out` with the reason, before anything is trained.
    """
    from tfae import datasets, few_labels, parity, recipes, twins

    splits, found = {}, []
    for name in names:
        twin = twins.TWINS[name]
        recipe = recipes.get(twin.recipe)
        source = recipe.data if data is None else data
        key = source, recipe.validation if source == recipe.data else None
        if key not in splits:
            splits[key] = load_data(*key)
        try:
            labels = few_labels.classes_of(splits[key])[0] if twin.classes else None
            split = datasets.scale(splits[key], recipe.scaling)
            split = datasets.binarize(split, recipe.binarize)
            checked = parity.check(name, split.train.inputs, labels)
        except ValueError as error:
            if len(names) == 1:
                raise
            left_out[name] = str(error)
        else:
            found.append((name, (source, *checked)))
    if not found:
        raise ValueError(f"No program takes {data}. {next(iter(left_out.values()))}")
    return found


def _compare(name, source, inputs, labels, steps, seed, dtype):
    """What `parity.json` says of a program."""
    from tfae import parity, twins

    twin = twins.TWINS[name]
    found = parity.compare(name, inputs, labels, steps, seed, dtype)
    speeds = parity.time_epochs(name, inputs, labels, seed=seed)
    last = max(1, round(LAST * steps))
    return {
        "program": name,
        "recipe": twin.recipe,
        "data": source,
        "agree": found.verdict(dtype),
        **_differences(found),
        "itself": _differences(found.itself),
        "legacy_loss": found.legacy_losses[:, -last:].mean(axis=1).tolist(),
        "keras_loss": found.keras_losses[:, -last:].mean(axis=1).tolist(),
        "legacy_seconds": speeds.legacy,
        "keras_seconds": speeds.keras,
        "steps_timed": speeds.steps,
        "milliseconds": speeds.milliseconds,
        "ratios": speeds.ratios,
        "ratio": speeds.ratio,
        "legacy_losses": found.legacy_losses.tolist(),
        "keras_losses": found.keras_losses.tolist(),
        "loss_differences": found.loss_differences.tolist(),
    }


def _differences(found):
    names = ("loss_difference", "mean_loss_difference", "weight_difference")
    return {name: getattr(found, name) for name in names}


def _write(report, output):
    from tfae import saving

    with saving.atomic(output / "parity.json") as beside:
        beside.write_text(json.dumps(report, indent=1) + "\n")
    return output / "parity.json"


def _draw(row, output):
    from tfae import plots, saving

    losses = {"TF1 program": row["legacy_losses"], "Keras": row["keras_losses"]}
    title = f"{row['program']} and {row['recipe']}: loss by step"
    figure = plots.losses_by_step(losses, row["loss_differences"], title)
    file = output / "figures" / f"{row['program']}.png"
    with saving.atomic(file) as beside:
        figure.savefig(beside, dpi=120)
    return file


def _print_losses(row):
    """Losses of both sides at some of the steps, the first and the last among them."""
    table = Table("step", "TF1 program", "Keras", "relative difference")
    names = ("legacy_losses", "keras_losses", "loss_differences")
    for phase, columns in enumerate(zip(*(row[name] for name in names), strict=True)):
        if phase:
            table.add_section()
        count = len(columns[0])
        lines = min(LINES, count)
        for line in range(lines):
            step = round(line * (count - 1) / max(1, lines - 1))
            legacy, ours, difference = (column[step] for column in columns)
            cells = (f"{legacy:.10g}", f"{ours:.10g}", f"{difference:.1e}")
            table.add_row(str(step + 1), *cells)
    console.print(table)


def _print_one(report):
    """Both sides of a program side by side, how they differ, and whether they agree."""
    (row,) = report["programs"]
    title = f"{row['program']} and {row['recipe']}: {report['steps']} steps"
    table = Table("", "TF1 program", "Keras", title=f"{title}, {report['dtype']}")
    phases = [f", phase {number}" for number in range(1, 1 + len(row["ratios"]))]
    phases = phases if phases[1:] else [""]
    for what, pairs, digits in (
        ("mean loss of the last tenth", (row["legacy_loss"], row["keras_loss"]), 8),
        ("ms a step, float32, compiled", row["milliseconds"], 3),
    ):
        for phase, legacy, ours in zip(phases, *pairs, strict=True):
            table.add_row(what + phase, f"{legacy:.{digits}g}", f"{ours:.{digits}g}")
    console.print(table)
    from tfae import parity

    table = Table("difference", "of the two", "of the program, rounded")
    steps = min(report["steps"], parity.FIRST_STEPS)
    for what, name in (
        ("of a step's losses, relative, largest", "loss_difference"),
        (
            f"of the mean losses of {steps} steps, for an example",
            "mean_loss_difference",
        ),
        ("of a weight, largest", "weight_difference"),
    ):
        table.add_row(what, f"{row[name]:.1e}", f"{row['itself'][name]:.1e}")
    console.print(table)
    print(f"{VERDICTS[row['agree']]}; to agree is {parity.CRITERIA[report['dtype']]}")
    print(f"times as fast as the TF1 program: {row['ratio']:.2f}")


def _print_all(report):
    """One line a program: how the two differ, and how fast the twin is."""
    from tfae import parity

    table = Table(
        Column("program", no_wrap=True),
        *("agree", "losses", "means", "weights", "speed"),
        title="TF1 programs and their Keras twins: "
        f"{report['steps']} steps, {report['dtype']}",
        caption="Largest relative difference of a step's losses; difference of the "
        f"mean losses of the first {parity.FIRST_STEPS}, for an example; largest "
        "difference of a weight; how many times as fast the twin trains, in float32. "
        f"To agree is {parity.CRITERIA[report['dtype']]}; by rounding they part where "
        "the program parts from itself as far with one number rounded otherwise.",
    )
    for row in report["programs"]:
        differences = (
            f"{row[name]:.0e}"
            for name in ("loss_difference", "mean_loss_difference", "weight_difference")
        )
        table.add_row(row["program"], row["agree"], *differences, f"{row['ratio']:.2f}")
    console.print(table)
