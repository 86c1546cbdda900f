"""Backups cut short at every point, and histories without gaps or doubles."""

import json

import pytest

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
