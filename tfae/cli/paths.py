"""Files and folders named by the user; errors for missing ones suggest a remedy."""

import os
from pathlib import Path

from tfae.suggestions import did_you_mean

RUNS = Path("saved_models")  # where commands write by default
FILES = (".npy", ".npz", ".csv", ".parquet")


def check_data(source):
    """Raises `ValueError` if data are the path of a missing file."""
    if not source or Path(source).exists():
        return
    path = Path(source)
    if path.suffix in FILES or os.sep in str(source):
        raise ValueError(
            f"{source} does not exist.{_near(path)} --data takes digits, a data set of "
            "TensorFlow Datasets, or the path of a file or folder."
        )


def model_file(path):
    """The `.keras` file of a path, as in `tfae.saving.model_path`.

    Raises:
        ValueError: If there is none; the error says how to get one.
    """
    from tfae import presets, saving
    from tfae.recipes import RECIPES

    path = Path(path)
    if path.exists() and (path.is_file() or (path / saving.MODEL).exists()):
        return saving.model_path(path)
    if path.is_dir() and (path / "unfinished").is_dir():
        raise ValueError(
            f"{path} holds an unfinished training and no model yet. Continue it by "
            "`tfae train` with --resume."
        )
    if path.is_dir():
        return saving.model_path(path)  # completes changes of killed processes
    if (RUNS / path / saving.MODEL).is_file():
        raise ValueError(f"{path} does not exist. Did you mean {RUNS / path}?")
    near = _near(path)
    if path.name in RECIPES:
        preset = path.name in presets.names() and presets.folder_of(path.name)
        trained = f", or give its preset, {preset}" if preset else ""
        raise ValueError(
            f"{path} does not exist. Train the model first: tfae train {path.name}"
            f"{trained}"
        )
    if near:
        raise ValueError(f"{path} does not exist.{near}")
    return saving.model_path(path)


def _near(path):
    """Sentence that suggests a file or folder similar to a missing one, or no text."""
    try:
        beside = [str(one) for one in path.parent.iterdir()]
    except OSError:
        return ""
    return did_you_mean(str(path), beside)
