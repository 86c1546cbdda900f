"""Losses by epoch and by step."""

from collections.abc import Sequence

import numpy as np

from tfae.plots.figures import (
    COLOURS,
    Figure,
    as_array,
    as_arrays,
    integer_ticks,
    logarithmic,
    spread,
)
from tfae.types import ArrayLike

PANELS = 3  # side by side
FIRST = ("loss", "reconstruction")  # of the terms


def loss_by_term(
    history: dict[str, Sequence[float]], title: str = "Loss by term"
) -> Figure:
    """Training and validation curve of each term of the loss.

    Args:
        history: Dict from column name to the list of its values by epoch, NaN if there
            is none. Columns `val_…` are the validation curves; a column `layer` splits
            the curves into those of single layers, from 1, and of the whole model, 0.
        title: Title of the figure.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows, with at most three panels
        per row.

    Example:
    >>> history = {"loss": [3.0, 2.0], "val_loss": [3.5, 2.5]}
    >>> figure = tfae.plots.loss_by_term(history)  # or `model.fit(…).history`
    """
    columns = {name: np.asarray(one, float) for name, one in history.items()}
    count = len(next(iter(columns.values())))
    layers = np.nan_to_num(columns.pop("layer", np.zeros(count)))
    columns.pop("epoch", None)
    names = [name for name in columns if not name.startswith("val_")]
    names = [name for name in FIRST if name in names] + [
        name for name in names if name not in FIRST
    ]
    if np.array_equal(
        columns.get("reconstruction", np.nan), columns["loss"], equal_nan=True
    ):
        names.remove("loss")  # with one term both curves would be the same
    across = min(PANELS, len(names))
    rows = -(-len(names) // across)
    figure = Figure(figsize=(4.2 * across, 3 * rows + 0.4))
    axes = figure.subplots(rows, across, squeeze=False).ravel()
    for axis in axes[len(names) :]:
        axis.set_axis_off()
    for axis, name in zip(axes, names, strict=False):
        curves = {"training": columns[name]}
        if f"val_{name}" in columns:
            curves["validation"] = columns[f"val_{name}"]
        for layer in sorted(set(layers), key=lambda layer: layer or np.inf):
            _curves(axis, curves, layers == layer, layer if any(layers) else None)
        axis.set(xlabel="epoch", ylabel=name.replace("_", " "))
        axis.set_xlim(1 - max(0.5, 0.02 * count), count + max(0.5, 0.02 * count))
        integer_ticks(axis.xaxis)
        if spread(*curves.values()):
            logarithmic(axis)
        elif all(np.array_equal(one, np.round(one)) for one in curves.values()):
            integer_ticks(axis.yaxis)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small" if any(layers) else None)
    figure.suptitle(title)
    return figure


def _curves(axis, curves, chosen, layer):
    """Draws the epochs `chosen` of the curves, named by their layer if there is one."""
    epochs = np.arange(1, len(chosen) + 1)[chosen]
    marker = "o" if len(chosen) <= 12 else None
    for label, style in (("training", "-"), ("validation", "--")):
        values = curves.get(label, np.full(len(chosen), np.nan))[chosen]
        if np.isnan(values).all():
            continue
        colour = COLOURS[int(label == "validation") if layer is None else int(layer)]
        if layer is not None:
            label = f"{f'layer {layer:g}' if layer else 'whole'}, {label}"
        axis.plot(epochs, values, style, marker=marker, label=label, color=colour)


def loss_by_model(
    histories: dict[str, dict[str, Sequence[float]]],
    title: str = "Loss of several models",
) -> Figure:
    """The reconstruction loss of several models by epoch, or their whole loss.

    The whole loss is drawn unless all models record their reconstruction loss. Curves
    are of the validation part where there is one: dashed, as in `loss_by_term`.

    Args:
        histories: Dict from the name of a model to a dict from column name to the list
            of its values by epoch, as `loss_by_term` takes it.
        title: Title of the figure.

    Example:
    >>> histories = {"a": {"loss": [3.0, 2.0]}, "b": {"loss": [3.5, 1.5]}}
    >>> figure = tfae.plots.loss_by_model(histories)
    """
    known = all("reconstruction" in columns for columns in histories.values())
    term = "reconstruction" if known else "loss"
    figure = Figure(figsize=(6.4, 4))
    axis = figure.subplots()
    drawn = []
    for index, (name, columns) in enumerate(histories.items()):
        validated = f"val_{term}" in columns
        values = np.asarray(columns[f"val_{term}" if validated else term], float)
        drawn.append(values)
        axis.plot(
            np.arange(1, len(values) + 1),
            values,
            "--" if validated else "-",
            marker="o" if len(values) <= 12 else None,
            label=f"{name}, {'validation' if validated else 'training'}",
            color=COLOURS[index % len(COLOURS)],
        )
    axis.set(xlabel="epoch", ylabel=f"{term} loss" if known else term)
    integer_ticks(axis.xaxis)
    if spread(*drawn):
        logarithmic(axis)
    axis.grid(alpha=0.3)
    axis.legend()
    figure.suptitle(title)
    return figure


def losses_by_step(
    losses: dict[str, ArrayLike], differences: ArrayLike, title: str = "Loss by step"
) -> Figure:
    """Losses of two implementations, and their differences.

    Args:
        losses: Dict of two entries, from the name of an implementation to its losses,
            an array of shape `(phases, steps)`; the phases are drawn in sequence.
        differences: Array of the same shape.
        title: Title of the figure.

    Example:
    >>> losses = {"TF1": np.ones((1, 5)), "Keras": np.ones((1, 5))}
    >>> figure = tfae.plots.losses_by_step(losses, np.zeros((1, 5)))
    """
    losses, differences = as_arrays(losses), as_array(differences)
    shape = np.shape(differences)
    steps = np.arange(1, np.size(differences) + 1).reshape(shape)
    figure = Figure(figsize=(9, 3.6))
    curves, below = figure.subplots(1, 2)
    for (name, values), (width, style) in zip(
        losses.items(), ((4, "-"), (1.2, "--")), strict=True
    ):
        # One wide and one thin line, so that both are visible.
        (first, *_) = curves.plot(
            steps.T, np.transpose(values), style, linewidth=width, alpha=0.8
        )
        for line in curves.lines[-len(steps) :]:
            line.set_color(first.get_color())
        first.set_label(name)
    curves.set(xlabel="step", ylabel="loss", title="both losses")
    if spread(*losses.values()):
        logarithmic(curves)
    curves.legend()
    below.plot(steps.T, np.transpose(differences), ".", color=COLOURS[0], markersize=3)
    below.set(xlabel="step", title="their relative difference")
    if np.any(differences):
        below.set_yscale("log", nonpositive="mask")
    for axis in (curves, below):
        for begin in steps[1:, 0]:
            axis.axvline(begin - 0.5, color="black", linewidth=0.8, linestyle=":")
        axis.grid(alpha=0.3)
        integer_ticks(axis.xaxis)
    figure.suptitle(title)
    return figure
