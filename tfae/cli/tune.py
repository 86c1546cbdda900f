"""`tfae tune`."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from tfae import extras, files
from tfae.cli.loading import load_data, load_tensorflow
from tfae.cli.options import (
    AsJSON,
    Categories,
    Columns,
    Data,
    Drop,
    ImageShape,
    ImageSize,
    Label,
    Quiet,
    RecipeName,
    SkipUnreadable,
    Stride,
    Time,
    Window,
    reading_of,
)
from tfae.cli.output import check_writable, console, silenced
from tfae.cli.paths import check_data
from tfae.cli.repeating import command_of
from tfae.cli.run_folder import shown
from tfae.cli.settings import parse_value, written


def tune(
    recipe: RecipeName,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=SPACE",
            help="A setting to search: choices a|b|c, or a range low..high; "
            "repeatable. \\[default: those of the recipe]",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(help="Trials beside the recipe itself.")] = 20,
    objective: Annotated[
        str, typer.Option(help="Figure of the validation part.")
    ] = "valid_loss",
    data: Data = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data in each trial.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of trials and of the search.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: saved_models/RECIPE_tuned]"),
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
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the search in the folder.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJSON = False,
):
    """Search the settings of a recipe: the best figure on the validation part."""
    from tfae import recipes
    from tfae.arguments import check_integers, check_seed
    from tfae.cli.train import changed
    from tfae.recipes import space as spaces

    check_integers(trials=trials)
    check_seed(seed=seed)
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
    chosen = changed(recipes.get(recipe), data, reading, False, epochs=epochs)
    extras.check("tune", "`tfae tune`")
    space = dict(map(_parsed, settings)) if settings else spaces.usual(chosen)
    spaces.check(chosen, space)
    output = output or Path("saved_models") / f"{recipe}_tuned"
    check_writable(output)
    check_data(chosen.data)
    with silenced(quiet or as_json):
        split = load_data(
            chosen.data, chosen.validation, not chosen.keep_shape, chosen.reading
        )
        load_tensorflow()
        import tensorflow as tf

        from tfae import training

        tf.get_logger().setLevel("ERROR")  # each trial traces a model of its own

        found = training.search(
            chosen,
            output,
            space,
            trials,
            objective,
            split,
            seed,
            resume,
            told=None if quiet or as_json else _Told(objective),
        )
        metrics = files.read_json(found.folder / "metrics.json")
        command = command_of(metrics["settings"])
        _print(found, space, objective, trials, command, output)
    if as_json:
        told = {"rows": found.rows, "best": found.best, "command": command}
        print(json.dumps({**told, "folder": str(found.folder)}, indent=2))


class _Told:
    """Prints a line for each finished trial."""

    def __init__(self, objective):
        self._objective = objective

    def __call__(self, row):
        told = ", ".join(
            f"{name}={_shown(value)}" for name, value in row["settings"].items()
        )
        score = "failed" if row["score"] is None else f"{row['score']:.4g}"
        print(f"{self._objective} {score}: {told or 'the recipe'} ({row['seconds']} s)")


def _shown(value):
    return f"{value:.4g}" if isinstance(value, float) else written(value)


def _parsed(setting):
    """Name and space of a setting KEY=SPACE."""
    from tfae.recipes import space as spaces

    name, equals, text = setting.partition("=")
    if not name or not equals or not text:
        raise ValueError(
            f"--set takes KEY=a|b|c or KEY=low..high. Received: --set {setting}"
        )
    return name, spaces.parse(text, parse_value)


def _print(found, space, objective, trials, command, output):
    """Prints the five best trials, and how to repeat the best one."""
    own = found.rows[0]["score"]
    table = Table(
        *(Column(name, overflow="fold") for name in space),
        *(Column(name, justify="right", no_wrap=True) for name in (objective, "s")),
        box=None,
        pad_edge=False,
    )
    rows = [row for row in found.rows if row["score"] is not None]
    lower = found.best["score"] <= min(row["score"] for row in rows)
    rows.sort(key=lambda row: row["score"], reverse=not lower)
    for row in rows[:5]:
        told = [row["settings"].get(name, "recipe") for name in space]
        cells = [_shown(one) if one != "recipe" else "(recipe)" for one in told]
        table.add_row(
            *map(escape, cells), f"{row['score']:.4g}", f"{row['seconds']:.0f}"
        )
    console.print(table)
    failed = len(found.rows) - len(rows)
    if len(found.rows) <= trials:
        print(f"{len(found.rows) - 1} different settings of {trials} trials")
    if failed:
        print(f"{failed} trials failed: see {output / 'search.csv'}")
    if found.best["trial"] == found.rows[0]["trial"]:
        print(f"No trial is better than the recipe itself: {own:.4g}.")
    else:
        print(f"best: {found.best['score']:.4g}, the recipe itself: {own:.4g}")
    print(f"model: {found.folder / 'model.keras'}")
    if command:
        whole = output.resolve()
        again = shlex.quote(str(shown(whole.with_name(f"{whole.name}_best"))))
        print(f"again: {command} --output {again}")
