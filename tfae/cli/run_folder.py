"""Checks of the folder of a run: a run to keep, or one to resume."""

import dataclasses
import os
import tempfile
from pathlib import Path

from tfae import cluster, files
from tfae.locks import locked
from tfae.recipes import longer

SETTINGS = "settings.json"  # of an unfinished training
METRICS = "metrics.json"
# Files of an unfinished training after its first epoch.
EPOCHS = ("history.csv", "backup_of_layers")
# Fields of a recipe that options can change.
FIXED = ("name", "summary", "source", "model", "network")


def check(output, resume, overwrite):
    """Raises `ValueError` if a training would discard a run, or has none to resume.

    Args:
        output: Folder of the run.
        resume: Boolean, whether to continue the run in the folder.
        overwrite: Boolean, whether to discard the run.

    Raises:
        BlockingIOError: If another process trains in the folder.
    """
    if resume and overwrite:
        raise ValueError(
            "--resume continues a run and --overwrite discards it. Give one of them."
        )
    unfinished = output / files.UNFINISHED
    if output.is_dir():
        files.settle(output)
    if unfinished.is_dir() and not unfinished.is_symlink():
        with locked(unfinished):
            pass
    finished = (output / METRICS).is_file()
    if resume:
        if not finished and not (unfinished / SETTINGS).is_file():
            raise ValueError(
                f"There is no unfinished training in {output} to resume. Leave "
                "--resume out to train from the beginning."
            )
        return
    if overwrite:
        return
    anew = "Use --overwrite to discard it, or --output to write to another folder."
    if any((unfinished / name).exists() for name in EPOCHS):
        raise ValueError(
            f"{output} holds an unfinished training. Use --resume to continue it. "
            f"{anew}"
        )
    if finished or (output / "model.keras").is_file():
        raise ValueError(f"{output} already holds a trained model. {anew}")


def of_worker(output, resume, overwrite):
    """Folder and options of this process, which may be a worker.

    Args:
        output: Folder of the run.
        resume: Boolean, whether to continue the run in the folder.
        overwrite: Boolean, whether to discard the run.

    Returns:
        The same for the chief and without workers. The others do not open the folder of
        the run, and get one that does not exist, without options.
    """
    here = cluster.found()
    if here is None or here.is_chief:
        return output, resume, overwrite
    return Path(tempfile.gettempdir()) / f"tfae_worker_{os.getpid()}", False, False


def check_data_of(output, data):
    """Raises `ValueError` if the run in `output` had other data than `data`.

    Damaged records of a run are ignored: it is about to be discarded.
    """
    try:
        before = files.read_json(output / METRICS)["settings"]["data"]
    except (OSError, KeyError, TypeError, ValueError):
        return
    if before != data:
        raise ValueError(
            f"{output} holds a run on {before}, and --overwrite would train on {data}. "
            "Give --data, and the other options of that run if they shall be the same."
        )


def resumed(recipe, output):
    """The recipe and the seed of the unfinished or finished run in `output`.

    Args:
        recipe: Current `tfae.recipes.Recipe` of the run.
        output: Folder of the run.

    Raises:
        ValueError: If the run has another recipe, or its settings are damaged.
    """
    path = output / files.UNFINISHED / SETTINGS
    if not path.is_file():
        path = output / METRICS
    try:
        settings = files.read_json(path)
        settings = settings["settings"] if path.name == METRICS else settings
        seed = settings.get("seed", 0)
        name = settings.get("name", recipe.name)
        found = with_settings(recipe, settings)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{path} is damaged, and so the training cannot be resumed. Use "
            "--overwrite to train from the beginning."
        ) from error
    if name != recipe.name:
        raise ValueError(
            f"{output} holds a run of {name}. Received: {recipe.name}. Give --output, "
            "or the name of that recipe."
        )
    return found, seed


def with_settings(recipe, settings):
    """A recipe with the settings of a run that `metrics.json` records."""
    names = {field.name for field in dataclasses.fields(recipe)} - {*FIXED}
    known = {name: settings[name] for name in names if name in settings}
    return dataclasses.replace(recipe, **known)


def check_longer(output, recipe, seed):
    """Raises `ValueError` if a finished run in `output` cannot continue as `recipe`.

    An unfinished one is checked when it is resumed.
    """
    if (output / files.UNFINISHED / SETTINGS).is_file():
        return
    before = files.read_json(output / METRICS)["settings"]
    after = {**before, **recipe.as_json(), "seed": seed}
    if longer.changed(before, after):
        longer.check_longer(before, after)


def shown(output):
    """Text of a folder in a command."""
    here, folder = Path.cwd(), Path(output)
    return folder.relative_to(here) if here in folder.parents else folder
