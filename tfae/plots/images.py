"""Plots of examples: images, or curves and bars for other examples."""

from collections.abc import Sequence

import numpy as np

from tfae import image_shapes
from tfae.plots import values as of_values
from tfae.plots.figures import Figure, as_array, as_arrays
from tfae.types import ArrayLike, Shape

WIDTH = 1.1  # inches of a picture
MOST_LABELS = 12  # of the codes of a manifold
ROOM = 0.22  # for a number below a picture, relative to its height
BELOW_ONE = (-0.5, 1.5)  # values shown on the scale of [0, 1]


def reconstructions(
    originals: ArrayLike,
    outputs: ArrayLike,
    image_shape: Shape | None = None,
    count: int = 10,
    beside: dict[str, ArrayLike] | None = None,
    names: Sequence[str] | None = None,
) -> Figure:
    """Originals over their reconstructions, with the error of each.

    Args:
        originals: Array of shape `(n, ...)`.
        outputs: Array of the same shape.
        image_shape: `(height, width)` or `(height, width, channels)` of images. Without
            it, a vector is drawn as one bar per column, or as a curve beyond 40
            columns; a series, `(time, features)`, as one curve per feature.
        count: Integer, number of examples, at most 4 unless they are images.
        beside: Dict from the label of a further row to an array of the same shape, such
            as the reconstructions of PCA; or `None`.
        names: Sequence of the names of columns or features, or `None`.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Raises:
        ValueError: If arrays differ in shape, or are not images of `image_shape`.

    Example:
    >>> x = np.random.rand(10, 64)
    >>> figure = tfae.plots.reconstructions(x, x / 2, image_shape=(8, 8))
    """
    rows = {"original": originals, "reconstruction": outputs, **(beside or {})}
    rows = _checked(rows)
    original = rows["original"].astype("float64")
    axes = tuple(range(1, original.ndim))
    errors = {
        label: np.mean((one - original) ** 2, axis=axes)
        for label, one in [*rows.items()][1:]
    }
    title = "Originals and their reconstructions"
    if image_shape is None:
        return of_values.overlaid(rows, title, count, names, errors)
    return _rows(rows, image_shape, title, count, errors=errors)


