"""Windows of a multivariate series, each with its first row."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfae.arguments import check_integers, is_real
from tfae.datasets import steps
from tfae.types import ArrayLike

# Default `gap`: a larger time difference, relative to the median, is a gap.
GAP = 1.5
LARGEST_BYTES = 2**32  # of all windows


class Windows(NamedTuple):
    """Windows of a series; `inputs` and `labels` are as in `tfae.datasets.Part`.

    Attributes:
        inputs: Array of float32, `(n, window, features)`.
        labels: Array of integers, `(n,)`, 1 if any step of the window is 1, or `None`.
        rows: Array of integers, `(n,)`, the row of the series at which each window
            begins, counted from 0.
        times: Array, `(n,)`, the time of that row, or `None`.
        names: Tuple of the names of the features, or `None`.
    """

    inputs: np.ndarray
    labels: np.ndarray | None = None
    rows: np.ndarray | None = None
    times: np.ndarray | None = None
    names: tuple | None = None


def windows(
    values: ArrayLike,
    window: int,
    stride: int = 1,
    time: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    gap: float = GAP,
    mask_value: float | None = None,
    names: Sequence[str] | None = None,
):
    """Cuts a series into windows that contain no gap.

    Args:
        values: Array of numbers, `(steps, features)`, or `(steps,)` of one feature.
        window: Positive integer, steps of a window.
        stride: Positive integer, steps from the beginning of a window to that of the
            next.
        time: Array of increasing numbers or `datetime64`, `(steps,)`; or `None` for
            steps without gaps.
        labels: Array of 0 and 1, `(steps,)`, or `None`.
        gap: Float, the time difference, in medians, above which steps are missing. No
            window contains such a gap; with `None`, windows may.
        mask_value: Float assigned to all features of a step with a NaN, which
            `tfae.networks.sequence` masks; or `None` to refuse NaN.
        names: Sequence of the names of the features, for messages and the result.

    Returns:
        `Windows`.

    Raises:
        ValueError: If values are not float32 numbers, are NaN without `mask_value`, or
            equal `mask_value`; if time does not increase; if there is no window.

    Example:
    >>> found = tfae.datasets.windows(np.arange(10.0), window=4, stride=3)
    >>> found.inputs[..., 0].tolist(), found.rows.tolist()
    ([[0.0, 1.0, 2.0, 3.0], [3.0, 4.0, 5.0, 6.0], [6.0, 7.0, 8.0, 9.0]], [0, 3, 6])
    """
    check_integers(window=window, stride=stride)
    values = steps.check_values(values, names, mask_value)
    time = steps.check_time(time, len(values))
    labels = steps.check_labels(labels, len(values))
    starts = starts_of(window, stride, stretches(time, len(values), gap))
    if not len(starts):
        raise ValueError(
            f"`window` must be at most as long as a stretch without gaps. Received: "
            f"window={window} of {longest(time, len(values), gap)} steps in a row. "
            "Choose a shorter window."
        )
    return cut(values, window, starts, time, labels, names)


def cut(values, window, starts, time=None, labels=None, names=None):
    """`Windows` of checked arrays that begin at `starts`."""
    size = len(starts) * window * values.shape[1] * 4
    if size > LARGEST_BYTES:
        raise ValueError(
            f"{len(starts):,} windows of {window} steps and {values.shape[1]} features "
            f"take {size / 1e9:.1f} GB. Received: more than "
            f"{LARGEST_BYTES / 1e9:.1f} GB. Choose a larger `stride`."
        )
    rows = starts[:, None] + np.arange(window)
    return Windows(
        values[rows],
        None if labels is None else labels[rows].max(axis=1),
        starts,
        None if time is None else time[starts],
        None if names is None else tuple(names),
    )


def starts_of(window, stride, stretches):
    """First rows of the windows within stretches, each `(first, end)`."""
    found = [
        np.arange(first, end - window + 1, stride, dtype="int64")
        for first, end in stretches
        if end - first >= window
    ]
    return np.concatenate(found) if found else np.zeros(0, "int64")


def stretches(time, count, gap=GAP, first=0):
    """Pairs of the first row and the end of each stretch without a gap.

    Args:
        time: Array of `count` rising times, or `None` for one stretch.
        count: Integer, number of rows.
        gap: As for `windows`.
        first: Integer, row number of the first of these rows.
    """
    if gap is not None and not (is_real(gap) and gap > 1):
        raise ValueError(
            "`gap` must be a number greater than 1, how many times longer than usual a "
            f"difference of times is, or none. Received: gap={gap!r}"
        )
    ends = [count]
    if time is not None and gap is not None and count > 1:
        differences = np.diff(time).astype("float64")
        breaks = differences > gap * np.median(differences)
        ends = [*(1 + np.flatnonzero(breaks)), count]
    begins = [0, *ends[:-1]]
    return [
        (first + int(begin), first + int(end))
        for begin, end in zip(begins, ends, strict=True)
    ]


def longest(time, count, gap=GAP):
    """Number of steps in the longest stretch without a gap."""
    return max(end - begin for begin, end in stretches(time, count, gap))
