"""Checks of the steps of a series: their values, times and labels."""

import numpy as np

from tfae.arguments import is_real

# Largest rounding error of float32, relative to the spread of a feature.
ROUNDING = 1e-3


def check_time(time, count):
    """Times of steps as an array; raises `ValueError` if they do not increase."""
    if time is None:
        return None
    time = np.asarray(time)
    if time.dtype.kind not in "iufM" or time.shape != (count,):
        raise ValueError(
            f"`time` must be {count} numbers or dates, one for each step. Received: "
            f"{time.dtype} of shape {time.shape}"
        )
    missing = time != time  # NaN and NaT
    if missing.any():
        raise ValueError(
            f"Each step must have a time. Received: none in row {np.argmax(missing)} "
            "(the first is 0). Fill it, or leave the row out."
        )
    back = ~(time[1:] > time[:-1])
    if back.any():
        row = 1 + int(np.argmax(back))
        raise ValueError(
            f"Time must rise from row to row. Received: {time[row]} in row {row} (the "
            f"first is 0), after {time[row - 1]}. Sort the rows by time, keep one of "
            "each, and read several series one by one."
        )
    return time


def check_labels(labels, count):
    """Labels of steps as integers; raises `ValueError` if they are not 0 and 1."""
    if labels is None:
        return None
    labels = np.asarray(labels)
    others = ~np.isin(labels, (0, 1))
    if labels.shape != (count,) or others.any():
        raise ValueError(
            f"Labels must be 0 and 1, one for each of {count} steps. Received: "
            f"{len(labels)} labels, such as {labels[others][:1].tolist() or 'none'}. "
            "Write 1 for an anomaly."
        )
    return labels.astype("int64")


def check_values(values, names=None, mask_value=None):
    """Values of steps as float32, `(steps, features)`.

    Args:
        values: As for `tfae.datasets.windows`.
        names: Names of the features.
        mask_value: Value of steps with a missing value.

    Raises:
        ValueError: As for `tfae.datasets.windows`.
    """
    values = np.asarray(values)
    values = values[:, None] if values.ndim == 1 else values
    if values.dtype.kind not in "biuf" or values.ndim != 2 or 0 in values.shape:
        raise ValueError(
            "A series must hold numbers, (steps, features). Received: "
            f"{values.dtype} of shape {values.shape}"
        )
    names = names or [f"{index} (the first is 0)" for index in range(values.shape[1])]
    if len(names) != values.shape[1]:
        raise ValueError(
            f"`names` must name {values.shape[1]} features. Received: {len(names)}"
        )
    missing = _check_missing(values, names, mask_value)
    with np.errstate(over="ignore"):  # values beyond float32 become infinite
        single = values.astype("float32")
    infinite = np.isinf(single)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise ValueError(
            f"Values must be finite numbers of float32. Received: "
            f"{values[row, column]} in row {row} (the first is 0) of column "
            f"{names[column]}. Correct it, or leave the column out."
        )
    _check_resolution(values, single, names)
    return single if mask_value is None else _masked(single, missing, mask_value)


def _check_missing(values, names, mask_value):
    """Mask of the missing values; raises `ValueError` if they are not allowed."""
    missing = values != values
    empty = missing.all(axis=0)
    if empty.any():
        raise ValueError(
            f"Column {names[np.argmax(empty)]} holds no values. Received: NaN in all "
            f"{len(values)} rows. Leave the column out."
        )
    if missing.any() and mask_value is None:
        row, column = np.argwhere(missing)[0]
        raise ValueError(
            f"The series holds {missing.sum()} missing values, the first in row {row} "
            f"(the first is 0) of column {names[column]}. Fill them, or mask their "
            "steps by `mask_value`."
        )
    return missing


def _check_resolution(values, single, names):
    """Raises `ValueError` for a feature whose small spread is lost in float32."""
    for column, name in enumerate(names):
        exact = values[:, column].astype("float64")
        low, high = np.nanmin(exact), np.nanmax(exact)
        if np.nanmax(np.abs(single[:, column] - exact)) > ROUNDING * (high - low) > 0:
            raise ValueError(
                f"Column {name} has values from {low:.10g} to {high:.10g}, which "
                "float32 does not tell apart. Subtract an offset."
            )


def _masked(values, missing, mask_value):
    """Values with `mask_value` in all features of steps with a missing value."""
    if not is_real(mask_value) or not np.isfinite(np.float32(mask_value)):
        raise ValueError(
            f"`mask_value` must be a finite number. Received: mask_value={mask_value!r}"
        )
    taken = (values == np.float32(mask_value)).all(axis=1)
    if taken.any():
        raise ValueError(
            "`mask_value` must not occur in any step. Received: mask_value="
            f"{mask_value}, as row {np.argmax(taken)} (the first is 0) has. Choose "
            "another one."
        )
    steps = missing.any(axis=1)
    if steps.all():
        raise ValueError(
            "A series must have steps without missing values. Received: one missing "
            f"in each of {len(values)} rows. Fill them, or leave columns out."
        )
    values[steps] = mask_value
    return values
