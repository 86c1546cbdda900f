"""Plots of examples other than images: bars for tables, curves for series."""

import numpy as np

from tfae.plots.figures import COLOURS, Figure, integer_ticks

MOST_OVERLAID = 3  # rows over each other
MOST_EXAMPLES = 4  # side by side
MOST_BARS = 40  # columns of a table; beyond it, a curve
MOST_FEATURES = 8  # of a series, one below the other
PANEL = 2.7  # inches
# The first is drawn grey and wide, the others over it coloured and thin.
FIRST = {"color": "0.6", "linewidth": 2.5}
STYLES = (
    {"color": COLOURS[0], "linewidth": 1.2},
    {"color": COLOURS[2], "linewidth": 1.2, "linestyle": "--"},
)
MARKERS = (
    {"color": COLOURS[0], "marker": "o", "markersize": 4.5, "linestyle": "none"},
    {"color": COLOURS[2], "marker": "x", "markersize": 4.5, "linestyle": "none"},
)


def overlaid(rows, title, count, names=None, errors=None):
    """One panel per example, with corresponding values drawn over each other.

    Args:
        rows: Dict from the label to an array `(n, columns)` of vectors or `(n, time,
            features)` of series; at most `MOST_OVERLAID`.
        title: Title of the figure.
        count: Integer, number of examples at most.
        names: Sequence of the names of columns or features, or `None`.
        errors: Dict from labels to arrays with one error per example, or `None`.
    """
    count = min(count, MOST_EXAMPLES, *map(len, rows.values()))
    rows = {label: flat(row[:count]) for label, row in rows.items()}
    shape = next(iter(rows.values())).shape[1:]
    names = _named(names, shape[-1], "column" if len(shape) == 1 else "feature")
    draw = _series if len(shape) == 2 else _bars if shape[0] <= MOST_BARS else _curves
    axes = draw(rows, names, count)
    for example, axis in enumerate(axes[0]):
        lines = [f"example {example + 1}"]
        for label, found in (errors or {}).items():
            lines.append(f"{label}: {found[example]:.3g}")
        axis.set_title("\n".join(lines), fontsize=9)
    figure = axes[0, 0].get_figure()
    hidden = shape[-1] - MOST_FEATURES if len(shape) == 2 else 0
    more = f", first {MOST_FEATURES} of {shape[-1]} features" if hidden > 0 else ""
    below = "\n(numbers are mean squared errors)" if errors else ""
    figure.suptitle(title + more + below)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(rows))
    return figure


def panels(rows, title, count, columns=None, names=None):
    """Rows of small panels of curves without ticks.

    Arguments are as for `overlaid`; `columns` holds labels of the columns.
    """
    count = min(count, *map(len, rows.values()))
    size = (max(4, 1.1 * count + 0.6), 0.9 + 1.1 * len(rows))
    figure = Figure(figsize=size)
    axes = figure.subplots(len(rows), count, squeeze=False, sharey=True)
    for row, (label, values) in zip(axes, rows.items(), strict=True):
        for axis, example in zip(row, flat(values), strict=False):
            _curve(axis, example)
        row[0].set_ylabel(label)
    for axis, label in zip(axes[-1], columns or (), strict=False):
        axis.set_xlabel(label)
    figure.suptitle(title)
    shown = axes[0, 0].lines
    if names is not None and 1 < len(names) == len(shown) <= len(COLOURS):
        figure.legend(shown, names, loc="outside lower center", ncols=len(names))
    return figure


def curves(values, title, columns):
    """Examples row by row as curves without ticks."""
    values, columns = flat(values), min(columns, len(values))
    rows = -(-len(values) // columns)
    figure = Figure(figsize=(max(4, 0.8 * columns), 0.8 * rows + 0.4))
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axis, example in zip(axes.flat, values, strict=False):
        _curve(axis, example)
    for axis in axes.flat[len(values) :]:
        axis.set_visible(False)
    figure.suptitle(title)
    return figure


def by_feature(rows, title, names=None):
    """One number for each feature: bars for the first row, marks for the others.

    Args:
        rows: Dict from the label to an array `(features,)`.
        title: Title of the figure, which says what the numbers are.
        names: Sequence of the names of the features, or `None`.
    """
    rows = {label: np.asarray(row)[None] for label, row in rows.items()}
    features = next(iter(rows.values())).shape[1]
    draw = _bars if features <= MOST_BARS else _curves
    axis = draw(rows, _named(names, features, "column"), 1)[0, 0]
    label = axis.set_xlabel if draw is _bars else axis.set_ylabel
    label("mean squared error")
    figure = axis.get_figure()
    figure.legend(loc="outside lower center", ncols=len(rows))
    figure.suptitle(title)
    return figure


def flat(values):
    """Examples as vectors; series, `(time, features)`, stay unchanged."""
    return values if np.ndim(values) == 3 else values.reshape(len(values), -1)


def _series(rows, names, count):
    """Axes with one row per feature and one column per example."""
    shown = names[:MOST_FEATURES]
    figure = Figure(figsize=(max(5, PANEL * count + 0.8), 1.1 * len(shown) + 1.3))
    axes = figure.subplots(len(shown), count, squeeze=False, sharex=True, sharey="row")
    for (label, values), style in zip(rows.items(), (FIRST, *STYLES), strict=False):
        for feature, row in enumerate(axes):
            for axis, example in zip(row, values, strict=True):
                axis.plot(example[:, feature], label=label, **style)
    for row, name in zip(axes, shown, strict=True):
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axis in axes[-1]:
        integer_ticks(axis.xaxis)
        axis.set_xlabel("time step")
    return axes


def _bars(rows, names, count):
    """Axes side by side with one bar per column, and marks for all but the first."""
    figure = Figure(figsize=(max(5, PANEL * count + 1), 0.2 * len(names) + 2.2))
    axes = figure.subplots(1, count, squeeze=False, sharex=True, sharey=True)
    places = np.arange(len(names))
    (first, values), *others = rows.items()
    for axis, example in zip(axes[0], values, strict=True):
        axis.barh(places, example, color=FIRST["color"], label=first)
        axis.set_xlabel("value")
        axis.grid(alpha=0.3)
    for (label, values), style in zip(others, MARKERS, strict=False):
        for axis, example in zip(axes[0], values, strict=True):
            axis.plot(example, places, label=label, **style)
    axes[0, 0].set_yticks(places, labels=names)
    axes[0, 0].invert_yaxis()
    return axes


def _curves(rows, names, count):
    """Axes side by side with curves over the column indices."""
    figure = Figure(figsize=(max(5, PANEL * count + 0.8), 3.4))
    axes = figure.subplots(1, count, squeeze=False, sharex=True, sharey=True)
    for (label, values), style in zip(rows.items(), (FIRST, *STYLES), strict=False):
        for axis, example in zip(axes[0], values, strict=True):
            axis.plot(example, label=label, **style)
    for axis in axes[0]:
        integer_ticks(axis.xaxis)
        axis.set_xlabel("column")
    return axes


def _curve(axis, example):
    axis.plot(example, linewidth=0.8)
    axis.set_xticks([])


def _named(names, count, kind):
    """Names of columns, by default from their indices, shortened."""
    if names is None or len(names) != count:
        names = [f"{kind} {place}" for place in range(1, count + 1)]
    return [name if len(name) <= 24 else f"{name[:23]}…" for name in map(str, names)]
