"""Scores as a table of text: what tells where they are from, and what ends them."""

import threading
import time

import numpy as np
import pytest
from image_folders import save

import tfae
from tfae.reporting import scores


@pytest.fixture(scope="module")
def detector():
    """A detector of rows of 3 numbers, which is calibrated but not trained."""
    networks = tfae.networks.dense(3, [2], output_activation="linear")
    detector = tfae.Detector(tfae.Autoencoder(*networks))
    return detector.set_threshold(1.0, np.ones(99))


def test_a_detector_without_a_threshold_is_not_scored_by_an_old_one(detector, tmp_path):
    other = tfae.Detector(detector.members[0])
    other.threshold.assign(0.5)  # as of one that was calibrated and then quantized
    with pytest.raises(ValueError, match="has no threshold"):
        scores.table(other, np.zeros((2, 3)))
    (tmp_path / "x.npy").touch()
    with pytest.raises(ValueError, match="has no threshold"):
        scores.write(other, None, tmp_path / "out.csv", tmp_path / "x.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_rows_are_counted_from_the_beginning_of_the_file(detector):
    piece = np.zeros((4, 3))
    piece[1] = np.nan
    with pytest.raises(ValueError, match="the first in row 11"):
        scores.table(detector, piece, first=10)


def test_no_column_is_named_twice():
    contributions = np.array([[np.nan, 2.0, np.nan, np.nan], [np.nan] * 4], "float32")
    found = scores._most(contributions, ["a", "b", "c", "d"])
    named = [[str(found[f"column_{n}"][row]) for n in (1, 2, 3)] for row in (0, 1)]
    assert named == [["b", "a", "c"], ["a", "b", "c"]]


def test_a_folder_is_that_of_its_images(tmp_path):
    save(tmp_path / "inner", count=3)
    before = scores._identity(tmp_path)
    (tmp_path / "scores.csv").write_text("what is written beside them")
    (tmp_path / "inner" / ".scores.csv.unfinished").write_text("and before it is done")
    assert scores._identity(tmp_path) == before
    file = tmp_path / "inner" / "001.png"
    content = file.read_bytes()
    file.write_bytes(content + b" ")
    changed = scores._identity(tmp_path)
    assert changed != before
    file.rename(tmp_path / "inner" / "009.png")
    assert scores._identity(tmp_path) not in (before, changed)


def test_an_interruption_does_not_wait_for_what_is_read():
    goes_on = threading.Event()

    def pieces():
        yield 1
        goes_on.wait(20)
        yield 2

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in scores._ahead(pieces()):
            raise KeyboardInterrupt
    assert time.monotonic() - started < 10
    goes_on.set()
