"""`tfae compare`."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli import compare_tables
from tfae.cli.loading import load_data, load_tensorflow
from tfae.cli.options import Data
from tfae.cli.output import check_writable

REPORT = "parity.json"
UNFINISHED = "parity.unfinished.json"  # until all programs are compared
MOST_STEPS = 1_000_000  # losses of all steps are kept
LAST = 0.1  # share of the steps in the final mean loss


def compare(
    program: Annotated[
        str | None, typer.Argument(help="Legacy program, a file of legacy_tf1_ports.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Compare all programs.")] = False,
    steps: Annotated[int, typer.Option(help="Optimizer steps of each phase.")] = 100,
    float64: Annotated[
        bool,
        typer.Option(
            "--float64",
            help="Compare in float64, where rounding errors are small. Speeds are "
            "always measured in float32.",
        ),
    ] = False,
    speed: Annotated[
        bool,
        typer.Option(
            "--speed/--no-speed", help="Also time the epochs of both (some minutes)."
        ),
    ] = True,
    data: Data = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, batches and noise.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to. \\[default: saved_models/compare/PROGRAM, or "
            "saved_models/compare with --all]"
        ),
    ] = None,
):
    """Train a legacy program and its Keras twin alike, and show how they differ.

    The exit code is 1 if two differ by more than rounding explains, or if only the twin
    diverges.
    """
    from tfae.arguments import check_integers, check_seed
    from tfae.migration import twins

    names = _names(program, every, twins.TWINS)
    check_integers(most=MOST_STEPS, steps=steps)
    check_seed(seed=seed)
    output = output or Path("saved_models", "compare", *([] if every else names))
    pictures = {name: f"figures/{name}.png" for name in names}
    written = (REPORT, UNFINISHED, *pictures.values())
    check_writable(output, written)
    load_tensorflow()
    from tfae import files, training
    from tfae.callbacks import divergence

    dtype = "float64" if float64 else "float32"
    words = ["tfae", "compare", "--all" if every else program, "--steps", str(steps)]
    words += [*(["--float64"] if float64 else []), *(["--data", data] if data else [])]
    words += [] if speed else ["--no-speed"]
    report = {
        "command": shlex.join([*words, "--seed", str(seed)]),
        "steps": steps,
        "seed": seed,
        "dtype": dtype,
        **training.provenance(),
        "left_out": {},
        "programs": [],
    }
    diverged = False
    # Partial results of a killed comparison stay in a separate file.
    with files.replacing(output, written) as beside:
        for name, source, *examples in _examples(names, data, report["left_out"]):
            if every:
                print(f"{name} …", flush=True)  # each may take minutes
            row = {"program": name, "recipe": twins.TWINS[name].recipe, "data": source}
            try:
                row |= _compare(name, *examples, steps, seed, dtype)
            except ValueError as error:
                alone = isinstance(error, divergence.DivergenceError)
                if not (every or alone):
                    raise
                diverged |= alone
                report["left_out"][name] = str(error)
                continue
            report["programs"].append(row)
            _draw(row, beside / pictures[name])
            if every:
                _write(report, output / UNFINISHED)
                print(f"wrote {output / UNFINISHED}", flush=True)
            if speed:
                row |= _time(name, *examples, seed)
        if not (report["programs"] or diverged):
            raise ValueError("; ".join(report["left_out"].values()))
        _write(report, beside / REPORT)
    for name in (*(pictures[row["program"]] for row in report["programs"]), REPORT):
        print(f"wrote {output / name}")
    if report["programs"]:
        (compare_tables.print_all if every else compare_tables.print_one)(report)
    for name, reason in report["left_out"].items():
        print(f"{name} was left out: {reason}")
    if diverged or any(row["verdict"] == "no" for row in report["programs"]):
        raise typer.Exit(1)


def _names(program, every, twins):
    """The requested programs."""
    if every == (program is not None):
        raise ValueError("Give the name of a legacy program, or --all.")
    if not (every or program in twins):
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(twins)}"
        )
    return [*twins] if every else [program]


def _examples(names, data, left_out):
    """Yields a program, the name of its data, inputs and labels, for each of `names`.

    If several programs are compared, those that do not fit the data are added to
    `left_out` with the reason, before any training.
    """
    from tfae import datasets
    from tfae.fine_tuning import few_labels
    from tfae.migration import parity, twins
    from tfae.recipes import building

    splits, found = {}, []
    for name in names:
        twin = twins.TWINS[name]
        recipe = twins.recipe_of(name)
        source = recipe.data if data is None else data
        key = source, recipe.validation if source == recipe.data else None
        if key not in splits:
            splits[key] = load_data(*key)
        try:
            labels = few_labels.classes_of(splits[key])[0] if twin.classes else None
            split = splits[key]
            preprocessing = building.preprocessing(recipe, split)
            if preprocessing is not None:
                split = datasets.mapped(split, preprocessing)
            split = datasets.binarize(split, recipe.binarize)
            checked = parity.check(name, split.train.inputs, labels)
        except ValueError as error:
            if len(names) == 1:
                raise
            left_out[name] = str(error)
        else:
            found.append((name, source, *checked))
    if not found:
        raise ValueError(f"No program fits {data}. {next(iter(left_out.values()))}")
    return found


def _compare(name, inputs, labels, steps, seed, dtype):
    """Entry of `parity.json` for the steps of a program and its twin."""
    from tfae.migration import parity

    found = parity.compare(name, inputs, labels, steps, seed, dtype)
    last = max(1, round(LAST * steps))
    return {
        "verdict": found.verdict,
        **_differences(found),
        "itself": _differences(found.itself),
        "legacy_loss": found.legacy_losses[:, -last:].mean(axis=1).tolist(),
        "keras_loss": found.keras_losses[:, -last:].mean(axis=1).tolist(),
        "legacy_losses": found.legacy_losses.tolist(),
        "keras_losses": found.keras_losses.tolist(),
        "loss_differences": found.loss_differences.tolist(),
    }


def _time(name, inputs, labels, seed):
    """Entry of `parity.json` for the speeds of a program and its twin."""
    from tfae.migration import parity

    try:
        speeds = parity.time_epochs(name, inputs, labels, seed=seed)
    except ValueError as error:  # it diverges after the compared steps
        return {"not_timed": str(error)}
    return {
        "legacy_seconds": speeds.legacy,
        "keras_seconds": speeds.keras,
        "steps_timed": speeds.steps,
        "milliseconds": speeds.milliseconds,
        "ratios": speeds.ratios,
        "ratio": speeds.ratio,
    }


def _differences(found):
    return {name: getattr(found, name) for name in compare_tables.DIFFERENCES}


def _write(report, path):
    from tfae import files

    with files.atomic(path) as beside:
        beside.write_text(json.dumps(report, indent=1) + "\n")


def _draw(row, path):
    from tfae import plots

    losses = {"TF1 program": row["legacy_losses"], "Keras": row["keras_losses"]}
    title = f"{row['program']} and {row['recipe']}: loss by step"
    figure = plots.losses_by_step(losses, row["loss_differences"], title)
    figure.savefig(path, dpi=120)
