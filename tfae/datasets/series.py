"""Windows of the series in a file, split by time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfae.arguments import check_integers, plain
from tfae.datasets.series_files import (
    is_named,
    name_of,
    read_columns,
    read_steps,
)
from tfae.datasets.series_windows import (
    GAP,
    cut,
    longest,
    starts_of,
    stretches,
    windows,
)
from tfae.datasets.split import Split, with_source
from tfae.types import PathLike

LABEL_NAMES = ("normal", "anomaly")


def read_series(
    path: PathLike,
    window: int,
    stride: int = 1,
    time: str | None = None,
    columns: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    label: str | None = None,
    gap: float = GAP,
    mask_value: float | None = None,
    validation: int | None = None,
    flatten: bool = False,
) -> Split:
    """Windows of the series in a file, split by time.

    The test part is the last tenth of the windows, and the validation part precedes it.
    No step is in two parts: windows that overlap the next part are left out. `rows` of
    each part are the rows of the file at which its windows begin.

    Args:
        path: `.csv` file with the names of its columns in the first line, `.parquet`
            file, frame of pandas or polars, `tfae.datasets.Table`, dict of arrays, list
            of dicts, `.npy` file of an array `(steps,
            features)`, or `"faults"`, an embedded series of six sensors, whose test
            part has labelled faults.
        window: Positive integer, number of steps in a window.
        stride: Positive integer, steps from the beginning of a window to that of the
            next.
        time: Name of the column with the time of each row, increasing numbers or dates;
            or `None`. It is not a feature.
        columns: Sequence of the names of the features. Defaults to all other columns.
        drop: Sequence of the names of columns to leave out.
        label: Name of the column with 1 for anomalous and 0 for normal rows; or `None`.
        gap: As for `tfae.datasets.windows`.
        mask_value: As for `tfae.datasets.windows`.
        validation: Integer, number of validation windows. Defaults to a tenth of those
            before the test part.
        flatten: Boolean, whether windows become vectors.

    Returns:
        A `tfae.datasets.Split` of `tfae.datasets.Windows`.

    Raises:
        ValueError: If the file cannot be read; if a column is missing or not numeric;
            if values are missing; if time does not increase, or a feature increases
            like a time; if windows are longer than the series or a part.

    Example:
    >>> split = tfae.datasets.read_series("faults", window=64, stride=16)
    >>> split.train.inputs.shape
    (332, 64, 6)
    """
    check_integers(window=window, stride=stride)
    if validation is not None:
        check_integers(validation=validation)
    options = {"time": time, "columns": plain(columns), "drop": plain(drop)}
    series = read_steps(path, **options, label=label, mask_value=mask_value)
    name = name_of(path)
    parts = _split(series, name, window, stride, gap, validation)
    found = [
        cut(series.values, window, starts, series.time, series.labels, series.names)
        for starts in parts
    ]
    notes = _notes(series, gap, found)
    if flatten:
        found = [
            one._replace(inputs=one.inputs.reshape(len(one.inputs), -1))
            for one in found
        ]
    shape = (int(window), series.values.shape[1])
    split = Split(
        name,
        *found,
        notes=notes,
        example_shape=shape,
        label_names=LABEL_NAMES,
        feature_names=series.names and tuple(series.names),
    )
    reading = {"window": int(window), "stride": int(stride), **options}
    reading |= {"label": label, "gap": gap, "mask_value": mask_value}
    data = name if is_named(path) else None
    source = {"data": data, "validation": validation, "reading": reading}
    return with_source(split, source)


def count_steps(path):
    """Number of steps of the series in a file."""
    if Path(path).suffix == ".npy":
        return len(np.load(path, mmap_mode="r"))
    return len(next(iter(read_columns(path).values())))


def read_windows(
    path: PathLike,
    window: int,
    stride: int = 1,
    time: str | None = None,
    columns: Sequence[str] | None = None,
    gap: float = GAP,
    mask_value: float | None = None,
):
    """All windows of the series in a file, for example to score them.

    Args:
        path: As for `read_series`.
        window: As for `read_series`.
        stride: As for `read_series`.
        time: As for `read_series`.
        columns: As for `read_series`.
        gap: As for `read_series`.
        mask_value: As for `read_series`.

    Returns:
        `tfae.datasets.Windows`.
    """
    series = read_steps(path, time, plain(columns), None, None, mask_value)
    return windows(
        series.values,
        window,
        stride,
        series.time,
        gap=gap,
        mask_value=mask_value,
        names=series.names,
    )


def _split(series, path, window, stride, gap, validation):
    """First rows of the windows of the three parts."""
    count, border = len(series.values), series.test_row
    if border is None:
        starts = starts_of(window, stride, stretches(series.time, count, gap))
        tests = starts[len(starts) - max(1, len(starts) // 10) :]
    else:
        starts = starts_of(window, stride, stretches(series.time, border, gap))
        tests = starts_of(window, stride, [(border, count)])
    if not len(starts) or not len(tests):
        raise ValueError(
            f"`window` must be at most as long as the series, without gaps. Received: "
            f"window={window}, where {path} has {longest(series.time, count, gap)} "
            "steps in a row. Choose a shorter window, or a larger `gap`."
        )
    before = _ending_before(starts, window, tests)
    asked = max(1, len(before) // 10) if validation is None else validation
    valid = before[len(before) - min(asked, len(before)) :]
    train = _ending_before(before, window, valid) if len(valid) else before
    if not len(train):
        raise ValueError(
            f"Each part must hold a window, and no step of another part. Received: "
            f"window={window}, stride={stride} and {count} steps of {path}, of which "
            f"{len(before)} windows lie before the test part, and {asked} are to be "
            "validation windows. Choose a shorter window, or fewer of these."
        )
    return train, valid, tests


def _ending_before(starts, window, others):
    """The windows that end before the first step of other windows."""
    return starts[starts + window <= others[0]]


def _notes(series, gap, parts):
    """Notes on the series and on skipped windows."""
    features = series.values.shape[1]
    counts = [f"{len(part.inputs):,}" for part in parts]
    notes = [
        f"{len(series.values):,} steps of {features} features: {counts[0]} windows to "
        f"train on, {counts[1]} to validate, {counts[2]} to test, in the order of time."
    ]
    gaps = len(stretches(series.time, len(series.values), gap)) - 1
    if gaps:
        notes.append(
            f"{gaps:,} gaps of more than {gap:g} times the usual step, which no window "
            "reaches over."
        )
    if series.masked:
        notes.append(f"{series.masked:,} steps with missing values are masked.")
    labels = parts[0].labels
    if labels is not None and labels.any():
        notes.append(
            f"{int(labels.sum()):,} windows to train on hold steps that are labelled "
            "as anomalies."
        )
    return tuple(notes)
