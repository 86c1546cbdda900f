"""Examples as pictures, and filters as what they look for."""

import numpy as np
from matplotlib.figure import Figure

from tfae.types import ArrayLike, Shape


def reconstructions(
    originals: ArrayLike,
    outputs: ArrayLike,
    image_shape: Shape | None = None,
    count: int = 10,
) -> Figure:
    """Row of originals over the row of their reconstructions.

    Args:
        originals: Array of shape `(n, ...)`.
        outputs: Array of the same shape.
        image_shape: `(height, width, channels)`; without it, features are drawn as
            curves, over time those of `(time, features)`.
        count: Integer, number of columns.

    Example:
    >>> x = tfae.datasets.load("digits").test.inputs
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> outputs = tfae.evaluation.reconstruct(model, x[:10])
    >>> figure = tfae.plots.reconstructions(x[:10], outputs, (8, 8, 1))
    >>> figure.savefig("reconstructions.png")
    """
    rows = {"original": originals, "reconstruction": outputs}
    return examples(rows, image_shape, "Originals and their reconstructions", count)


def examples(
    rows: dict[str, ArrayLike],
    image_shape: Shape | None = None,
    title: str = "Examples",
    count: int = 10,
) -> Figure:
    """Rows of examples that belong together, column by column.

    Args:
        rows: Dict from the label of a row to an array of shape `(n, ...)`.
        image_shape: `(height, width, channels)`; without it, features are drawn as
            curves, over time those of `(time, features)`.
        title: Title of the figure.
        count: Integer, number of columns.

    Example:
    >>> x = tfae.datasets.load("digits").test.inputs[:10]
    >>> rows = {"as they are": x, "inverted": 1 - x}
    >>> figure = tfae.plots.examples(rows, (8, 8, 1))
    """
    count = min(count, *(len(row) for row in rows.values()))
    rows = {label: row[:count] for label, row in rows.items()}
    size = (max(4, 1.1 * count + 0.6), 0.5 + 1.1 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    if image_shape:
        axis = figure.subplots()
        shown = _mosaic(axis, np.concatenate([*rows.values()]), image_shape, count)
        height = shown.get_array().shape[0] / len(rows)
        axis.set_yticks(height * (np.arange(len(rows)) + 0.5), labels=rows)
        axis.tick_params(left=False)
    else:
        axes = figure.subplots(len(rows), count, squeeze=False, sharey=True)
        for row, (label, values) in zip(axes, rows.items(), strict=True):
            for axis, example in zip(row, values, strict=True):
                _curves(axis, example)
            row[0].set_ylabel(label)
    figure.suptitle(title)
    return figure


def grid(
    values: ArrayLike,
    image_shape: Shape | None = None,
    title: str = "Examples",
    columns: int = 8,
) -> Figure:
    """Examples row by row, without labels.

    Args:
        values: Array of shape `(n, ...)`.
        image_shape: `(height, width, channels)`; without it, features are drawn as
            curves, over time those of `(time, features)`.
        title: Title of the figure.
        columns: Integer, number of columns.

    Example:
    >>> x = tfae.datasets.load("digits").test.inputs[:64]
    >>> figure = tfae.plots.grid(x, (8, 8, 1))
    """
    values = np.asarray(values)
    rows = -(-len(values) // columns)
    figure = Figure(figsize=(0.7 * columns, 0.7 * rows + 0.4), layout="constrained")
    if image_shape:
        _mosaic(figure.subplots(), values, image_shape, columns)
    else:
        axes = np.ravel(figure.subplots(rows, columns, sharex=True, sharey=True))
        for axis, example in zip(axes[: len(values)], values, strict=True):
            _curves(axis, example)
        for axis in axes[len(values) :]:
            axis.set_visible(False)
    figure.suptitle(title)
    return figure


def manifold(values: ArrayLike, codes: ArrayLike, image_shape: Shape) -> Figure:
    """Images that two codes make, over the grid of their values.

    Args:
        values: Array of shape `(n * n, ...)`, rows from the highest second code down,
            each from the lowest first code up.
        codes: Array of the `n` values of a code, rising.
        image_shape: `(height, width, channels)`.

    Example:
    >>> codes = np.linspace(-2, 2, 5)
    >>> figure = tfae.plots.manifold(np.random.rand(25, 64), codes, (8, 8, 1))
    """
    count = len(codes)
    figure = grid(values, image_shape, "What the two codes make", count)
    (axis,) = figure.axes
    height, width = axis.images[0].get_array().shape[:2]
    shown = np.linspace(0, count - 1, 5).round().astype(int)
    labels = [f"{codes[index]:.1f}" for index in shown]
    axis.set_xticks(width / count * (shown + 0.5), labels=labels)
    axis.set_yticks(height / count * (count - shown - 0.5), labels=labels)
    axis.set(xlabel="code 1", ylabel="code 2")
    return figure


def feature_maps(
    maps: dict[str, ArrayLike],
    image: ArrayLike | None = None,
    title: str = "Feature maps",
    count: int = 10,
) -> Figure:
    """Maps that the layers of a network make of one image, a layer a row.

    Args:
        maps: Dict from the label of a layer to an array `(height, width, channels)`.
        image: Array `(height, width, channels)` to stand above them, or `None`.
        title: Title of the figure.
        count: Integer, maps of a layer that are shown; the brightest come first.

    Example:
    >>> maps = {"first layer": np.random.rand(8, 8, 16)}
    >>> figure = tfae.plots.feature_maps(maps, image=np.random.rand(8, 8, 1))
    """
    figure = Figure(figsize=(0.7 * count + 1, 0.8 * len(maps) + 1.3))
    figure.set_layout_engine("constrained")
    rows = len(maps) + (image is not None)
    axes = figure.subplots(rows, count, squeeze=False)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    if image is not None:
        shown = np.clip(image, 0, 1)
        axes[0, 0].imshow(shown, cmap="gray", vmin=0, vmax=1)
        axes[0, 0].set_ylabel("image", rotation=0, ha="right", va="center")
    for row, (label, values) in zip(axes[-len(maps) :], maps.items(), strict=True):
        brightest = np.argsort(-values.max(axis=(0, 1)), kind="stable")[:count]
        limit = np.abs(values).max() or 1
        for axis, channel in zip(row, brightest, strict=False):
            axis.imshow(values[..., channel], cmap="RdBu_r", vmin=-limit, vmax=limit)
        size = "×".join(map(str, values.shape))
        row[0].set_ylabel(f"{label}\n{size}", rotation=0, ha="right", va="center")
    figure.suptitle(title)
    return figure


def filters(
    kernel: ArrayLike,
    image_shape: Shape,
    count: int = 64,
    title: str = "First-layer filters",
) -> Figure:
    """Filters: the incoming weights of each unit or feature map as a picture.

    Args:
        kernel: Array of shape `(features, units)`.
        image_shape: `(height, width, channels)` with as many values as features.
        count: Integer, number of units shown; those of largest norm come first.
        title: Beginning of the title of the figure.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32])
    >>> kernel = tfae.networks.first_layer(encoder).kernel.numpy()
    >>> figure = tfae.plots.filters(kernel, (8, 8, 1))
    """
    order = np.argsort(-np.linalg.norm(kernel, axis=0))[:count]
    columns = min(16, len(order))
    rows = -(-len(order) // columns)
    figure = Figure(
        figsize=(max(4, 0.62 * columns + 1), 0.62 * rows + 0.7), layout="constrained"
    )
    axis = figure.subplots()
    weights = kernel[:, order].T
    limit = np.abs(weights).max() or 1
    if image_shape[-1] == 1:
        options = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
        shown = _mosaic(axis, weights, image_shape, columns, **options)
        figure.colorbar(shown, ax=axis, shrink=0.8).set_label("weight")
    else:
        _mosaic(axis, 0.5 + weights / (2 * limit), image_shape, columns)
    figure.suptitle(f"{title}: {len(order)} of {kernel.shape[1]} units, largest first")
    return figure


def _curves(axis, example):
    """Draws a vector as a curve, and a series, (time, features), as one a feature."""
    axis.plot(example if np.ndim(example) == 2 else np.ravel(example), linewidth=0.8)
    axis.set_xticks([])


def _mosaic(axis, images, image_shape, columns, cmap="gray", vmin=0, vmax=1):
    """Draws images row by row as one: far faster than an axis for each."""
    height, width, channels = image_shape
    rows = -(-len(images) // columns)
    gap = max(1, width // 14)
    tiles = np.full((rows * columns, height + gap, width + gap, channels), np.nan)
    tiles[: len(images), :height, :width] = np.reshape(images, (-1, *image_shape))
    tiles = tiles.reshape(rows, columns, height + gap, width + gap, channels)
    canvas = tiles.swapaxes(1, 2).reshape(rows * (height + gap), -1, channels)
    canvas = np.clip(canvas, vmin, vmax)
    if channels > 1:
        canvas = np.nan_to_num(canvas, nan=1)  # white, as the gaps in grey are
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    return axis.imshow(
        canvas.squeeze(axis=2) if channels == 1 else canvas,
        cmap=cmap,
        vmin=vmin,
        vmax=vmax,
        interpolation="nearest",
        extent=(0, canvas.shape[1], canvas.shape[0], 0),
    )
