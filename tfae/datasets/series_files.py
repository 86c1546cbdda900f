"""Series in files: their columns by name, checked."""

import dataclasses
from pathlib import Path

import numpy as np

from tfae.datasets import faults, steps
from tfae.datasets.frames import columns_of
from tfae.datasets.table_files import columns_in
from tfae.datasets.tables import Table, is_frame
from tfae.files import read_arrays

FAULTS = "faults"
NUMBERS = "biuf"  # kinds of NumPy


@dataclasses.dataclass(frozen=True)
class Series:
    """Steps of a series, with checked arrays.

    Attributes:
        values: Array of float32, `(steps, features)`.
        names: Names of the features, or `None`.
        time: Array of increasing times, or `None`.
        labels: Array of 0 and 1, or `None`.
        test_row: First row of the test part, or `None`.
        masked: Number of steps with missing values.
    """

    values: np.ndarray
    names: tuple | None = None
    time: np.ndarray | None = None
    labels: np.ndarray | None = None
    test_row: int | None = None
    masked: int = 0


def name_of(source):
    """Name of a source of a series in messages."""
    return str(source) if is_named(source) else type(source).__name__


def is_named(source):
    """Whether a source of a series is a name or a path, not a frame or other object."""
    return isinstance(source, (str, Path))


def read_steps(source, time, columns, drop, label, mask_value):
    """The `Series` of a file, a name or a frame; arguments as for `read_series`."""
    path = name_of(source)
    if Path(path).suffix == ".npy":
        return _read_array(path, [time, columns, drop, label], mask_value)
    labels = test_row = None
    asked = [one for one in (time, label) if one is not None]
    if path == FAULTS:
        values, labels = faults.read()
        named = dict(zip(faults.NAMES, values.T, strict=True))
        test_row = faults.TRAIN
    else:
        named = read_columns(source, [*asked, *_listed(columns), *_listed(drop)])
    _check_there([*asked, *_listed(columns), *_listed(drop)], named, path)
    names = _listed(columns) or [one for one in named if one not in asked]
    names = [one for one in names if one not in _listed(drop)]
    if not names or {*names} & {*asked} or len({*names}) < len(names):
        raise ValueError(
            "The features must be columns beside those of time and label, each named "
            f"once. Received: {names} of {path}. Change `columns` or `drop`."
        )
    for name in names:
        _check_numbers(name, named[name], path)
    if time is None and path != FAULTS:
        _check_no_times(names, named, path)
    times = None if time is None else named[time]
    if times is not None and times.dtype.kind == "O":
        raise ValueError(
            f"Times must be numbers or dates such as 2026-01-31 12:00:00. Received: "
            f"{_example(times)} of column {time} of {path}. Write them so."
        )
    values = np.stack([named[name] for name in names], axis=1)
    return Series(
        steps.check_values(values, names, mask_value),
        tuple(names),
        steps.check_time(times, len(values)),
        labels if label is None else steps.check_labels(named[label], len(values)),
        test_row,
        int((values != values).any(axis=1).sum()),
    )


def read_columns(source, asked=()):
    """Columns of a table in a file, or of a frame: dict from name to an array.

    Arrays hold numbers with NaN for missing values, dates as `datetime64`, or objects.
    A pandas index is included if it holds dates or is in `asked`.

    Args:
        source: As for `read_series`.
        asked: Names of the columns to use.

    Raises:
        ValueError: If the file cannot be read, has no rows, or names a column twice.
    """
    from pyarrow import types

    def keep_index(name, kind):
        return name in asked or types.is_temporal(kind)

    if isinstance(source, Table):
        return {name: source.array(name) for name in source.columns}
    if is_named(source):
        found = columns_in(source, keep_index=keep_index)
    elif is_frame(source) or isinstance(source, (dict, list, tuple)):
        found = columns_of(source, keep_index)
    else:
        raise ValueError(
            "A series must be a path, a frame of pandas or polars, a dict of arrays, a "
            f"list of dicts or faults. Received: {type(source).__name__}. Cut an array "
            "by tfae.datasets.windows."
        )
    if not len(next(iter(found.values()), ())):
        raise ValueError(
            f"{name_of(source)} holds no rows. Write some below the names."
        )
    return {name: _as_array(column) for name, column in found.items()}


def _as_array(column):
    import pyarrow
    from pyarrow import types

    if isinstance(column, pyarrow.ChunkedArray):
        column = column.combine_chunks()
    if types.is_null(column.type):
        return np.full(len(column), np.nan)
    if types.is_boolean(column.type):
        column = column.cast(pyarrow.int8())
    if types.is_decimal(column.type):
        column = column.cast(pyarrow.float64())
    if types.is_dictionary(column.type):  # pandas categories
        column = column.dictionary_decode()
    return column.to_numpy(zero_copy_only=False)


def _read_array(path, columns, mask_value):
    """The `Series` of an `.npy` file."""
    if any(one is not None for one in columns):
        raise ValueError(
            f"The columns of an array have no names. Received: {path} with `time`, "
            "`columns`, `drop` or `label`. Leave them out, or write a .csv file."
        )
    if not Path(path).is_file():
        raise ValueError(f"{path} does not exist. Give the path of an .npy file.")
    try:
        values = read_arrays(Path(path))
    except (Exception, MemoryError) as error:  # NumPy's own, of many kinds
        raise ValueError(
            f"{path} is empty or damaged, or holds objects. Save a plain array of "
            "numbers with numpy.save."
        ) from error
    checked = steps.check_values(values, None, mask_value)
    masked = (values != values).reshape(len(values), -1).any(axis=1).sum()
    return Series(checked, masked=int(masked))


def _listed(names):
    return [] if names is None else [names] if isinstance(names, str) else [*names]


def _check_there(asked, named, path):
    for name in asked:
        if name not in named:
            raise ValueError(
                f"{path} has no column {name!r}. Received: columns "
                f"{', '.join(named)}. Name one of these."
            )


def _check_numbers(name, values, path):
    if values.dtype.kind == "M":
        raise ValueError(
            f"Features must be numbers. Received: dates in column {name} of {path}. "
            "Name it as `time`, or drop it."
        )
    if values.dtype.kind not in NUMBERS:
        raise ValueError(
            f"Features must be numbers. Received: text, such as {_example(values)}, in "
            f"column {name} of {path}. Drop it, or name it as `label` if it is one."
        )


def _check_no_times(names, named, path):
    """Raises `ValueError` if a feature increases at every row, as only times do."""
    for name in names:
        values = named[name]
        if len(values) > 1 and (values[1:] > values[:-1]).all():
            raise ValueError(
                f"Column {name} of {path} rises at every row, as times and counters "
                f"do. Received: time=None. Give time={name!r}, or drop the column."
            )


def _example(values):
    return repr(next((one for one in values if one is not None), None))[:60]
