"""Frames, dicts of arrays and lists of dicts as Arrow columns."""

import json
import re
from collections.abc import Mapping

from tfae.datasets.column_names import check_names, named, shown

_UNNAMED = re.compile(r"__index_level_\d+__$")  # what Arrow calls an index


def columns_of(data, keep_index=None):
    """Dict from names to Arrow columns of a table, or of data that can become one.

    Args:
        data: Frame with Arrow's C stream, dict of arrays, or list of dicts.
        keep_index: As for `of_arrow`.

    Raises:
        ValueError: If the data have another type, or duplicate names.
    """
    import pyarrow as pa

    if isinstance(data, (list, tuple)):
        data = _of_rows(data)
    if isinstance(data, Mapping):
        check_names([*map(str, data)], "The table")
        columns = {str(name): _column(name, data[name]) for name in data}
        if len({len(column) for column in columns.values()}) > 1:
            lengths = ", ".join(f"{len(c)} of {n}" for n, c in [*columns.items()][:5])
            raise ValueError(
                f"Columns must have one length. Received: {lengths}. Give one value a "
                "row in each."
            )
        return columns
    if not hasattr(data, "__arrow_c_stream__"):
        raise ValueError(
            "A table must be a tfae.datasets.Table, a pandas or polars frame, a dict "
            f"of arrays, or a list of dicts. Received: {type(data).__name__}."
        )
    try:
        table = pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"The frame cannot be read: {reason}") from error
    return of_arrow(table, "The frame", keep_index)


def of_arrow(table, source, keep_index=None):
    """Dict from names to columns of an Arrow table, without a pandas index.

    Args:
        table: Table of Arrow.
        source: Name of the table in the message.
        keep_index: Function of the name and the type of a named index, which returns
            whether to keep it as a column; or `None`.
    """
    names = table.column_names
    check_names(names, source)
    index = _index_of(table.schema.metadata or {})
    found = {name: table.column(name) for name in names}
    return {
        name: column
        for name, column in found.items()
        if name not in index
        or (keep_index and not _UNNAMED.match(name) and keep_index(name, column.type))
    }


def _index_of(metadata):
    """Names of the index columns, according to pandas' metadata."""
    try:
        told = json.loads(metadata.get(b"pandas", b"{}")).get("index_columns", [])
        return {name for name in told if isinstance(name, str)}
    except (AttributeError, TypeError, ValueError):
        return set()


def _of_rows(rows):
    """Converts a list of dicts into a dict of lists."""
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(
            "Rows must be a list of dicts from names to values. Received: "
            f"{shown(rows)}."
        )
    first = rows[0]
    for number, row in enumerate(rows):
        other = sorted(map(str, row.keys() ^ first.keys()))
        if other:
            raise ValueError(
                f"Rows must have the same columns. Received: {named(other)} not in all "
                f"of them, as row {number} shows. Give None for a missing value."
            )
    return {name: [row[name] for row in rows] for name in first}


def _column(name, values):
    """Converts an array, an eager tensor or a list into an Arrow column."""
    import pyarrow as pa

    values = values.numpy() if hasattr(values, "numpy") else values
    try:
        if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
            raise TypeError("it is a single value")
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"The column {named([str(name)])} must hold one value a row, all of one "
            f"type. Received: {type(values).__name__}, of which {reason}"
        ) from error
