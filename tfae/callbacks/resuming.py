"""Resumption of a killed training: history, backup and best weights."""

import csv
import io
import math
import shutil
import time
from pathlib import Path

import keras

from tfae import files
from tfae.arguments import is_integer

# Files of an epoch in a run's folder, from pretraining and from the model.
WEIGHTS = "latest.weights.h5"  # the name in a Keras backup
METADATA = "training_metadata.json"
HISTORIES = ("pretraining.csv", "history.csv")
BACKUP_SECONDS = 20


class HistoryFile(keras.callbacks.Callback):
    """Writes one row per epoch to a CSV file.

    Existing rows of the same and of later epochs are removed, so that an epoch repeated
    after a kill is not counted twice.
    """

    def __init__(self, path):
        super().__init__()
        self.path = path
        self._columns, self._written = None, None

    def on_train_begin(self, logs=None):
        self._columns = self._written = None

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, **logs}
        if self._written == epoch and row.keys() <= self._columns.keys():
            with Path(self.path).open("a", newline="") as file:
                csv.DictWriter(file, list(self._columns)).writerow(row)
        else:
            rows = [*read_history(self.path)[:epoch], row]
            self._columns = write_history(self.path, rows)
        self._written = epoch + 1


class ResumableEarlyStopping(keras.callbacks.EarlyStopping):
    """Early stopping that counts the epochs before a kill towards its patience.

    Args:
        past: Rows of the history so far, as returned by `read_history`.
        **kwargs: As for `keras.callbacks.EarlyStopping`.
    """

    def __init__(self, past, **kwargs):
        super().__init__(**kwargs)
        self.past = past

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        for epoch, row in enumerate(self.past):
            self.on_epoch_end(epoch, row)


def write_history(path, rows):
    """Writes rows, dicts of numbers, to a CSV file; they may lack some columns.

    Returns:
        Dict with the names of the columns as keys, in their order.
    """
    columns = dict.fromkeys(name for row in rows for name in row)
    with files.atomic(path) as beside, beside.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(columns))
        writer.writeheader()
        writer.writerows(rows)
    return columns


def read_history(path):
    """Rows of a history file as dicts of floats; empty if there is no file.

    A truncated last row is ignored.

    Raises:
        ValueError: If the file is damaged.
    """
    if not Path(path).is_file():
        return []
    try:
        lines = Path(path).read_text().splitlines(keepends=True)
        if len(lines) > 1 and not lines[-1].endswith("\n"):
            del lines[-1]
        rows = csv.DictReader(io.StringIO("".join(lines), newline=""))
        if "epoch" not in (rows.fieldnames or ()):
            raise KeyError("epoch")
        return [
            {name: float(value) for name, value in row.items() if value}
            | {"epoch": int(row["epoch"])}
            for row in rows
        ]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise ValueError(
            f"{path} is damaged: it does not hold an epoch a row. Move it away."
        ) from error


def read_histories(folder):
    """Rows of all epochs of the run in `folder`, in order."""
    return [row for name in HISTORIES for row in read_history(Path(folder) / name)]


def columns_of(rows):
    """Dict from a column of such rows to its values, NaN where a row has none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, math.nan) for row in rows] for name in names}


def patience_is_over(past, patience):
    """Whether the best epoch of `past` is `patience` epochs ago."""
    losses = [row["val_loss"] for row in past]
    if patience is None or not losses:
        return False
    return len(losses) - 1 - losses.index(min(losses)) >= patience


def repair_backup(folder):
    """Repairs a `BackupAndRestore` folder; returns its number of complete epochs.

    That callback copies weights and metadata to `.bkp`, then writes the weights, then
    the metadata. A kill in between leaves weights that may be truncated or one epoch
    ahead of their metadata; the metadata is then missing, truncated, or equal to its
    copy. In that case the consistent copies are restored.
    """
    folder = Path(folder)
    weights, metadata = folder / WEIGHTS, folder / METADATA
    copies = [path.with_name(f"{path.name}.bkp") for path in (weights, metadata)]
    epoch, copied_epoch = _epoch(metadata), _epoch(copies[1])
    if epoch is not None and epoch != copied_epoch:
        return epoch
    if copied_epoch is not None:
        shutil.copyfile(copies[0], weights)
        shutil.copyfile(copies[1], metadata)
        return copied_epoch
    shutil.rmtree(folder, ignore_errors=True)
    return 0


class Backup(keras.callbacks.BackupAndRestore):
    """Keras' backup in the folder `path`, with an error that names a damaged file.

    It is written after an epoch that ends at least `seconds` after the last backup, and
    at the end: after every quick epoch it would cost more than the epochs.
    """

    def __init__(self, path, seconds=None):
        super().__init__(path, double_checkpoint=True, delete_checkpoint=False)
        self.seconds = BACKUP_SECONDS if seconds is None else seconds
        self._saved, self._is_due = None, False

    def on_epoch_end(self, epoch, logs=None):
        self._current_epoch, self._is_due = epoch + 1, True
        if time.monotonic() - self._saved >= self.seconds:
            self._save_model()

    def on_train_end(self, logs=None):
        if self._is_due:
            self._save_model()
        super().on_train_end(logs)

    def _save_model(self):
        super()._save_model()
        self._saved, self._is_due = time.monotonic(), False

    def on_train_begin(self, logs=None):
        self._saved = time.monotonic()
        try:
            super().on_train_begin(logs)
        except (OSError, ValueError, KeyError) as error:  # from HDF5 and Keras
            raise ValueError(
                f"{Path(self.backup_dir) / WEIGHTS} is damaged, and so the training "
                "cannot be resumed. Use resume=False to train from the beginning."
            ) from error


def _epoch(metadata):
    """The epoch of a backup, or `None` if the file is missing or damaged."""
    try:
        epoch = files.read_json(metadata)["epoch"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return epoch if is_integer(epoch) and epoch >= 0 else None
