"""A table: named columns of numbers, booleans and categories."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfae.datasets import table_columns
from tfae.datasets.column_names import MOST_NAMED, named
from tfae.datasets.frames import columns_of
from tfae.datasets.table_columns import NUMERIC, UnusableError
from tfae.types import Arrays


class Table:
    """Rows of named columns, used in place of an array of examples.

    `len(table)` is the number of rows, `table[rows]` the table of the rows selected by
    a slice or a NumPy array, and `table.array(name)` a column.

    Args:
        arrays: Dict from column names to arrays `(n,)`: float64 with NaN for missing
            values, or strings with `""` for missing values.
        kinds: Dict from the names to `"number"`, `"boolean"`, `"category"`, or `"code"`
            of categories that are whole numbers.
        ignored: Names of the skipped columns.
        label_names: List of the texts of the labels 0, 1, …, or `None`.

    Example:
    >>> frame = {"size": [1.0, 2.0, 2.0, None], "sex": ["f", "m", "f", "f"]}
    >>> table = tfae.datasets.Table.of(frame)
    >>> table.kinds
    {'size': 'number', 'sex': 'category'}
    >>> len(table[1:])
    3
    """

    dtype = np.dtype(object)
    ndim = 2

    def __init__(self, arrays: Arrays, kinds, ignored=(), label_names=None) -> None:
        self._arrays, self.kinds = dict(arrays), dict(kinds)
        self.ignored = tuple(ignored)
        self.label_names = None if label_names is None else tuple(label_names)

    @classmethod
    def of(cls, data, categories: Sequence[str] = ()) -> "Table":
        """The table of a pandas or polars frame, a dict of arrays, or a list of dicts.

        Args:
            data: Any of these, or a table, which is returned unchanged.
            categories: Names of columns of texts or whole numbers that are categories,
                regardless of their number of values.

        Raises:
            ValueError: If a column cannot be used.
        """
        if isinstance(data, Table):
            return data
        categories = [categories] if isinstance(categories, str) else categories
        columns = columns_of(data)
        absent = [name for name in categories if name not in columns]
        if absent:
            raise ValueError(
                f"`categories` must name columns of the table. Received: "
                f"{named(absent)}. There are {named(columns)}."
            )
        return typed(columns, categories, "The table")

    @property
    def columns(self):
        """Tuple of the names of the columns."""
        return tuple(self._arrays)

    @property
    def shape(self):
        """Numbers of rows and of columns."""
        return len(self), len(self._arrays)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays; for strings, the bytes of the references."""
        return sum(array.nbytes for array in self._arrays.values())

    def array(self, name: str):
        """Array `(n,)` of a column: float64, or strings."""
        return self._arrays[name]

    def __len__(self):
        return len(next(iter(self._arrays.values())))

    def __getitem__(self, rows):
        rows = np.arange(len(self))[rows] if np.ndim(rows) == 0 else np.asarray(rows)
        return self._with({k: array[rows] for k, array in self._arrays.items()})

    def __array__(self, dtype=None, copy=None):
        raise ValueError(
            "A table is not an array, since its columns differ in type. Received: a "
            "use that needs numbers. Encode it with tfae.layers.TableEncoding."
        )

    def joined(self, *others) -> "Table":
        """The table of these rows followed by those of tables with the same columns."""
        tables = (self, *others)
        return self._with(
            {
                name: np.concatenate([one.array(name) for one in tables])
                for name in self.columns
            }
        )

    def fingerprint(self):
        """Fingerprint of the values."""
        found = zlib.crc32(json.dumps(self.kinds).encode())
        for name, array in self._arrays.items():
            text = self.kinds[name] not in NUMERIC
            data = "\0".join(array).encode() if text else array.tobytes()
            found = zlib.crc32(data, found)
        return found

    def _with(self, arrays):
        return Table(arrays, self.kinds, self.ignored, self.label_names)


def is_frame(data):
    """Whether data are a table, or a pandas or polars frame."""
    return isinstance(data, Table) or hasattr(data, "__arrow_c_stream__")


