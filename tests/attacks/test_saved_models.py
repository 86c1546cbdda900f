"""Exports, indexes and checkpoints whose files somebody has tampered with."""

import json
import os
import shutil

import numpy as np
import pytest
from checkpoints import write

import tfae
from tfae.evaluation import index
from tfae.export import export

pytestmark = pytest.mark.attacks


def content(data):
    return lambda path: path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**36)


def gone(path):
    path.unlink()


def folder(path):
    path.unlink()
    path.mkdir()


def link(path):
    path.unlink()
    path.symlink_to("/etc/passwd")


def stream(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def flipped(path):
    whole = bytearray(path.read_bytes())
    for place in range(len(whole) // 3, len(whole), 97):
        whole[place] ^= 0xFF
    path.write_bytes(bytes(whole))


HOW = {
    "empty": content(b""),
    "text": content(b"hello"),
    "zeros": content(b"\0" * 1000),
    "ones": content(b"\xff" * 1000),
    "cut": cut,
    "gone": gone,
    "a folder": folder,
    "a link": link,
    "a stream": stream,
    "a pipe": pipe,
}
DATA = "variables/variables.data-00000-of-00001"
INDEX = "variables/variables.index"
REQUESTS = "assets.extra/tf_serving_warmup_requests"
PARTS = [
    *(("saved_model.pb", name) for name in HOW),
    *((DATA, name) for name in HOW if name != "zeros"),
    *((INDEX, name) for name in HOW),
    *((REQUESTS, name) for name in HOW),
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = tfae.StackedAutoencoder(64, [16, 4])
    return export(model, tmp_path_factory.mktemp("digits"), check=False)


@pytest.mark.parametrize(("part", "name"), PARTS)
def test_a_tampered_export_is_not_servable(refuses, exported, tmp_path, part, name):
    version = shutil.copytree(exported, tmp_path / "1")
    HOW[name](version / part)
    refuses("export", version, words=["1"])


def test_an_export_of_many_gigabytes_of_nothing_is_refused(refuses, exported, tmp_path):
    version = shutil.copytree(exported, tmp_path / "1")
    sparse(version / "saved_model.pb")
    refuses("export", version, words=["more than 1,073,741,824 bytes"])


@pytest.fixture(scope="module")
def indexed(tmp_path_factory, trained):
    """A run with an index of its codes."""
    run = tmp_path_factory.mktemp("indexed") / "run"
    shutil.copytree(trained[0], run)
    model, digits = tfae.load(run), tfae.datasets.load("digits")
    about = {"path": "model.keras", "data": "digits", "part": "all"}
    inputs = digits.everything.inputs
    tfae.evaluation.retrieval.of(model, inputs, **about).save(run / "index.npz")
    return run


def members(**changes):
    """An index some of whose arrays are others."""

    def spoil(path):
        with np.load(path) as stored:
            arrays = dict(stored) | changes
        arrays = {name: array for name, array in arrays.items() if array is not None}
        np.savez(path, **arrays)

    return spoil


def about(**changes):
    """An index that says other things of itself."""

    def spoil(path):
        with np.load(path) as stored:
            found = json.loads(str(stored["about"])) | changes
        members(about=json.dumps(found))(path)

    return spoil


INDEXES = {
    **HOW,
    "flipped": flipped,
    "sparse": sparse,
    "no codes": members(codes=None),
    "words for codes": members(codes=np.array([["a"]])),
    "NaN for codes": members(codes=np.full((4, 4), np.nan)),
    "codes of another shape": members(codes=np.zeros((3, 2, 2))),
    "codes of another width": members(codes=np.ones((5, 3), "f4")),
    "no words": members(about=None),
    "nested words": members(about="[" * 10**5),
    "a list of words": members(about="[]"),
    "another format": about(format=99),
    "another metric": about(metric="city"),
    "a metric that is a list": about(metric=[]),
    "another model": about(belongs_to={"path": "/etc/passwd"}),
    "a model that is a number": about(belongs_to=3),
    "a path that is a number": about(belongs_to={"path": 3}),
    "a part that is not there": about(
        belongs_to={"path": "model.keras", "data": "digits", "part": "most"}
    ),
}


@pytest.mark.parametrize("name", INDEXES)
def test_a_tampered_index_is_refused(refuses, indexed, tmp_path, name):
    run = shutil.copytree(indexed, tmp_path / "run")
    INDEXES[name](run / "index.npz")
    refuses("search", run / "index.npz", "--example", "0", words=[""])
    if name in HOW:
        with pytest.raises(ValueError, match="index"):
            index.load(run / "index.npz")


CHECKPOINTS = [
    (suffix, name)
    for suffix in (".index", ".data-00000-of-00001")
    for name in (*HOW, "flipped")
    if (suffix, name) != (".data-00000-of-00001", "zeros")
]


@pytest.mark.parametrize(("suffix", "name"), CHECKPOINTS)
def test_a_tampered_checkpoint_is_refused(refuses, rows, tmp_path, suffix, name):
    write("notebook_tied", tmp_path / "run.ckpt", rows)
    {**HOW, "flipped": flipped}[name](tmp_path / f"run.ckpt{suffix}")
    command = ("import-checkpoint", tmp_path / "run.ckpt", "--as", "notebook_tied")
    refuses(*command, "--output", "out", words=["run.ckpt"])
