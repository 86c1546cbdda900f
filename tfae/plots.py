"""Pictures of a model and its training: arrays in, matplotlib figures out."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator


def reconstructions(originals, outputs, image_shape=None, count=10):
    """Row of originals over the row of their reconstructions.

    Args:
        originals: Array of shape `(n, features)`.
        outputs: Array of the same shape.
        image_shape: `(height, width, channels)`; without it, features are drawn as
            curves.
        count: Integer, number of columns.
    """
    rows = {"original": originals, "reconstruction": outputs}
    return examples(rows, image_shape, "Originals and their reconstructions", count)


def examples(rows, image_shape=None, title="Examples", count=10):
    """Rows of examples that belong together, column by column.

    Args:
        rows: Dict from the label of a row to an array of shape `(n, features)`.
        image_shape: `(height, width, channels)`; without it, features are drawn as
            curves.
        title: Title of the figure.
        count: Integer, number of columns.
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
                axis.plot(np.ravel(example), linewidth=0.8)
                axis.set_xticks([])
            row[0].set_ylabel(label)
    figure.suptitle(title)
    return figure


def grid(values, image_shape=None, title="Examples", columns=8):
    """Examples row by row, without labels.

    Args:
        values: Array of shape `(n, ...)`.
        image_shape: `(height, width, channels)`; without it, features are drawn as
            curves.
        title: Title of the figure.
        columns: Integer, number of columns.
    """
    values = np.asarray(values)
    rows = -(-len(values) // columns)
    figure = Figure(figsize=(0.7 * columns, 0.7 * rows + 0.4), layout="constrained")
    if image_shape:
        _mosaic(figure.subplots(), values, image_shape, columns)
    else:
        axes = np.ravel(figure.subplots(rows, columns, sharex=True, sharey=True))
        for axis, example in zip(axes[: len(values)], values, strict=True):
            axis.plot(np.ravel(example), linewidth=0.8)
            axis.set_xticks([])
        for axis in axes[len(values) :]:
            axis.set_visible(False)
    figure.suptitle(title)
    return figure


def manifold(values, codes, image_shape):
    """Images that two codes make, over the grid of their values.

    Args:
        values: Array of shape `(n * n, ...)`, rows from the highest second code down,
            each from the lowest first code up.
        codes: Array of the `n` values of a code, rising.
        image_shape: `(height, width, channels)`.
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


def loss_by_term(history, title="Loss by term"):
    """Training and validation curve of each term of the loss.

    Args:
        history: Dict from column name to the list of its values by epoch, NaN where
            there is none. Columns `val_…` are the validation curves; a column `layer`
            parts the curves into those of single layers, from 1, and of the whole, 0.
        title: Title of the figure.
    """
    columns = {name: np.asarray(values, float) for name, values in history.items()}
    count = len(next(iter(columns.values())))
    layers = np.nan_to_num(columns.pop("layer", np.zeros(count)))
    columns.pop("epoch", None)
    names = [name for name in columns if not name.startswith("val_")]
    if np.array_equal(
        columns.get("reconstruction", np.nan), columns["loss"], equal_nan=True
    ):
        names.remove("loss")  # one term alone: the same curve twice
    figure = Figure(figsize=(4.2 * len(names), 3.4), layout="constrained")
    for axis, name in zip(
        figure.subplots(1, len(names), squeeze=False)[0], names, strict=True
    ):
        curves = {"training": columns[name]}
        if f"val_{name}" in columns:
            curves["validation"] = columns[f"val_{name}"]
        for layer in sorted(set(layers), key=lambda layer: layer or np.inf):
            _curves(axis, curves, layers == layer, layer if any(layers) else None)
        axis.set(xlabel="epoch", ylabel=name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        if all(np.nanmin(values, initial=1) > 0 for values in curves.values()):
            axis.set_yscale("log")
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    figure.suptitle(title)
    return figure


def _curves(axis, curves, chosen, layer):
    """Draws the epochs `chosen` of the curves, named by their layer if there is one."""
    epochs = np.arange(1, len(chosen) + 1)[chosen]
    marker = "o" if len(chosen) <= 12 else None
    for label, values in curves.items():
        values = values[chosen]
        if np.isnan(values).all():
            continue
        if layer is not None:
            label = f"{f'layer {layer:g}' if layer else 'whole'}, {label}"
        axis.plot(epochs, values, marker=marker, label=label)


def code_scatter(codes, labels=None, title="Codes of the test part"):
    """Codes as points in two or three dimensions, coloured by label.

    Wider codes are projected to their first two principal components.

    Args:
        codes: Array of shape `(n, code_dim)`.
        labels: Array of `n` integers, or `None`.
        title: Title of the figure.
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
        options["cmap"] = _class_colours(len(classes))
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


def filters(kernel, image_shape, count=64):
    """First-layer filters: the incoming weights of each hidden unit as a picture.

    Args:
        kernel: Array of shape `(features, units)`.
        image_shape: `(height, width, channels)` with as many values as features.
        count: Integer, number of units shown; those of largest norm come first.
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
    figure.suptitle(
        f"First-layer filters: {len(order)} of {kernel.shape[1]} units, largest first"
    )
    return figure


def activation_histograms(codes, target=None):
    """How active the code units are: each activation, and each unit's mean.

    Args:
        codes: Dict from the name of a model to its codes, `(n, units)`.
        target: Float, mean activation that was aimed at, or `None`.
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


def singular_values(spectra):
    """Singular values of the Jacobian of the codes, averaged over examples.

    Few large ones: the code follows the inputs in few directions and ignores the rest.

    Args:
        spectra: Dict from the name of a model to an array of shape `(n, values)`, the
            singular values at n examples, largest first.
    """
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    for name, values in spectra.items():
        mean = np.mean(values, axis=0)
        axis.plot(np.arange(1, len(mean) + 1), mean, label=name)
    axis.set(xlabel="singular value, from the largest", ylabel="mean over examples")
    if all(np.mean(values, axis=0)[-1] > 0 for values in spectra.values()):
        axis.set_yscale("log")
    axis.grid(alpha=0.3, which="both")
    axis.legend()
    figure.suptitle("Singular values of ∂codes/∂inputs")
    return figure


def errors_by_labels(rows, title="Error by number of labels"):
    """Mean test error, and the range of the seeds, against the number of labels.

    Args:
        rows: List of dicts of `labels`, `seed` and the errors of each contestant, as
            `tfae.few_labels.compare` returns them.
        title: Title of the figure.
    """
    figure = Figure(figsize=(5.4, 4), layout="constrained")
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


def _class_colours(classes):
    from matplotlib import colormaps

    return colormaps["tab10" if classes <= 10 else "tab20"].resampled(classes)


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