def examples(
    rows: dict[str, ArrayLike],
    image_shape: Shape | None = None,
    title: str = "Examples",
    count: int = 10,
    columns: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> Figure:
    """Rows of examples; those in one column belong together.

    Args:
        rows: Dict from the label of a row to an array of shape `(n, ...)`.
        image_shape: As for `reconstructions`. Without it, up to three rows are drawn
            over each other, and more rows as small panels of curves.
        title: Title of the figure.
        count: Integer, number of columns.
        columns: Sequence of labels of the columns, or `None`.
        names: As for `reconstructions`.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> x = np.random.rand(10, 64)
    >>> figure = tfae.plots.examples({"noisy": x + 0.1, "clean": x}, (8, 8))
    """
    rows = _checked(rows)
    if image_shape is not None:
        return _rows(rows, image_shape, title, count, columns)
    if len(rows) <= of_values.MOST_OVERLAID:
        return of_values.overlaid(rows, title, count, names)
    return of_values.panels(rows, title, count, columns, names)


def grid(
    values: ArrayLike,
    image_shape: Shape | None = None,
    title: str = "Examples",
    columns: int = 8,
) -> Figure:
    """Examples row by row, without labels.

    Args:
        values: Array of shape `(n, ...)`.
        image_shape: As for `reconstructions`. Without it, examples are curves.
        title: Title of the figure.
        columns: Integer, number of columns.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> figure = tfae.plots.grid(np.random.rand(16, 64), image_shape=(8, 8))
    """
    values = as_array(values)
    if image_shape is None:
        return of_values.curves(values, title, columns)
    image_shape = _shape(image_shape, values)
    rows = -(-len(values) // columns)
    height = 0.7 * image_shape[0] / image_shape[1]
    figure = Figure(figsize=(0.7 * columns, height * rows + 0.4))
    mosaic(figure.subplots(), values, image_shape, columns, limits(values))
    figure.suptitle(title)
    return figure


def manifold(values: ArrayLike, codes: ArrayLike, image_shape: Shape) -> Figure:
    """Images decoded from two-dimensional codes, over the grid of their values.

    `model.manifold()` draws it for a model with two-dimensional codes and a prior.

    Args:
        values: Array of shape `(n * n, ...)`, rows by decreasing second code, each by
            increasing first code.
        codes: Array of the `n` increasing values of a code.
        image_shape: `(height, width)` or `(height, width, channels)`.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> codes = np.linspace(-2, 2, 5)
    >>> figure = tfae.plots.manifold(np.random.rand(25, 64), codes, (8, 8))
    """
    values, codes = as_array(values), as_array(codes)
    image_shape, count = _shape(image_shape, values), len(codes)
    # About 6 inches in total for any number of images.
    size = max(0.3, 6 / count)
    height = size * image_shape[0] / image_shape[1]
    figure = Figure(figsize=(size * count + 0.6, height * count + 0.8))
    axis = figure.subplots()
    mosaic(axis, values, image_shape, count, limits(values))
    height, width = axis.images[0].get_array().shape[:2]
    shown = np.arange(0, count, -(-count // MOST_LABELS))
    labels = [f"{codes[index]:.1f}" for index in shown]
    axis.set_xticks(width / count * (shown + 0.5), labels=labels)
    axis.set_yticks(height / count * (count - shown - 0.5), labels=labels)
    axis.set(xlabel="code 1", ylabel="code 2")
    figure.suptitle("Decoded images over the plane of the two codes")
    return figure


def limits(*arrays):
    """Values drawn as black and white: 0 and 1, or the range of the narrowest array."""
    ends = [(float(one.min()), float(one.max())) for one in map(np.asarray, arrays)]
    low, high = min(ends, key=lambda pair: pair[1] - pair[0])
    if BELOW_ONE[0] <= low and high <= BELOW_ONE[1]:
        return 0.0, 1.0
    return low, high if high > low else low + 1


def mosaic(axis, images, image_shape, columns, ends=(0, 1), cmap="gray", room=0):
    """Draws images as one, row by row, which is much faster than one axis for each."""
    height, width, channels = image_shape
    rows = -(-len(images) // columns)
    gap = max(1, width // 14)
    below = gap + int(np.ceil(room * height))
    low, high = ends
    tiles = np.full((rows * columns, height + below, width + gap, channels), np.nan)
    tiles[: len(images), :height, :width] = np.reshape(images, (-1, *image_shape))
    tiles = tiles.reshape(rows, columns, height + below, width + gap, channels)
    canvas = tiles.swapaxes(1, 2).reshape(rows * (height + below), -1, channels)
    canvas = np.clip(canvas, low, high)
    if channels > 1:
        # White, like the gaps in grey.
        canvas = np.nan_to_num((canvas - low) / (high - low), nan=1)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    return axis.imshow(
        canvas.squeeze(axis=2) if channels == 1 else canvas,
        cmap=cmap,
        vmin=low,
        vmax=high,
        interpolation="nearest",
        extent=(0, canvas.shape[1], canvas.shape[0], 0),
    )


def _rows(rows, image_shape, title, count, columns=None, errors=None):
    """Rows of images, with labels and errors below the images of some of the rows."""
    image_shape = _shape(image_shape, next(iter(rows.values())))
    count = min(count, *map(len, rows.values()))
    rows = {label: row[:count] for label, row in rows.items()}
    room, (height, width, _) = ROOM if errors else 0, image_shape
    tall = WIDTH * height / width * (1 + room)
    beside = 0.6 + 0.09 * max(len(label) for label in rows)  # of labels
    size = (max(5, WIDTH * count + beside), 0.8 + tall * len(rows))
    figure = Figure(figsize=size)
    axis = figure.subplots()
    images = np.concatenate([*rows.values()])
    ends = limits(*rows.values())
    shown = mosaic(axis, images, image_shape, count, ends, room=room)
    below, across = np.divide(shown.get_size(), (len(rows), count))
    centres = below * np.arange(len(rows)) + height / 2
    axis.set_yticks(centres, labels=rows)
    axis.tick_params(left=False, bottom=False)
    places = across * np.arange(count) + width / 2
    if columns is not None:
        axis.set_xticks(places, labels=[*columns][:count])
    for row, label in enumerate(rows):
        for place, error in zip(places, (errors or {}).get(label, ()), strict=False):
            bottom = below * row + height * (1 + ROOM / 8)
            text = f"{error:.3g}"
            axis.text(place, bottom, text, ha="center", va="top", fontsize=8)
    below = "\n(numbers are mean squared errors)" if errors else ""
    figure.suptitle(title + below)
    return figure


def _checked(rows):
    """Rows as arrays; raises `ValueError` if the shapes of examples differ."""
    rows = as_arrays(rows)
    shapes = {label: np.shape(one)[1:] for label, one in rows.items()}
    ranks = [np.ndim(one) for one in rows.values()]
    if min(ranks) < 2 or len({*shapes.values()}) > 1:
        found = ", ".join(f"{np.shape(one)} of {name}" for name, one in rows.items())
        raise ValueError(
            "Rows must hold examples of one shape, (n, ...). Received: arrays of shape "
            f"{found}."
        )
    return rows


def _shape(image_shape, values):
    """`(height, width, channels)` of images, checked against the values."""
    return image_shapes.checked(image_shape, int(np.prod(np.shape(values)[1:])))
