"""Files: written whole or not at all, several of a folder as one, and read safely."""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from tfae.locks import locked

HIDDEN = ".tfae-tmp-"  # how folders begin that hold what is being written
# Of what a change may consist: files of ours in a folder, and pictures below it.
FIGURES = "figures"
SUFFIXES = (".config", ".csv", ".html", ".json", ".keras", ".npy", ".npz", ".png")
UNFINISHED = "unfinished"  # the one of a training, which outlives its process
MARK = "complete.json"  # in such a folder: all is there, and goes to its place
LARGEST_JSON = 64 * 2**20  # bytes
SECONDS_OF_A_CHANGE = 10  # at most, to move files within a file system
SECONDS_OF_A_DAY = 86_400


@contextlib.contextmanager
def new_folder(path):
    """Makes a folder and its parents; after an error, those left empty are unmade.

    Args:
        path: Folder; if it exists, it stays in any case.
    """
    path = Path(path)
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # something is in it
            for folder in missing:
                folder.rmdir()
        raise


@contextlib.contextmanager
def atomic(path):
    """Temporary path beside `path` that takes its place when the block succeeds.

    An interruption leaves the old file whole. The temporary name keeps the suffix,
    since Keras and matplotlib choose the format by it.
    """
    path = Path(path)
    with hidden(path.parent) as folder:
        beside = folder / path.name
        yield beside
        beside.replace(path)


@contextlib.contextmanager
def replacing(folder, names):
    """Temporary folder whose files `names` take their places in `folder` as one.

    Whenever the process is killed, either all of them take their places, at the latest
    when `settle` is called, or none does. An earlier file of a name that was not
    written is removed.

    Args:
        folder: Folder of the files, made where it is missing.
        names: Names of the files, relative to it.

    Raises:
        ValueError: If one could not take its place. Nothing is written then.
    """
    folder = Path(folder)
    check_places(folder, names)
    with new_folder(folder), hidden(folder) as beside:
        for name in names:
            (beside / name).parent.mkdir(exist_ok=True)
        yield beside
        written = [name for name in names if (beside / name).exists()]
        complete(beside, written, [name for name in names if name not in written])


def complete(beside, names, removed=()):
    """Moves the files `names` of the folder `beside` to the one that holds it.

    The files `removed` of that one, and `beside` itself, are removed. All this happens
    as one.
    """
    plan = {"moved": [*names], "removed": [*removed]}
    written = beside / f".{MARK}"
    written.write_text(json.dumps(plan))
    written.replace(beside / MARK)
    _roll_forward(beside)


def settle(folder):
    """Ends what killed processes began in `folder`: changes that were complete.

    Others are removed, but for an unfinished training, which can be resumed.
    """
    folder = Path(folder)
    for beside in (folder / UNFINISHED, *folder.glob(f"{HIDDEN}*")):
        if beside.is_symlink() or not beside.is_dir() or not _is_ours(beside):
            continue
        with contextlib.suppress(FileNotFoundError):  # its own process has removed it
            if (beside / MARK).exists():
                with locked(beside, SECONDS_OF_A_CHANGE):
                    if (beside / MARK).exists():
                        _roll_forward(beside)
            elif beside.name != UNFINISHED:
                with contextlib.suppress(OSError), locked(beside) as certain:
                    old = time.time() - beside.stat().st_mtime > SECONDS_OF_A_DAY
                    if certain or old:
                        shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def hidden(parent):
    """Temporary folder in `parent`, which is removed, by `settle` after a kill."""
    parent = Path(parent)
    parent.mkdir(parents=True, exist_ok=True)
    settle(parent)
    with contextlib.ExitStack() as stack:
        while True:
            beside = Path(tempfile.mkdtemp(prefix=HIDDEN, dir=parent))
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(locked(beside, SECONDS_OF_A_CHANGE))
                if beside.exists():  # not taken for one of a killed process
                    break
        try:
            yield beside
        finally:
            if (beside / MARK).exists():  # interrupted on the way
                _roll_forward(beside)
            shutil.rmtree(beside, ignore_errors=True)


def _roll_forward(beside):
    """Does what the mark in the folder `beside` says, as far as it is not done yet."""
    folder, mark = beside.parent, beside / MARK
    try:
        plan = read_json(mark)
        moved, removed = plan["moved"], plan["removed"]
        plain = all(map(_is_plain, [*moved, *removed]))
    except (KeyError, TypeError, ValueError):
        plain = False
    if not plain:
        raise ValueError(
            f"{mark} does not say which files of {folder} belong together. Remove "
            f"{beside} if you do not need what is in it."
        )
    check_places(folder, [*moved, *removed])
    check_places(beside, moved)
    # Two changes never mix.
    with locked(folder, SECONDS_OF_A_CHANGE):
        for name in moved:
            if (beside / name).exists():
                (folder / name).parent.mkdir(exist_ok=True)
                (beside / name).replace(folder / name)
        for name in removed:
            (folder / name).unlink(missing_ok=True)
    # A part of it under its name would be an unfinished training.
    rest = folder / f"{HIDDEN}{secrets.token_hex(4)}"
    beside.rename(rest)
    (rest / MARK).unlink()
    shutil.rmtree(rest)


def _is_plain(name):
    """Whether a name in a mark is one that a change may have."""
    parts = name.split("/") if isinstance(name, str) else []
    named = len(parts) == 1 or (len(parts) == 2 and parts[0] == FIGURES)
    return named and parts[-1].endswith(SUFFIXES) and name.isprintable()


def _is_ours(folder):
    """Whether a folder belongs to the user whose process this is."""
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def check_places(folder, names):
    """Raises `ValueError` if files `names` cannot take their places in `folder`."""
    folder = Path(folder)
    for name in names:
        path = folder / name
        if path.is_dir():
            raise ValueError(
                f"{path} must be a file. Received: a folder. Move it away, or use "
                "another folder."
            )
        if path.parent != folder:
            check_subfolder(path.parent)


def check_subfolder(path):
    """Raises `ValueError` if files could not be moved from `path` into its parent."""
    if not path.exists() and not path.is_symlink():
        return
    kind = None
    if path.is_symlink():
        kind = "a link"
    elif not path.is_dir():
        kind = "a file"
    elif path.stat().st_dev != path.parent.stat().st_dev:
        kind = "a folder of another file system"
    if kind:
        raise ValueError(
            f"{path} must be a folder within {path.parent}. Received: {kind}. Move it "
            "away, or use another folder."
        )


def read_json(path):
    """What a JSON file holds.

    Raises:
        ValueError: If it is damaged, or larger than any that is written here.
        OSError: If it cannot be read.
    """
    path = Path(path)
    if not path.is_file() or path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path} is no file of at most {LARGEST_JSON:,} bytes.")
    try:
        return json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: it is not JSON.") from error


def read_arrays(path):
    """The array of an `.npy` file, or the dict of the arrays of an `.npz` file."""
    import numpy as np

    with Path(path).open("rb") as file:  # which NumPy leaves open where it fails
        found = np.load(file, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        arrays = dict(found)
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError(f"{path} holds a member that is no array.")
    return arrays
