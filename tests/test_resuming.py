"""Backups cut short at every point, and histories without gaps or doubles."""

import json

import pytest

import tfae
from tfae.callbacks import resuming

WEIGHTS, METADATA = "latest.weights.h5", "training_metadata.json"


def write(folder, weights, epoch, copied_weights=None, copied_epoch=None):
    """A backup folder; `None` leaves a file out, a string stands for its bytes."""
    folder.mkdir(exist_ok=True)
    for name, content in (
        (WEIGHTS, weights),
        (METADATA, epoch),
        (f"{WEIGHTS}.bkp", copied_weights),
        (f"{METADATA}.bkp", copied_epoch),
    ):
        if isinstance(content, int):
            content = json.dumps({"epoch": content, "batch": 0})
        if content is not None:
            (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("files", "epoch", "weights"),
    [
        (("weights 3", 3, "weights 2", 2), 3, "weights 3"),
        (("weights 1", 1), 1, "weights 1"),
        (("wei", None), 0, None),
        (("weights 1", ""), 0, None),
        (("weights 3", 3, "wei", 2), 3, "weights 3"),
        (("weights 3", 3, "weights 3", '{"ep'), 3, "weights 3"),
        (("weights 3", 3, "weights 3", 3), 3, "weights 3"),
        (("wei", 3, "weights 3", 3), 3, "weights 3"),
        (("weights 4", 3, "weights 3", 3), 3, "weights 3"),
        (("weights 4", '{"epo', "weights 3", 3), 3, "weights 3"),
        (("weights 4", 4, "weights 3", 3), 4, "weights 4"),
    ],
    ids=[
        "whole",
        "first backup",
        "cut in the first weights",
        "cut in the first metadata",
        "cut in the copy of the weights",
        "cut in the copy of the metadata",
        "cut before the weights",
        "cut in the weights",
        "cut before the metadata",
        "cut in the metadata",
        "next whole",
    ],
)
def test_a_backup_cut_short_goes_back_to_the_last_whole_one(
    tmp_path, files, epoch, weights
):
    folder = tmp_path / "backup"
    write(folder, *files)
    assert resuming.repair_backup(folder) == epoch
    if weights is None:
        assert not folder.exists()
    else:
        assert (folder / WEIGHTS).read_text() == weights
        assert json.loads((folder / METADATA).read_text())["epoch"] == epoch


def test_no_backup_is_no_epoch(tmp_path):
    assert resuming.repair_backup(tmp_path / "backup") == 0


def test_an_epoch_trained_again_is_counted_once(tmp_path):
    file = resuming.HistoryFile(tmp_path / "history.csv")
    for epoch, loss in ((0, 3.0), (1, 2.0), (2, 1.5), (1, 1.9), (2, 1.4)):
        file.on_epoch_end(epoch, {"loss": loss})
    rows = resuming.read_history(file.path)
    assert rows == [
        {"epoch": epoch, "loss": loss} for epoch, loss in ((1, 3.0), (2, 1.9), (3, 1.4))
    ]


def test_a_row_is_appended_unless_its_columns_are_new(tmp_path):
    file = resuming.HistoryFile(tmp_path / "history.csv")
    file.on_epoch_end(0, {"loss": 3.0, "val_loss": 4.0})
    number = file.path.stat().st_ino
    file.on_epoch_end(1, {"loss": 2.0})
    assert file.path.stat().st_ino == number
    file.on_epoch_end(2, {"loss": 1.0, "layer": 2})
    assert file.path.stat().st_ino != number
    rows = resuming.read_history(file.path)
    assert rows[1:] == [{"epoch": 2, "loss": 2}, {"epoch": 3, "loss": 1, "layer": 2}]


def test_a_row_cut_short_does_not_count(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n1,2.5\n2,1.2")
    assert resuming.read_history(path) == [{"epoch": 1, "loss": 2.5}]


@pytest.mark.parametrize(("seconds", "saved"), [(0, [1, 2, 3]), (3600, [3])])
def test_quick_epochs_are_backed_up_at_the_end(tmp_path, vectors, seconds, saved):
    class Watched(resuming.Backup):
        def _save_model(self):
            super()._save_model()
            epochs.append(self._current_epoch)

    epochs = []
    model = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
    model.build((None, 64))
    model.compile("sgd", "mse", run_eagerly=True)
    backup = Watched(tmp_path / "backup", seconds)
    model.fit(vectors, epochs=3, callbacks=[backup], verbose=0)
    assert epochs == saved
    assert resuming.repair_backup(tmp_path / "backup") == 3


def test_patience_counts_the_epochs_before_a_kill():
    past = [{"val_loss": loss} for loss in (1.0, 2.0, 3.0)]
    stopping = resuming.ResumableEarlyStopping(past, patience=3)

    class Model:
        stop_training = False

    stopping.set_model(Model())
    stopping.on_train_begin()
    assert (stopping.best, stopping.wait) == (1.0, 2)
    stopping.on_epoch_end(3, {"val_loss": 4.0})
    assert stopping.model.stop_training


def test_rows_may_lack_columns(tmp_path):
    rows = [{"epoch": 1, "loss": 2.0, "sparsity": 0.5}, {"epoch": 2, "loss": 1.0}]
    resuming.write_history(tmp_path / "history.csv", rows)
    assert resuming.read_history(tmp_path / "history.csv") == rows