def typed(columns, categories, source, ignored=(), label_names=None):
    """The table of Arrow columns, with inferred kinds.

    Raises:
        ValueError: If columns cannot be used; the message names all of them.
    """
    import pyarrow as pa

    arrays, kinds, unusable = {}, {}, {}
    for name, column in columns.items():
        try:
            if not name:
                raise UnusableError("has no name, as an index that was saved, too")
            kinds[name], arrays[name] = table_columns.held(column, name in categories)
        except (UnusableError, pa.ArrowException) as error:
            unusable[name] = str(error)
    refuse(unusable, source)
    return Table(arrays, kinds, ignored, label_names)


def refuse(unusable, source):
    """Raises `ValueError` that names the unusable columns, if any."""
    if not unusable:
        return
    reasons = [f"{named([n])} {why}" for n, why in unusable.items()][:MOST_NAMED]
    more = len(unusable) - MOST_NAMED
    reasons += [f"and {more:,} more"] if more > 0 else []
    texts = [name for name, why in unusable.items() if "holds text," in why]
    declare = f", or declare text by categories=[{named(texts)}]" if texts else ""
    raise ValueError(
        f"{source} has columns that cannot be used: {'; '.join(reasons)}. Leave "
        f"them out by drop=[{named(unusable)}]{declare}."
    )


def check_columns(given, kinds, ignored, source):
    """Raises `ValueError` for missing or unknown columns."""
    missing = [name for name in kinds if name not in given]
    unknown = [name for name in given if name not in kinds and name not in ignored]
    if missing:
        raise ValueError(
            f"{source} must have the columns of the training. Received: none named "
            f"{named(missing)}. Its columns are {named(given)}."
        )
    if unknown:
        raise ValueError(
            f"{source} must have the columns of the training and no others. Received: "
            f"{named(unknown)}. Remove them, or train with them."
        )


def matched(columns, kinds, ignored, source):
    """The table of the known columns, in any order.

    Args:
        columns: Dict from names to Arrow columns, or a `Table`.
        kinds: Ordered dict from the required names to their kinds.
        ignored: Names of columns that may be present and are skipped.
        source: Source of the columns, for the message.

    Raises:
        ValueError: If columns are missing, unknown, or of another type.
    """
    given = columns.columns if isinstance(columns, Table) else columns
    check_columns(given, kinds, ignored, source)
    arrays = {}
    for name, kind in kinds.items():
        try:
            arrays[name] = _known(columns, name, kind)
        except UnusableError as error:
            raise ValueError(
                f"{source} must have columns of the types of the training. Received: "
                f"{named([name])}, which {error}."
            ) from error
    return Table(arrays, kinds, ignored)


def _known(columns, name, kind):
    if not isinstance(columns, Table):
        return table_columns.known(columns[name], kind)
    if columns.kinds[name] == kind:
        return columns.array(name)
    import pyarrow as pa

    column = pa.array(columns.array(name), from_pandas=True)
    return table_columns.known(column, kind)


def summary(table) -> list[dict[str, Any]]:
    """Summary of the columns of a table.

    Args:
        table: `Table`.

    Returns:
        List of dicts of `column`, `type`, `missing`, the number of missing values, and
        `values`, the range or the number of categories.

    Example:
    >>> tfae.datasets.summary(tfae.datasets.Table.of({"size": [1.0, 2.5, None]}))
    [{'column': 'size', 'type': 'number', 'missing': 1, 'values': '1 to 2.5'}]
    """
    rows = []
    for name, kind in table.kinds.items():
        array = table.array(name)
        if kind not in NUMERIC:
            missing = array == ""
            values = f"{len({*array} - {''}):,} categories"
        else:
            missing = np.isnan(array)
            there = array[~missing]
            values = f"{there.min():g} to {there.max():g}" if len(there) else ""
        found = {"column": name, "type": kind, "missing": int(missing.sum())}
        rows.append({**found, "values": values})
    return rows
