"""Kills at a chosen file operation: from there on, nothing changes on disk.

A process that is killed leaves its files as they are after its last operation. The
same is left when this operation and all later ones fail, with those of every clean-up.
So thousands of kills need no new process. What the libraries for HDF5 and SavedModels
do in C is seen by their calls.
"""

import contextlib
import os
import sys
from pathlib import Path

import h5py
from tensorflow.python.lib.io import file_io

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
EVENTS = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink")
_watches = []


class Killed(BaseException):
    """What no `except Exception` holds up."""


class Watch:
    """Counts the file operations below `root`; from number `last` on they fail."""

    def __init__(self, root, last=None):
        self.root, self.last, self.operations = str(root), last, []

    def see(self, name, path):
        if not os.path.abspath(path).startswith(self.root):  # noqa: PTH100
            return
        if self.last is not None and len(self.operations) >= self.last:
            raise Killed(f"{name} {path}")
        self.operations.append(f"{name} {path}")


@contextlib.contextmanager
def watching(root, last=None):
    """Watches the operations of the block; yields the `Watch`."""
    watch = Watch(root, last)
    _watches.append(watch)
    try:
        yield watch
    finally:
        _watches.remove(watch)


@contextlib.contextmanager
def killed_at(root, last):
    """Kills the block at operation number `last`; yields the `Watch`."""
    with contextlib.suppress(Killed), watching(root, last) as watch:
        yield watch


def _audit(event, arguments):
    if not _watches:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, (str, bytes, Path)) and flags & WRITING:
            _seen(event, os.fsdecode(path))
    elif event in EVENTS:
        path, at = arguments[0], arguments[-1]
        path = os.fsdecode(path)
        if event in ("os.remove", "os.rmdir") and at != -1:  # relative to a folder
            path = os.path.join(os.readlink(f"/proc/self/fd/{at}"), path)  # noqa
        _seen(event, path)


def _seen(name, path):
    for watch in _watches:
        watch.see(name, path)


def _hook(owner, name, path_of):
    """Has calls of `owner.name` seen, as `open` is."""
    original = getattr(owner, name)

    def seen(*arguments, **options):
        if _watches:
            path = path_of(*arguments, **options)
            if path is not None:
                _seen(name, os.fsdecode(path))
        return original(*arguments, **options)

    setattr(owner, name, seen)


def _path_of_hdf5(self, name, mode="r", *arguments, **options):
    return name if mode != "r" and isinstance(name, (str, bytes, Path)) else None


sys.addaudithook(_audit)
_hook(h5py.File, "__init__", _path_of_hdf5)
_hook(file_io.FileIO, "_prewrite_check", lambda self: self.name)
_hook(file_io, "recursive_create_dir_v2", lambda path: path)
_hook(file_io, "rename_v2", lambda source, target, overwrite=False: source)
