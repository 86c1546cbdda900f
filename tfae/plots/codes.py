"""Codes as points and as histograms."""

import numpy as np
from matplotlib.figure import Figure

from tfae.types import ArrayLike


def code_scatter(
    codes: ArrayLike,
    labels: ArrayLike | None = None,
    title: str = "Codes of the test part",
) -> Figure:
    """Codes as points in two or three dimensions, coloured by label.

    Wider codes are projected to their first two principal components.

    Args:
        codes: Array of shape `(n, code_dim)`.
        labels: Array of `n` integers, or `None`.
        title: Title of the figure.

    Example:
    >>> codes, labels = np.random.rand(50, 2), np.arange(50) % 10
    >>> figure = tfae.plots.code_scatter(codes, labels)
    """
    names = [f"code {index}" for index in range(1, codes.shape[1] + 1)]
    if codes.shape[1] > 3 and len(codes) < 2:
        codes, names = codes[:, :2], names[:2]
    if codes.shape[1] > 3:
        from sklearn.decomposition import PCA

        projection = PCA(2)
        codes = projection.fit_transform(codes)
        shares = projection.explained_variance_ratio_
        names = [
            f"component {index} of the codes ({share:.0%} of variance)"
            for index, share in enumerate(shares, start=1)
        ]
    if codes.shape[1] == 1:
        codes = np.column_stack([codes, np.arange(len(codes))])
        names.append("example")
    spatial = codes.shape[1] == 3
    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    axis = figure.add_subplot(projection="3d" if spatial else None)
    classes, colours, options = [], None, {}
    if labels is not None:
        classes, colours = np.unique(labels, return_inverse=True)
    few = 0 < len(classes) <= 20
    if labels is not None and not few and classes.dtype.kind in "biuf":
        colours = labels
    if few:
        options = {"vmin": -0.5, "vmax": len(classes) - 0.5}
        options["cmap"] = class_colours(len(classes))
    points = axis.scatter(*codes.T, c=colours, s=6, alpha=0.7, **options)
    for setter, name in zip(
        (axis.set_xlabel, axis.set_ylabel, getattr(axis, "set_zlabel", None)),
        names,
        strict=False,
    ):
        setter(name)
    if labels is not None:
        bar = figure.colorbar(
            points, ax=axis, shrink=0.8, pad=0.12 if spatial else 0.02
        )
        bar.set_label("label")
        bar.solids.set_alpha(1)
        if few or classes.dtype.kind not in "biuf":
            bar.set_ticks(range(len(classes)), labels=classes)
    axis.set_title(title)
    return figure


def class_colours(classes):
    """A colour map of so many classes."""
    from matplotlib import colormaps

    return colormaps["tab10" if classes <= 10 else "tab20"].resampled(classes)


def activation_histograms(
    codes: dict[str, ArrayLike], target: float | None = None
) -> Figure:
    """How active the code units are: each activation, and each unit's mean.

    Args:
        codes: Dict from the name of a model to its codes, `(n, units)`.
        target: Float, mean activation that was aimed at, or `None`.

    Example:
    >>> codes = {"one": np.random.rand(50, 8), "another": np.random.rand(50, 8)}
    >>> figure = tfae.plots.activation_histograms(codes, target=0.5)
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
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
    every.set_yscale("log")  # most of a sparse code is one bar
    if target is not None:
        means.axvline(target, color="black", linestyle="--", label=f"target {target:g}")
    means.legend()
    figure.suptitle("Activations of the code")
    return figure
