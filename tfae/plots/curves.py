"""Errors and spectra as curves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator

from tfae.plots.figures import (
    Figure,
    as_array,
    as_arrays,
    integer_ticks,
    logarithmic,
    spread,
)
from tfae.types import ArrayLike


def singular_values(spectra: dict[str, ArrayLike]) -> Figure:
    """Singular values of the Jacobian of the codes, averaged over examples.

    If few are large, the code varies with the inputs in few directions only.

    Args:
        spectra: Dict from the name of a model to an array of shape `(n, values)`, the
            singular values at n examples, largest first.

    Example:
    >>> values = -np.sort(-np.random.rand(20, 8))
    >>> figure = tfae.plots.singular_values({"a model": values})
    """
    means = {name: one.mean(axis=0) for name, one in as_arrays(spectra).items()}
    figure = Figure(figsize=(6, 4))
    axis = figure.subplots()
    for name, mean in means.items():
        axis.plot(np.arange(1, len(mean) + 1), mean, label=name)
    axis.set(xlabel="singular value, from the largest", ylabel="mean over examples")
    integer_ticks(axis.xaxis)
    if spread(*means.values()):
        logarithmic(axis)
    axis.grid(alpha=0.3)
    axis.legend()
    figure.suptitle("Singular values of ∂codes/∂inputs")
    return figure


def errors_by_labels(
    rows: Sequence[dict[str, Any]], title: str = "Error by number of labels"
) -> Figure:
    """Mean test error, and the range of the seeds, against the number of labels.

    Args:
        rows: List of dicts of `labels`, `seed` and the errors of each contestant, as
            `tfae.fine_tuning.few_labels.compare` returns them.
        title: Title of the figure.

    Example:
    >>> rows = [
    ...     {"labels": 100, "seed": 0, "pretrained": 0.21, "scratch": 0.28},
    ...     {"labels": 600, "seed": 0, "pretrained": 0.09, "scratch": 0.11},
    ... ]
    >>> figure = tfae.plots.errors_by_labels(rows)
    """
    figure = Figure(figsize=(5.4, 4))
    axis = figure.subplots()
    counts = sorted({row["labels"] for row in rows})
    for name in [name for name in rows[0] if name not in ("labels", "seed")]:
        errors = [[row[name] for row in rows if row["labels"] == n] for n in counts]
        means = [100 * np.mean(each) for each in errors]
        ends = [[100 * end(each) for each in errors] for end in (np.min, np.max)]
        (line,) = axis.plot(counts, means, marker="o", label=name)
        axis.fill_between(counts, *ends, alpha=0.2, color=line.get_color())
    axis.set(xscale="log", yscale="log", xlabel="labels", ylabel="test error, %")
    axis.set_xticks(counts, labels=[f"{count:,}" for count in counts])
    axis.minorticks_off()
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.suptitle(title)
    return figure


def precision_recall(
    curves: dict[str, tuple[ArrayLike, ArrayLike]], title: str = "Precision and recall"
) -> Figure:
    """Precision over recall, with one curve per search method.

    Args:
        curves: Dict from name to a pair of arrays: recalls and precisions.
        title: Title of the figure.

    Example:
    >>> recalls, precisions = np.array([0.1, 0.5, 1.0]), np.array([0.9, 0.7, 0.2])
    >>> figure = tfae.plots.precision_recall({"codes": (recalls, precisions)})
    """
    figure = Figure(figsize=(6.4, 4.6))
    axis = figure.subplots()
    for name, pair in curves.items():
        axis.plot(*map(as_array, pair), label=name)
    axis.set(title=title, xlabel="recall", ylabel="precision")
    logarithmic(axis, "x")
    axis.grid(alpha=0.3)
    axis.legend()
    return figure
