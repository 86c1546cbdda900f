"""Plots of a search of settings."""

import numpy as np

from tfae.plots.figures import COLOURS, Figure, integer_ticks, logarithmic, spread

PANELS = 3  # side by side
LONGEST = 18  # characters of a choice at an axis


def search(rows: list[dict], space: dict, objective: str = "valid_loss") -> Figure:
    """The objective of each trial, and over each setting.

    Args:
        rows: List of dicts with `settings` and `score`, as `tfae.training.search`
            returns them; the first is the recipe itself.
        space: Dict from the name of a setting to its choices or its range.
        objective: Name of the figure that was searched.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> rows = [{"settings": {}, "score": 2.0}, {"settings": {"rate": 0.5}, "score": 1}]
    >>> figure = tfae.plots.search(rows, {"rate": [0.3, 0.5]})
    """
    scores = np.array([np.nan if r["score"] is None else r["score"] for r in rows])
    count = 1 + len(space)
    across = min(PANELS, count)
    figure = Figure(figsize=(4.2 * across, 3 * -(-count // across) + 0.4))
    axes = figure.subplots(-(-count // across), across, squeeze=False).ravel()
    for axis in axes[count:]:
        axis.set_axis_off()
    first, *others = axes[:count]
    first.plot(np.arange(1, len(rows)), scores[1:], "o", color=COLOURS[0])
    first.axhline(scores[0], color="0.5", linestyle="--", label="the recipe")
    first.set(xlabel="trial", ylabel=objective.replace("_", " "))
    integer_ticks(first.xaxis)
    first.legend(fontsize="small")
    for axis, (name, values) in zip(others, space.items(), strict=True):
        _draw(axis, name, values, rows[1:], scores[1:])
    for axis in axes[:count]:
        if spread(scores):
            logarithmic(axis)
        axis.grid(alpha=0.3)
    figure.suptitle("Search of settings")
    return figure


def _draw(axis, name, values, rows, scores):
    """Scores over the values of a setting: numbers, or choices side by side."""
    given = [row["settings"].get(name) for row in rows]
    if isinstance(values, dict):
        axis.plot(given, scores, "o", color=COLOURS[0])
        low, high = values["low"], values["high"]
        if isinstance(low, float) and low > 0 and high / low >= 10:
            axis.set_xscale("log")
    else:
        names = [str(value) for value in values]
        places = [names.index(str(_as_told(one, values))) for one in given]
        axis.plot(places, scores, "o", color=COLOURS[0])
        shown = [one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in names]
        axis.set_xticks(range(len(shown)), shown, fontsize="small")
        axis.set_xlim(-0.5, len(shown) - 0.5)
    axis.set(xlabel=name.replace("_", " "))


def _as_told(value, values):
    """The choice that equals a value: a list of a file is a tuple of a recipe."""
    same = [one for one in values if one == value]
    plain = [one for one in values if isinstance(one, tuple) and [*one] == value]
    return (same or plain or [value])[0]
