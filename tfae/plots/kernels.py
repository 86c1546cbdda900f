"""Plots of filters and feature maps."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from tfae import image_shapes
from tfae.plots.figures import Figure, as_array, as_arrays
from tfae.plots.images import mosaic


def feature_maps(maps, image=None, title="Feature maps", count=10):
    """Feature maps of one image in the layers of a network, one row per layer.

    Args:
        maps: Dict from the label of a layer to an array `(height, width, channels)`.
        image: Array `(height, width, channels)` to show above them, or `None`.
        title: Title of the figure.
        count: Integer, number of maps shown per layer; the brightest come first.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Example:
    >>> maps = {"convolution": np.random.rand(4, 4, 8)}
    >>> figure = tfae.plots.feature_maps(maps, np.random.rand(8, 8, 1))
    """
    maps, image = as_arrays(maps, "maps"), as_array(image)
    count = min(count, max(values.shape[-1] for values in maps.values()))
    rows = len(maps) + (image is not None)
    figure = Figure(figsize=(max(4, 0.8 * count + 1.4), 0.85 * rows + 0.5))
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


def filters(kernel, image_shape=None, count=64, title="First-layer filters"):
    """Filters: the incoming weights of each unit or feature map as a picture.

    Args:
        kernel: Array of shape `(features, units)`, such as the kernel of a dense layer
            on images; or `(height, width, channels, units)`, that of a convolution.
        image_shape: `(height, width)` or `(height, width, channels)` with as many
            values as features; not needed for a convolution.
        count: Integer, number of units shown; those of largest norm come first.
        title: First part of the title of the figure.

    Returns:
        A `matplotlib.figure.Figure`, which a notebook shows.

    Raises:
        ValueError: If `image_shape` is missing, or has another number of values.

    Example:
    >>> encoder, decoder = tfae.networks.dense(64, [32])
    >>> figure = tfae.plots.filters(encoder.layers[0].kernel, (8, 8))
    """
    kernel = as_array(kernel)
    if kernel.ndim == 4 and image_shape is None:
        image_shape = kernel.shape[:-1]
    kernel = kernel.reshape(-1, kernel.shape[-1])
    if image_shape is None:
        raise ValueError(
            "`image_shape` must be given for the kernel of a dense layer. Received: a "
            f"kernel of {len(kernel)} features. Give it as (28, 28)."
        )
    image_shape = image_shapes.checked(image_shape, len(kernel))
    order = np.argsort(-np.linalg.norm(kernel, axis=0))[:count]
    columns = min(16, len(order))
    rows = -(-len(order) // columns)
    tall = 0.62 * image_shape[0] / image_shape[1]
    figure = Figure(figsize=(max(4, 0.62 * columns + 1), tall * rows + 0.8))
    axis = figure.subplots()
    weights = kernel[:, order].T
    limit = np.abs(weights).max() or 1
    if image_shape[-1] == 1:
        ends = (-limit, limit)
        shown = mosaic(axis, weights, image_shape, columns, ends, "RdBu_r")
        bar = figure.colorbar(shown, ax=axis, shrink=0.8, aspect=8 * rows)
        bar.set_label("weight")
        bar.locator = MaxNLocator(3, symmetric=True)
    else:
        mosaic(axis, 0.5 + weights / (2 * limit), image_shape, columns)
    figure.suptitle(f"{title}: {len(order)} of {kernel.shape[1]} units, largest first")
    return figure
