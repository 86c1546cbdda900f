"""Texts in a folder, one file a text."""

from pathlib import Path

import numpy as np

SUFFIXES = (".txt", ".md")
PARTS = ("train", "test")


def holds_texts(path):
    """Whether a folder has files of texts, in it or in its subfolders."""
    return any(True for _ in _files(Path(path)))


def read(path, notes):
    """`(texts, labels)` to train on, and to test on or `None`, of a folder.

    Args:
        path: Folder of texts, or of one subfolder a class; or one with the subfolders
            `train` and `test` of such.
        notes: List that takes sentences on what was read.

    Returns:
        Pair of pairs: an array of strings `(n,)`, and one of labels or `None`.

    Raises:
        ValueError: If a file cannot be read, or `train` and `test` have other classes.
    """
    path = Path(path)
    folders = [path / name for name in PARTS]
    if not all(map(holds_texts, folders)):
        folders = [path]
    found = [_read(folder, notes) for folder in folders]
    names = [classes for _, _, classes in found]
    if len(found) > 1 and names[0] != names[1]:
        raise ValueError(
            f"{path} must hold texts of the same classes in train and test. Received: "
            f"{len(names[0])} and {len(names[1])} subfolders of other names."
        )
    parts = [(texts, labels) for texts, labels, _ in found]
    return parts[0], parts[1] if len(parts) > 1 else None


def _read(folder, notes):
    """Texts of a folder, in the order of their paths, labels and names of classes."""
    files = [*_files(folder)]
    texts, broken = [], 0
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ValueError(
                f"{file} cannot be read ({error.strerror}). Remove or replace it."
            ) from error
        try:
            texts.append(data.decode())
        except UnicodeDecodeError:
            texts.append(data.decode("latin-1"))
            broken += 1
    inner = [file.relative_to(folder).parts for file in files]
    labels = names = None
    if all(len(parts) > 1 for parts in inner):
        names, labels = np.unique([parts[0] for parts in inner], return_inverse=True)
        names = names.tolist()
    classes = f" of {len(names)} classes" if names else ""
    notes.append(f"{len(texts):,} texts{classes} in {folder}.")
    if broken:
        notes.append(f"{broken:,} of them are not UTF-8, and were read as Latin-1.")
    return np.array(texts, object), labels, names


def _files(folder):
    """Paths of the texts of a folder, in order, but for hidden ones."""
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.suffix.lower() in SUFFIXES and not hidden and file.is_file():
            yield file


def newsgroups():
    """The 20 Newsgroups by date, as scikit-learn downloads them once."""
    from sklearn.datasets import fetch_20newsgroups

    try:
        parts = [fetch_20newsgroups(subset=name) for name in PARTS]
    except OSError as error:
        raise ValueError(
            "newsgroups could not be downloaded, and is not on this machine. Give a "
            "folder of texts, one subfolder a class."
        ) from error
    return tuple((np.array(part.data, object), part.target) for part in parts)
