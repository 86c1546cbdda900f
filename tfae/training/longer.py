"""Continuation of a finished run with more epochs."""

import json
import shutil

from tfae import files, saving
from tfae.callbacks import resuming
from tfae.locks import locked
from tfae.recipes.longer import check_longer
from tfae.training import delivering, folder

IN_USE = "is in use by another process. Wait for it to end."


def reopen(job):
    """Prepares the folder of a finished run to continue its training.

    Model and optimizer become the backup of the last epoch. The finished run is kept
    until the longer one has ended.

    Args:
        job: `Job` with the same settings and more epochs.

    Raises:
        ValueError: If the result would differ from a run of as many epochs from the
            beginning, or the settings differ.
    """
    before = files.read_json(job.output / folder.METRICS).get("settings")
    check_longer(before, job.settings)
    epochs = before["epochs"]
    history = "history.csv"
    rows = resuming.read_history(job.output / history)
    if len(rows) != epochs:
        raise ValueError(
            f"{job.output / history} holds {len(rows)} of {epochs} epochs, and so the "
            "run cannot be trained on. Use resume=False to train from the beginning."
        )
    model = delivering.trained(saving.load(job.output))
    place = folder.unfinished(job.output)
    with files.hidden(job.output) as beside:
        (beside / "backup").mkdir()
        model.save_weights(beside / "backup" / resuming.WEIGHTS)
        metadata = {"epoch": epochs, "batch": 0}
        (beside / "backup" / resuming.METADATA).write_text(json.dumps(metadata))
        shutil.copyfile(job.output / history, beside / history)
        (beside / folder.SETTINGS).write_text(json.dumps(job.settings))
        if place.exists():
            _remove(place)
        try:
            beside.rename(place)
        except OSError as error:  # made by another process in the meantime
            raise BlockingIOError(f"{job.output} {IN_USE}") from error


def _remove(place):
    """Removes the folder of a training that had not started."""
    with locked(place):
        if (place / folder.SETTINGS).exists():
            raise BlockingIOError(f"{place.parent} {IN_USE}")
        shutil.rmtree(place)
