"""Scatter plots and histograms of codes."""

import numpy as np
from matplotlib import patheffects

from tfae.plots.figures import Figure, as_array, as_arrays, class_colours
from tfae.types import ArrayLike

MOST_CLASSES = 20  # with a colour each
MOST_TICKS = 30  # of a colour bar


def code_scatter(
    codes: ArrayLike,
    labels: ArrayLike | None = None,
    title: str = "Codes",
) -> Figure:
    """Codes as points in two or three dimensions, coloured by label.

    Wider codes are projected to their first two principal components.

    Args:
        codes: Array of shape `(n, code_dim)`, or of codes of another shape, which are
            flattened.
        labels: Array of `n` integers or names of classes, or `None`.
        title: Title of the figure.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Raises:
        ValueError: If there are not as many labels as codes.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32, 2])
    >>> model = tfae.Autoencoder(encoder, decoder)
    >>> digits = tfae.datasets.load("digits").test
    >>> figure = tfae.plots.code_scatter(model.encode(digits.inputs), digits.labels)
    """
    codes, labels = as_array(codes), as_array(labels)
    codes = codes.reshape(len(codes), -1)
    if labels is not None and labels.shape != (len(codes),):
        raise ValueError(
            "`labels` must hold one label a code. Received: labels of shape "
            f"{labels.shape} for {len(codes)} codes."
        )
    points, names = _points(codes)
    spatial = points.shape[1] == 3
    figure = Figure(figsize=(6.4, 5.4))
    axis = figure.add_subplot(projection="3d" if spatial else None)
    if labels is None:
        axis.scatter(*points.T, s=8, alpha=0.7)
    else:
        shown = _coloured(axis, points, labels)
        bar = figure.colorbar(shown, ax=axis, shrink=0.8, pad=0.12 if spatial else 0.02)
        _name(bar, np.unique(labels))
    setters = (axis.set_xlabel, axis.set_ylabel, getattr(axis, "set_zlabel", None))
    for setter, name in zip(setters, names, strict=False):
        setter(name)
    axis.set_title(title)
    return figure


def _points(codes):
    """Codes in two or three dimensions, and the names of the dimensions."""
    names = [f"code {index}" for index in range(1, codes.shape[1] + 1)]
    if codes.shape[1] > 3 and len(codes) < 2:
        codes, names = codes[:, :2], names[:2]
    if codes.shape[1] > 3:
        from sklearn.decomposition import PCA

        projection = PCA(2)
        codes = projection.fit_transform(codes.astype("float64"))
        shares = projection.explained_variance_ratio_
        names = [
            f"component {index} of the codes ({share:.0%} of variance)"
            for index, share in enumerate(shares, start=1)
        ]
    if codes.shape[1] == 1:
        codes = np.column_stack([codes, np.arange(len(codes))])
        names.append("example")
    return codes, names


def _coloured(axis, points, labels):
    """Points in the colours of their classes, with class names at the medians."""
    classes, places = np.unique(labels, return_inverse=True)
    few = len(classes) <= MOST_CLASSES
    numbers = classes.dtype.kind in "biuf"
    colours = labels if numbers and not few else places
    options = {}
    if few:
        options = {"vmin": -0.5, "vmax": len(classes) - 0.5}
        options["cmap"] = class_colours(len(classes))
    shown = axis.scatter(*points.T, c=colours, s=8, alpha=0.7, **options)
    if few and points.shape[1] == 2:
        middles = [
            np.median(points[places == at], axis=0) for at in range(len(classes))
        ]
        _name_classes(axis, classes, np.array(middles), np.ptp(points, axis=0))
    return shown


def _name_classes(axis, classes, middles, extent):
    """Writes names at the centres of their classes, except for overlapping ones."""
    outline = patheffects.withStroke(linewidth=2.5, foreground="white")
    longest = max(len(str(name)) for name in classes)
    room = np.array([0.02 + 0.02 * longest, 0.05]) * np.where(extent > 0, extent, 1)
    for name, middle in zip(classes, middles, strict=True):
        near = (np.abs(middles - middle) < room).all(axis=1)
        if near.sum() > 1 and longest > 2:
            continue  # the colour bar names it
        text = axis.text(*middle, str(name), ha="center", va="center")
        text.set_path_effects([outline])


def _name(bar, classes):
    """Names the classes at the ticks of a colour bar, if they are not numbers."""
    bar.set_label("label")
    bar.solids.set_alpha(1)
    if len(classes) <= MOST_CLASSES or classes.dtype.kind not in "biuf":
        ticks = np.arange(0, len(classes), -(-len(classes) // MOST_TICKS))
        bar.set_ticks(ticks, labels=classes[ticks])


def activation_histograms(
    codes: dict[str, ArrayLike], target: float | None = None
) -> Figure:
    """Histograms of the activations of code units, and of each unit's mean.

    Args:
        codes: Array of codes, `(n, units)` or `(n, ..., units)`; or a dict of such
            arrays by model name.
        target: Float, target mean activation, or `None`.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> figure = tfae.plots.activation_histograms(np.random.rand(50, 8), target=0.1)
    """
    codes = {
        name: values.reshape(-1, values.shape[-1])
        for name, values in as_arrays(codes, "codes").items()
    }
    figure = Figure(figsize=(9, 3.6))
    every, means = figure.subplots(1, 2)
    every.set(title="activations", xlabel="activation", ylabel="share of activations")
    means.set(title="units", xlabel="mean activation", ylabel="share of units")
    for axis, summarize in ((every, np.ravel), (means, lambda x: x.mean(axis=0))):
        values = {name: summarize(x) for name, x in codes.items()}
        edges = np.histogram_bin_edges(np.concatenate([*values.values()]), 50)
        for name, found in values.items():
            weights = np.full(len(found), 1 / len(found))
            axis.hist(found, edges, weights=weights, alpha=0.6, label=name)
        axis.grid(alpha=0.3)
    every.set_yscale("log")  # most of a sparse code is in one bar
    every.yaxis.set_major_formatter("{x:g}")
    if target is not None:
        means.axvline(target, color="black", linestyle="--", label=f"target {target:g}")
    means.legend()
    figure.suptitle("Activations of the code")
    return figure
