"""Files: written atomically, also several of a folder at once, and read safely."""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from tfae.locks import locked

HIDDEN = ".tfae-tmp-"  # prefix of folders of unfinished files
# Allowed names in a change: files of this package in a folder, and pictures below it.
FIGURES = "figures"
SUFFIXES = (
    *(".config", ".csv", ".html", ".json", ".keras", ".npy", ".npz", ".png"),
    *(".bin", ".h", ".h5", ".md", ".onnx", ".pbtxt", ".tflite", ".tsv", ".xml"),
)
UNFINISHED = "unfinished"  # folder of a training, which outlives its process
MARK = "complete.json"  # in such a folder: it is complete and can be moved
LARGEST_JSON = 64 * 2**20  # bytes
SECONDS_OF_A_CHANGE = 10  # at most, to move files within a file system
SECONDS_OF_A_DAY = 86_400


@contextlib.contextmanager
def new_folder(path):
    """Makes a folder and its parents; after an error, empty ones are removed again.

    Args:
        path: Folder; an existing one is never removed.
    """
    path = Path(path)
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # it is not empty
            for folder in missing:
                folder.rmdir()
        raise


@contextlib.contextmanager
def atomic(path):
    """Temporary path beside `path` that replaces it when the block succeeds.

    An interruption leaves the old file intact. The temporary name keeps the suffix,
    since Keras and matplotlib choose the format by it.
    """
    path = Path(path)
    with hidden(path.parent) as folder:
        beside = folder / path.name
        yield beside
        beside.replace(path)


@contextlib.contextmanager
def replacing(folder, names):
    """Temporary folder whose files `names` are moved to `folder` atomically.

    If the process is killed, either all files are moved, at the latest by the next
    `settle`, or none. Earlier files whose names were not written are removed.

    Args:
        folder: Folder of the files, created if missing.
        names: Names of the files, relative to it.

    Raises:
        ValueError: If a file could not be moved. Nothing is written in that case.
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
    """Moves the files `names` of the folder `beside` to its parent folder.

    The files `removed` of the parent, and `beside` itself, are removed. The whole
    change is atomic.
    """
    plan = {"moved": [*names], "removed": [*removed]}
    written = beside / f".{MARK}"
    written.write_text(json.dumps(plan))
    written.replace(beside / MARK)
    _roll_forward(beside)


def settle(folder):
    """Finishes the complete changes that killed processes left in `folder`.

    Incomplete ones are removed, except an unfinished training, which can be resumed.
    """
    folder = Path(folder)
    for beside in (folder / UNFINISHED, *folder.glob(f"{HIDDEN}*")):
        if beside.is_symlink() or not beside.is_dir() or not _is_ours(beside):
            continue
        with contextlib.suppress(FileNotFoundError):  # removed by its own process
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
    """Temporary folder in `parent`; after a kill, `settle` removes it."""
    parent = Path(parent)
    parent.mkdir(parents=True, exist_ok=True)
    settle(parent)
    with contextlib.ExitStack() as stack:
        while True:
            beside = Path(tempfile.mkdtemp(prefix=HIDDEN, dir=parent))
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(locked(beside, SECONDS_OF_A_CHANGE))
                if beside.exists():  # not mistaken for a folder of a killed process
                    break
        try:
            yield beside
        finally:
            if (beside / MARK).exists():  # interrupted on the way
                _roll_forward(beside)
            shutil.rmtree(beside, ignore_errors=True)


def _roll_forward(beside):
    """Completes the change that the mark in the folder `beside` describes."""
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
    # Two changes must not mix.
    with locked(folder, SECONDS_OF_A_CHANGE):
        for name in moved:
            if (beside / name).exists():
                (folder / name).parent.mkdir(exist_ok=True)
                (beside / name).replace(folder / name)
        for name in removed:
            (folder / name).unlink(missing_ok=True)
    # A partially removed folder of this name would look like an unfinished training.
    rest = folder / f"{HIDDEN}{secrets.token_hex(4)}"
    beside.rename(rest)
    (rest / MARK).unlink()
    shutil.rmtree(rest)


def _is_plain(name):
    """Whether a change may contain a name of its mark."""
    parts = name.split("/") if isinstance(name, str) else []
    named = len(parts) == 1 or (len(parts) == 2 and parts[0] == FIGURES)
    return named and parts[-1].endswith(SUFFIXES) and name.isprintable()


def _is_ours(folder):
    """Whether a folder belongs to the user of this process."""
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def check_places(folder, names):
    """Raises `ValueError` if files `names` cannot be moved to `folder`."""
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
    """Reads a JSON file.

    Raises:
        ValueError: If it is damaged, or larger than the files written by this package.
        OSError: If it cannot be read.
    """
    path = Path(path)
    if not path.is_file() or path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path} is not a file of at most {LARGEST_JSON:,} bytes.")
    try:
        return json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: it is not JSON.") from error


def read_arrays(path):
    """The array of an `.npy` file, or the dict of the arrays of an `.npz` file."""
    import numpy as np

    with Path(path).open("rb") as file:  # which NumPy leaves open after an error
        found = np.load(file, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        arrays = dict(found)
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError(f"{path} holds a member that is not an array.")
    return arrays
