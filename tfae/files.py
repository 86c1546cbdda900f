"""Files: written whole or not at all, and read without one left open."""

import contextlib
import tempfile
from pathlib import Path


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
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{path.stem}-", dir=path.parent
    ) as folder:
        beside = Path(folder) / path.name
        yield beside
        beside.replace(path)


def read_arrays(path):
    """The array of an `.npy` file, or the dict of the arrays of an `.npz` file."""
    import numpy as np

    with Path(path).open("rb") as file:  # which NumPy leaves open where it fails
        found = np.load(file, allow_pickle=False)
        return found if isinstance(found, np.ndarray) else dict(found)
