"""Shared loading of data, trained models, and TensorFlow itself."""

import contextlib
import os
from pathlib import Path

from tfae import files
from tfae.cli.messages import told
from tfae.cli.paths import check_data, model_file

# Settings in a metrics.json that commands use, each with its type, or null.
SETTINGS = {
    "name": str,
    "data": str,
    "validation": int,
    "reading": dict,
    "binarize": str,
}
LONGEST_SETTINGS = 10_000  # characters; a path of data is included


def load_model_and_data(path, data, quiet=False):
    """The model at `path`, its training data or `data`, and its name.

    Args:
        path: A `.keras` file or the folder that training wrote.
        data: Name or path of other data, or `None`.
        quiet: Boolean, whether to omit notes on the data.
    """
    check_data(data)
    file = model_file(path)
    metrics = file.with_name("metrics.json")
    settings = dict.fromkeys(SETTINGS)
    if metrics.is_file():
        settings = _settings_in(metrics)
        if settings["data"] is None and data is None:
            raise ValueError(
                f"{path} was trained on unnamed arrays passed in Python. Give --data."
            )
    title, trained_on = settings["name"] or file.stem, settings["data"]
    held_out, reading = settings["validation"], settings["reading"]
    binarize = settings["binarize"]
    data = trained_on if data is None else data
    if data is None:
        raise ValueError(
            f"There is no metrics.json beside {file} that names its data. Give --data."
        )
    from tfae import datasets
    from tfae.datasets import sources

    same = sources.located(data) == sources.located(trained_on)
    if same:
        data = trained_on
        split = load_data(data, held_out, reading=reading, quiet=quiet)
    elif reading and "window" in reading:
        by_name = reading_by_name(file, open_model(file), reading)
        split = load_data(data, None, reading=by_name, quiet=quiet)
    elif reading and _is_alike(data, trained_on):
        # Also images of other sizes.
        split = load_data(data, None, reading=reading, quiet=quiet)
    else:
        split = load_data(data, None, quiet=quiet)
    split = datasets.binarize(split, binarize)
    model = open_model(file)
    if same and hasattr(model, "anomaly_scores"):
        split = datasets.normal_apart(split)
    split = datasets.as_taken(split, model.example_shape)
    from tfae import training

    training.check_inputs(model, split)
    return model, split, title


def is_data_of(path, data):
    """Whether `data` are the training data of a model's run."""
    from tfae.datasets import sources

    metrics = model_file(path).with_name("metrics.json")
    trained_on = _settings_in(metrics)["data"] if metrics.is_file() else None
    return sources.located(data) == sources.located(trained_on)


def reading_in(path):
    """The field `reading` of a model's run, or `None`."""
    metrics = model_file(path).with_name("metrics.json")
    return _settings_in(metrics)["reading"] if metrics.is_file() else None


def full_scale_in(path):
    """The value scaled to 1 in a model's run, or `None` if unknown."""
    found = _read_in(path).get("full_scale")
    return found if found in (1, 255) else None


def reading_by_name(path, model, reading):
    """`reading` of a series, with the names of a model's columns."""
    first = model.members[0] if hasattr(model, "members") else model
    layer = getattr(first, "preprocessing", None)
    names = getattr(layer, "names", None) or _read_in(path).get("columns")
    named = isinstance(names, (list, tuple)) and all(isinstance(n, str) for n in names)
    # Columns left out in training may be missing.
    return {**reading, "columns": [*names], "drop": None} if named else reading


def _read_in(path):
    """Dict of the recorded data properties of a model's run."""
    metrics = model_file(path).with_name("metrics.json")
    if not metrics.is_file():
        return {}
    _settings_in(metrics)  # refuses invalid settings
    found = files.read_json(metrics).get("read")
    return found if isinstance(found, dict) else {}


def _is_alike(data, trained_on):
    """Whether data are read by the same settings: tables, or folders of images."""
    from tfae import datasets

    tables = [datasets.is_table(one) for one in (data, trained_on)]
    return all(tables) or (Path(data).is_dir() and not any(tables))


def _settings_in(metrics):
    """Checked settings of a `metrics.json`."""
    try:
        found = files.read_json(metrics)["settings"]
        settings = {name: found.get(name) for name in SETTINGS}
        for name, kind in SETTINGS.items():
            value = settings[name]
            if not (value is None or isinstance(value, kind)) or value is True:
                raise TypeError
        if not found["name"] or len(str(settings)) > LONGEST_SETTINGS:
            raise TypeError
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{metrics} is not one of `tfae train`. Move it away and give --data."
        ) from error
    return settings


def check_part(name):
    """Raises `ValueError` for an invalid `--part`."""
    names = ("train", "valid", "test", "all")
    if name not in names:
        raise ValueError(f"--part must be one of {', '.join(names)}. Received: {name}")


def usual_part(split, data):
    """The part to measure by default: test, or all of a file or folder."""
    from tfae import datasets

    given = data is not None and Path(data).exists()
    return "all" if given and not datasets.is_streamed(split) else "test"


def part_of(split, name):
    """The part of a split given by `--part`: train, valid, test or all."""
    from tfae import datasets

    check_part(name)
    if datasets.is_streamed(split) and name in ("train", "all"):
        raise ValueError(
            f"{split.name} is streamed: its training part is not in memory. "
            f"Received: --part {name}. Use --part test or --part valid."
        )
    return split.everything if name == "all" else getattr(split, name)


def prepared(model, split):
    """The inner model of a model of raw values, and the split prepared for it."""
    model = model.members[0] if hasattr(model, "members") else model
    unwrapped = getattr(model, "unwrapped", None)
    return (model, split) if unwrapped is None else unwrapped(split)


def load_model(path, split):
    """Loads the model at `path`, which must fit the examples of `split`."""
    model = open_model(path)
    from tfae import datasets, training

    training.check_inputs(model, datasets.as_taken(split, model.example_shape))
    return model


def open_model(path):
    """The model at `path`."""
    load_tensorflow()
    from tfae import saving

    try:
        return saving.load(model_file(path))
    except saving.UnknownClassError as error:
        raise ValueError(f"{error} Name it by `tfae --import`.") from error


def open_detector(path):
    """The detector at `path`."""
    return check_detector(open_model(path), path)


def check_detector(model, path):
    """The model; `ValueError` if it is not a detector."""
    if not hasattr(model, "anomaly_scores"):
        raise ValueError(
            f"{path} holds a {type(model).__name__}, which is no detector. Train one "
            "by `tfae detect train`."
        )
    return model


def load_data(source, validation, flatten=True, reading=None, quiet=False):
    """Loads the split of `source`, and prints notes on its preprocessing."""
    import logging

    from tfae import datasets

    check_data(source)

    logging.getLogger("absl").setLevel(logging.ERROR)  # no notes on TFDS folders
    if datasets.needs_tensorflow(source):
        load_tensorflow()
    split = datasets.read(source, validation, flatten, reading)
    for note in () if quiet else told(split.notes):
        print(note)
    return split


def load_tensorflow():
    """Imports TensorFlow without start-up lines that no setting suppresses."""
    with without_stderr():
        import tensorflow as tf

        tf.config.list_logical_devices()


@contextlib.contextmanager
def without_stderr():
    """Context that hides what libraries write to standard error themselves."""
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
