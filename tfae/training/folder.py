"""The folder of a run: begun, resumed after a kill, and finished as a whole."""

import contextlib
import json
import shutil
from pathlib import Path

from tfae import files
from tfae.callbacks import resuming

LAYERS = "backup_of_layers"  # in the folder of a training under way
LAST_GOOD = "last_good.keras"  # of one that diverged
TABLES = (*resuming.HISTORIES, "fine_tuning.csv")


def unfinished(output):
    """Where a training under way writes, until all of it is there."""
    return Path(output) / "unfinished"


@contextlib.contextmanager
def begin(output, settings, resume):
    """Opens the folder of a training for the time of its `fit`.

    Args:
        output: Folder of the run.
        settings: Dict of what the run depends on, as JSON has it.
        resume: Boolean, whether to go on with the unfinished training in `output`.

    Yields:
        Pair of the folder to write to and the epoch to start from.

    Raises:
        ValueError: If there is nothing to resume, or it was begun with other settings.
    """
    folder = unfinished(output)
    with files.new_folder(output):
        start = _open(folder, settings, resume)
        try:
            yield folder, start
        except ValueError:
            begun = ("history.csv", LAYERS)
            if not any((folder / name).exists() for name in begun):
                # Refused at once: nothing to resume.
                shutil.rmtree(folder, ignore_errors=True)
            raise


def finish(output, names):
    """Moves the files `names` of a training to their places; returns their paths.

    Each takes the place of an earlier run's; tables that this run did not write go.
    """
    output, folder = Path(output), unfinished(output)
    moved = []
    for name in names:
        moved.append(output / name)
        moved[-1].parent.mkdir(exist_ok=True)
        (folder / name).replace(moved[-1])
    for name in set(TABLES) - set(names):
        (output / name).unlink(missing_ok=True)
    shutil.rmtree(folder)
    (output / LAST_GOOD).unlink(missing_ok=True)
    return tuple(moved)


def _open(folder, settings, resume):
    """Prepares the folder of a training under way; returns the epoch to start from."""
    settings_file = folder / "settings.json"
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    elif not settings_file.is_file():
        raise ValueError(
            f"There is no unfinished training in {folder.parent} to resume. Use "
            "resume=False to train from the beginning."
        )
    else:
        before = _read_settings(settings_file)
        changed = [name for name in settings if settings[name] != before.get(name)]
        if changed:
            raise ValueError(
                f"The unfinished training in {folder.parent} has other settings: "
                f"{', '.join(f'{name}={before.get(name)}' for name in changed)}. "
                "Resume it with the same ones, or use resume=False to begin anew."
            )
    with files.atomic(settings_file) as beside:
        beside.write_text(json.dumps(settings, indent=2) + "\n")
    return resuming.repair_backup(folder / "backup")


def _read_settings(file):
    try:
        settings = json.loads(file.read_text())
    except ValueError:
        settings = None
    if not isinstance(settings, dict):
        raise ValueError(
            f"{file} is damaged, and so the training cannot be resumed. Use "
            "resume=False to train from the beginning."
        )
    return settings
