"""The choice of the columns, labels and categories of a table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfae.datasets import table_columns
from tfae.datasets.column_names import named
from tfae.datasets.found import told
from tfae.datasets.frames import columns_of
from tfae.datasets.table_columns import UnusableError
from tfae.datasets.table_files import columns_in
from tfae.datasets.tables import Table, matched, summary, typed
from tfae.types import PathLike

OPTIONS = ("columns", "drop", "label", "categories")


def options(columns=None, drop=(), label=None, categories=()):
    """Dict of the arguments that are not `None`, with names as lists.

    Raises:
        ValueError: If an argument is not a name or a list of names.
    """
    found = {}
    for key, value in {
        "columns": columns,
        "drop": drop,
        "categories": categories,
    }.items():
        value = [value] if isinstance(value, str) else value
        if value is None or not len(value):
            continue
        if not all(isinstance(name, str) for name in value):
            raise ValueError(
                f"`{key}` must be a list of names of columns. Received: {key}={value!r}"
            )
        found[key] = [*value]
    if label is not None:
        if not isinstance(label, str):
            raise ValueError(
                f"`label` must be the name of a column. Received: label={label!r}"
            )
        found["label"] = label
    return found


def read(source, notes, columns=None, drop=(), label=None, categories=()):
    """Reads a file or a frame as a `Table` and an array of labels or `None`.

    Args:
        source: Path of a CSV or Parquet file, or a frame of pandas or polars.
        notes: List to which notes on the data are appended.
        columns: List of the names of the columns to use, or `None` for all.
        drop: List of names of columns to leave out.
        label: Name of the column of the labels, or `None`. Texts become integers in
            sorted order, and stay in `label_names`.
        categories: List of names of columns of texts or whole numbers that are
            categories, regardless of their number of values.

    Raises:
        ValueError: If the source cannot be read, or a column is missing or unusable.
    """
    wanted = {
        "columns": columns or (),
        "drop": drop,
        "label": [] if label is None else [label],
        "categories": categories,
    }
    if isinstance(source, Table):
        if any(map(len, wanted.values())):
            raise ValueError(
                "A `Table` has its columns chosen already. Received: further options. "
                "Give the frame or the file it was made from."
            )
        return source, None
    if isinstance(source, (str, Path)):
        name, found = str(source), columns_in(source, categories)
    else:
        name, found = type(source).__name__, columns_of(source)
    for key, names in wanted.items():
        absent = [one for one in names if one not in found]
        if absent:
            raise ValueError(
                f"`{key}` must name columns of {name}. Received: {named(absent)}. "
                f"There are {named(found)}."
            )
    if not len(next(iter(found.values()), ())):
        raise ValueError(
            f"{name} must have rows. Received: none. Give at least 10 of them, below "
            "the names of the columns."
        )
    used = {
        one: column
        for one, column in found.items()
        if one not in (*drop, label) and (columns is None or one in columns)
    }
    if not used:
        raise ValueError(
            f"{name} must have a column to learn from. Received: none but those left "
            "out. Leave fewer out."
        )
    labels = names = None
    if label is not None:
        labels, names = _labels(found[label], label, name)
    ignored = [one for one in found if one not in used]
    table = typed(used, categories, name, ignored, names)
    notes.extend(_told(table, name, label))
    return table, labels


def read_like(
    path: PathLike,
    kinds: dict[str, str],
    ignored: Sequence[str] = (),
    label: str | None = None,
):
    """A `Table` of a file with the columns of the training data, and labels or `None`.

    Args:
        path: Path of a CSV or Parquet file.
        kinds: As for `read_chunks`.
        ignored: As for `read_chunks`.
        label: Name of the column of labels, which may be missing, or `None`.

    Raises:
        ValueError: As `read_chunks` and `read`.
    """
    codes = [name for name, kind in kinds.items() if kind == "code"]
    columns = columns_in(path, codes)
    table = matched(columns, kinds, ignored, str(path))
    if label not in columns:
        return table, None
    labels, names = _labels(columns[label], label, str(path))
    table.label_names = names and tuple(names)
    return table, labels


def _labels(column, label, source):
    """Labels as integers, and their texts or `None`."""
    try:
        try:
            values = table_columns.numbers(column)
        except UnusableError:
            texts = table_columns.texts(column)
            names, values = np.unique(texts.astype(str), return_inverse=True)
            missing, names = texts == "", names.tolist()
        else:
            missing, names = np.isnan(values), None
            if (values[~missing] != np.round(values[~missing])).any():
                raise UnusableError("must hold whole numbers or texts")
    except UnusableError as error:
        raise ValueError(
            f"`label` must be a column of texts or whole numbers. Received: "
            f"{named([label])} of {source}, which {error}."
        ) from error
    if missing.any():
        raise ValueError(
            f"`label` must be a column without missing values. Received: "
            f"{named([label])} of {source}, with {missing.sum():,} of them, the first "
            f"in row {missing.argmax()}. Remove these rows."
        )
    return values.astype("int64"), names


def _told(table, source, label):
    """Notes on the data."""
    rows = summary(table)
    words = {"number": "numbers", "boolean": "booleans"}
    kinds = [words.get(row["type"], "categories") for row in rows]
    counts = [f"{kinds.count(kind)} of {kind}" for kind in dict.fromkeys(kinds)]
    yield f"{source}: {len(table):,} rows, columns {', '.join(counts)}."
    missing = [row["column"] for row in rows if row["missing"]]
    if missing:
        yield f"Values are missing in {named(missing)}."
    if table.label_names:
        yield told(table.label_names, f", of {named([label])}")
