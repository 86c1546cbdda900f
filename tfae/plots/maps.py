"""Maps of codes side by side."""

import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from tfae import image_shapes
from tfae.plots.figures import Figure, as_array, as_arrays, class_colours
from tfae.types import ArrayLike, Shape

THUMBNAIL = 0.012  # least squared distance of two, relative to the panel width
SHOWN_CLASSES = 20


def maps(
    panels: dict[str, ArrayLike],
    labels: ArrayLike | dict[str, ArrayLike] | None = None,
    columns: int = 4,
    thumbnails: ArrayLike | None = None,
    image_shape: Shape | None = None,
) -> Figure:
    """Points in the plane, coloured by class, with one panel per map.

    Args:
        panels: Dict from the title of a map to its points, `(n, 2)`.
        labels: Array of `n` classes, or a dict of one for each title, or `None`.
        columns: Positive integer, panels side by side.
        thumbnails: Array of shape `(n, ...)` of images to draw in place of some points
            that are far enough apart, or `None`.
        image_shape: `(height, width)` or `(height, width, channels)` of `thumbnails`.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> points = np.random.rand(30, 2)
    >>> figure = tfae.plots.maps({"codes": points}, np.arange(30) % 3)
    """
    panels, thumbnails = as_arrays(panels, "map"), as_array(thumbnails)
    labels = as_arrays(labels) if isinstance(labels, dict) else as_array(labels)
    if thumbnails is not None:
        size = int(np.prod(thumbnails.shape[1:]))
        image_shape = image_shapes.checked(image_shape, size)
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4 * columns + 1, 4.2 * rows))
    axes = figure.subplots(rows, columns, squeeze=False)
    each = labels if isinstance(labels, dict) else dict.fromkeys(panels, labels)
    known = [one for one in each.values() if one is not None]
    classes = np.unique(np.concatenate(known)) if known else []
    few = 0 < len(classes) <= SHOWN_CLASSES
    options = {}
    if few:
        bounds = {"vmin": -0.5, "vmax": len(classes) - 0.5}
        options = {"cmap": class_colours(len(classes)), **bounds}
    coloured = None
    for axis in axes.ravel()[len(panels) :]:
        axis.set_axis_off()
    for axis, (title, points) in zip(axes.ravel(), panels.items(), strict=False):
        own = each[title]
        shown = {} if own is None else {"c": np.searchsorted(classes, own), **options}
        drawn = axis.scatter(*points.T, s=4, alpha=0.7, linewidths=0, **shown)
        coloured = coloured if own is None else drawn
        axis.set(title=title, xticks=[], yticks=[])
        if thumbnails is not None:
            colours = None if own is None else drawn.to_rgba(drawn.get_array())
            _add_thumbnails(axis, points, thumbnails, image_shape, colours)
    if few:
        bar = figure.colorbar(coloured, ax=axes, shrink=0.6, pad=0.01)
        bar.set_ticks(range(len(classes)), labels=classes)
        bar.solids.set_alpha(1)
    return figure


def _add_thumbnails(axis, points, thumbnails, image_shape, colours):
    """Draws the images of points that are far enough apart, framed in their colours."""
    low, high = points.min(axis=0), points.max(axis=0)
    places = (points - low) / np.where(high > low, high - low, 1)
    taken = np.full((1, 2), np.inf)
    height, _, channels = image_shape
    shape = image_shape if channels > 1 else image_shape[:2]
    for index, place in enumerate(places):
        if np.square(place - taken).sum(axis=1).min() < THUMBNAIL:
            continue
        taken = np.vstack([taken, place])
        image = thumbnails[index].reshape(shape)
        picture = OffsetImage(image, zoom=16 / height, cmap="gray_r")
        frame = {"edgecolor": "black" if colours is None else colours[index]}
        axis.add_artist(
            AnnotationBbox(picture, points[index], pad=0.1, bboxprops=frame)
        )
