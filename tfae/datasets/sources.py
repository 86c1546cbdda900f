"""Sources of arrays: scikit-learn, TensorFlow Datasets, files and folders."""

import os
from pathlib import Path

from tfae.datasets import (
    embedded,
    image_files,
    table_choice,
    tensorflow_sets,
    text_files,
)
from tfae.datasets.found import Found
from tfae.datasets.table_files import is_table
from tfae.datasets.tables import is_frame
from tfae.files import read_arrays

# Sources that need neither a download nor TensorFlow.
EMBEDDED = tuple(embedded.READERS)
NEWSGROUPS = "newsgroups"  # which scikit-learn downloads
UNNAMED = "arr_0"  # what numpy.savez calls an array without a name


def read(source, notes, options=None):
    """The unscaled examples of a source, as a `Found`.

    Args:
        source: Name, path or frame, as for `tfae.datasets.load`.
        notes: List to which notes on the data are appended.
        options: Dict of the arguments of `tfae.datasets.load` for tables, or `None`.
    """
    if is_frame(source) or is_table(source):
        table, labels = table_choice.read(source, notes, **(options or {}))
        return Found((table, labels), label_names=table.label_names)
    check_named(source)
    source = str(source)
    if options:
        raise ValueError(
            f"`{next(iter(options))}` is for tables. Received: {source}. Leave it out, "
            "or give a .csv or .parquet file."
        )
    path = Path(source)
    if source in EMBEDDED:
        return embedded.READERS[source]()
    if path.suffix in (".npy", ".npz"):
        return _read_arrays(path, notes)
    if source == NEWSGROUPS:
        return text_files.newsgroups()
    if path.is_dir() and text_files.holds_texts(path):
        return text_files.read(path, notes)
    if path.is_dir():
        folder = image_files.Folder(path)
        notes.extend(folder.notes())
        examples = (folder.images, folder.labels)
        return Found(examples, label_names=folder.label_names)
    if not names_a_set(source):
        raise ValueError(
            f"{source} is neither a folder of images or texts nor an .npy, .npz, .csv "
            "or .parquet file, or does not exist. Give the path of one, or the name of "
            "a data set such as digits."
        )
    return tensorflow_sets.read(source)


def check_named(source):
    """Raises `ValueError` for unnamed data, such as `None`."""
    if not source:
        raise ValueError(
            f"The data have no name. Received: data={source!r}. Give digits, a data "
            "set of TensorFlow Datasets, or the path of a file or folder."
        )


def located(source):
    """The absolute path of a file or folder, or the name of another source."""
    if source in (None, *EMBEDDED, NEWSGROUPS) or not Path(source).exists():
        return source
    return str(Path(source).resolve())


def is_folder(source):
    """Whether a source is a folder; names of known data sets are not."""
    named = source in (None, *EMBEDDED, NEWSGROUPS)
    return not named and Path(source).is_dir()


def needs_tensorflow(source) -> bool:
    """Whether reading `source` imports TensorFlow, which takes seconds."""
    check_named(source)
    return Path(source).is_dir() or names_a_set(source)


def names_a_set(source):
    """Whether `source` can only be the name of a data set of TensorFlow Datasets."""
    is_path = Path(source).suffix or os.sep in source or Path(source).is_dir()
    return not (is_path or source in (*EMBEDDED, NEWSGROUPS))


def _read_arrays(path, notes):
    if not path.is_file():
        raise ValueError(
            f"{path} does not exist. Give the path of an .npy or .npz file."
        )
    try:
        found = read_arrays(path)
        arrays = found if isinstance(found, dict) else {"x": found}
    except (Exception, MemoryError) as error:  # of NumPy, zipfile and zlib
        pickled = str(error).startswith("Object arrays")
        reason = "holds pickled objects" if pickled else "is empty or damaged"
        raise ValueError(
            f"{path} {reason} and was not read. Save a plain array of numbers with "
            "numpy.save or numpy.savez."
        ) from error
    if [*arrays] == [UNNAMED]:
        notes.append(f"{path} holds one array, {UNNAMED}, which is taken for x.")
        arrays = {"x": arrays[UNNAMED]}
    for inputs, labels in (("x", "y"), ("x_train", "y_train")):
        if inputs in arrays:
            train = (arrays[inputs], arrays.get(labels))
            break
    else:
        raise ValueError(
            f"{path} must hold an array named x or x_train. Received: "
            f"{', '.join(arrays) or 'no arrays'}. Name them by numpy.savez(path, "
            "x=inputs, y=labels)."
        )
    test = None
    if "x_test" in arrays:
        test = (arrays["x_test"], arrays.get("y_test"))
    return Found(train, test)
