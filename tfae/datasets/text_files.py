"""Texts in a folder, one per file."""

import codecs
from pathlib import Path

import numpy as np

from tfae.datasets import image_files
from tfae.datasets.found import Found
from tfae.texts import as_texts

SUFFIXES = (".txt", ".md")
PARTS = ("train", "test")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def holds_texts(path):
    """Whether a folder or its subfolders hold texts and no images."""
    suffixes = {file.suffix.lower() for file in Path(path).rglob("*")}
    return bool(suffixes & {*SUFFIXES}) and not suffixes & {*image_files.SUFFIXES}


def read(path, notes):
    """The texts of a folder, with its subfolders as classes, as a `Found`.

    Training texts are shuffled, in the same order at every call, since the last ones
    become the validation part, which should hold all classes.

    Args:
        path: Folder of texts, or with one subfolder per class; or with subfolders
            `train` and `test` of this structure.
        notes: List that takes sentences on what was read.

    Returns:
        `Found` of arrays of strings `(n,)`.

    Raises:
        ValueError: If a file cannot be read, or `train` and `test` have other classes.
    """
    path = Path(path)
    folders = [path / name for name in PARTS if holds_texts(path / name)]
    if len(folders) < 2 and [*path.iterdir()] != folders:
        folders = [path]  # of classes, which may be named train or test
    found = [_read(folder, notes) for folder in folders]
    names = [classes for _, _, classes in found]
    if len(found) > 1 and names[0] != names[1]:
        raise ValueError(
            f"{path} must hold texts of the same classes in train and test. Received: "
            f"{len(names[0])} and {len(names[1])} subfolders of other names."
        )
    train, *test = ((texts, labels) for texts, labels, _ in found)
    return Found(_shuffled(*train), *(test or [None]), label_names=names[0])


def _shuffled(texts, labels):
    order = np.random.default_rng(0).permutation(len(texts))
    return texts[order], None if labels is None else labels[order]


def read_text(path):
    """The text of a file in UTF-8 or Latin-1, and whether it was Latin-1."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}). Remove or replace it."
        ) from error
    encoding = "utf-16" if data.startswith(_MARKS) else "utf-8-sig"
    try:
        return data.decode(encoding), False
    except UnicodeDecodeError:
        return data.decode("latin-1"), True


def _read(folder, notes):
    """Texts of a folder, sorted by path, their labels, and the names of the classes."""
    files = [*_files(folder)]
    in_classes = [file for file in files if file.parent != folder]
    apart = len(files) - len(in_classes)
    if in_classes and apart:
        notes.append(f"{apart:,} texts of {folder} outside of its subfolders left out.")
        files = in_classes
    read = [read_text(file) for file in files]
    labels = names = None
    if in_classes:
        inner = [file.relative_to(folder).parts[0] for file in files]
        names, labels = np.unique(inner, return_inverse=True)
        names = tuple(names.tolist())
    classes = f" of {len(names)} classes" if names else ""
    notes.append(f"{len(read):,} texts{classes} in {folder}.")
    broken = sum(latin for _, latin in read)
    if broken:
        notes.append(f"{broken:,} of them are not UTF-8, and were read as Latin-1.")
    return as_texts([text for text, _ in read]), labels, names


def _files(folder):
    """Sorted paths of the texts of a folder, without hidden files."""
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.suffix.lower() in SUFFIXES and not hidden and file.is_file():
            yield file


def newsgroups():
    """The 20 Newsgroups by date, without headers; scikit-learn downloads them once."""
    from sklearn.datasets import fetch_20newsgroups

    try:
        # Headers name the group or its authors.
        parts = [fetch_20newsgroups(subset=name, remove=("headers",)) for name in PARTS]
    except OSError as error:
        raise ValueError(
            "newsgroups could not be downloaded, and is not on this machine. Give a "
            "folder of texts, one subfolder a class: ./newsgroups if that is its name."
        ) from error
    examples = ((np.array(part.data, object), part.target) for part in parts)
    return Found(*examples, label_names=tuple(parts[0].target_names))
