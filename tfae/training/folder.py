"""The folder of a run: started, resumed after a kill, and finished atomically."""

import contextlib
import json
import shutil
from pathlib import Path

from tfae import files
from tfae.callbacks import resuming
from tfae.locks import locked
from tfae.recipes.longer import changed

LAYERS = "backup_of_layers"  # in the folder of an unfinished training
LAST_GOOD = "last_good.keras"  # of a training that diverged
METRICS = "metrics.json"
SETTINGS = "settings.json"  # of an unfinished training
# Files of a replaced run that are removed, with its plots, unless they are overwritten.
TABLES = (*resuming.HISTORIES, "fine_tuning.csv")
OF_THE_MODEL = (
    *("few_labels.csv", "figures/few_labels.png", LAST_GOOD, "report.html"),
    *("samples.npy", "figures/samples.png", "maps.npz", "figures/maps.png"),
    *("index.npz", "figures/search.png", "detection.json", "figures/detection.png"),
)


def check(output):
    """Raises `ValueError` if a run could not write its files to the folder `output`."""
    output = Path(output)
    files.check_subfolder(output / files.UNFINISHED)
    pictures = [f"figures/{path.name}" for path in output.glob("figures/*.png")]
    names = ("model.keras", *TABLES, METRICS, "figures/loss.png")
    names += (*OF_THE_MODEL, *pictures)
    files.check_places(output, names)


def unfinished(output):
    """Folder of an unfinished training in `output`."""
    return Path(output) / files.UNFINISHED


@contextlib.contextmanager
def begin(output, settings, resume):
    """Opens and locks the folder of a run until `finish`.

    Args:
        output: Folder of the run.
        settings: Dict of what the run depends on, as JSON has it.
        resume: Boolean, whether to continue the unfinished training in `output`.

    Yields:
        Pair of the folder to write to and the first epoch.

    Raises:
        ValueError: If there is nothing to resume, or it has other settings.
        BlockingIOError: If another run is active in `output`.
    """
    folder = unfinished(output)
    with files.new_folder(output):
        files.settle(output)
        with _held(folder):
            try:
                start = _open(folder, settings, resume)
                yield folder, start
            except ValueError:
                begun = ("history.csv", LAYERS)
                if not any((folder / name).exists() for name in begun):
                    # Refused immediately: nothing to resume.
                    shutil.rmtree(folder, ignore_errors=True)
                raise


@contextlib.contextmanager
def _held(folder):
    """Creates a folder if missing, and holds its lock."""
    with contextlib.ExitStack() as stack:
        while True:
            folder.mkdir(exist_ok=True)
            # Another run may end and remove it in the meantime.
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(locked(folder))
                if folder.exists():
                    break
        yield


def finish(output, names):
    """Moves the files `names` of a training to the run's folder; returns their paths.

    They replace the files of an earlier run; the remaining files of that run are
    removed.
    """
    earlier = {*TABLES, *OF_THE_MODEL, *_listed(output)} - set(names)
    files.complete(unfinished(output), names, sorted(earlier))
    return tuple(Path(output) / name for name in names)


def finished(output):
    """`metrics.json` of the run in `output`, or `None` if it is unfinished.

    Raises:
        ValueError: If the file is damaged.
    """
    files.settle(output)
    path = Path(output) / METRICS
    if (unfinished(output) / SETTINGS).exists() or not path.exists():
        return None
    metrics = files.read_json(path)
    return metrics if isinstance(metrics, dict) else None


def _listed(output):
    """Names of the files of known types that the run in `output` lists as written."""
    try:
        names = files.read_json(Path(output) / METRICS)["files"]
        pictures = {Path("figures", Path(name).name).as_posix() for name in names}
    except (OSError, ValueError, KeyError, TypeError):  # none, or an earlier version
        return set()
    return {name for name in pictures & set(names) if name.endswith(".png")}


def _open(folder, settings, resume):
    """Prepares the folder of an unfinished training; returns the first epoch."""
    settings_file = folder / SETTINGS
    if not resume:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif not settings_file.is_file():
        raise ValueError(
            f"There is no unfinished training in {folder.parent} to resume. Use "
            "resume=False to train from the beginning."
        )
    else:
        before = _read_settings(settings_file)
        names = changed(before, settings)
        if names:
            raise ValueError(
                f"The unfinished training in {folder.parent} has other settings: "
                f"{', '.join(f'{name}={before.get(name)}' for name in names)}. "
                "Resume it with the same ones, or use resume=False to start again."
            )
    with files.atomic(settings_file) as beside:
        beside.write_text(json.dumps(settings, indent=2) + "\n")
    return resuming.repair_backup(folder / "backup")


def _read_settings(file):
    try:
        settings = files.read_json(file)
    except ValueError:
        settings = None
    if not isinstance(settings, dict):
        raise ValueError(
            f"{file} is damaged, and so the training cannot be resumed. Use "
            "resume=False to train from the beginning."
        )
    return settings
