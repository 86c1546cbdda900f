"""Maps of several models' codes side by side, with quality figures."""

import time

import numpy as np

from tfae import evaluation, plots
from tfae.arguments import has
from tfae.evaluation import maps, probes

INPUTS = "inputs"


def draw(
    models,
    part,
    methods,
    image_shape=None,
    thumbnails=False,
    watch=None,
    label_names=None,
    **options,
):
    """Maps of the codes of `models`, with figures of their quality.

    Two-dimensional codes are drawn unchanged.

    Args:
        models: Dict from the name of a model to the model, or to `None` for the inputs
            themselves.
        part: `tfae.datasets.Part` with the examples to map.
        methods: Names of `tfae.evaluation.maps.METHODS`.
        image_shape: `(height, width, channels)` of an example, or `None`.
        thumbnails: Boolean, whether to draw some examples in place of points.
        watch: Function to call with the description of each map before it is computed,
            such as `"inputs by tsne"`, or `None`.
        label_names: Tuple of the names of the classes 0, 1, …, or `None`.
        **options: As for `tfae.evaluation.maps.project`.

    Returns:
        Tuple of the figure; the maps, a dict from title to array `(n, 2)`; and a list
        of rows, dicts of `codes`, `method`, `seconds`, the figures of
        `tfae.evaluation.maps.kept` relative to the inputs (for texts, to the codes),
        and `nearest_neighbour_error`.

    Raises:
        ValueError, ImportError: As `tfae.evaluation.maps.project`.
    """
    if thumbnails and not image_shape:
        raise ValueError(
            "`thumbnails` takes images. Received: examples that are not images. Leave "
            "it out."
        )
    texts = not probes.has_numbers(part.inputs)
    if texts and None in models.values():
        raise ValueError("Texts cannot be mapped without a model. Leave `inputs` out.")
    found, rows = {}, []
    for name, model in models.items():
        codes = part.inputs if model is None else evaluation.encode(model, part.inputs)
        codes = maps.checked(codes)
        as_they_are = codes.shape[1] == 2
        for method in ("none",) if as_they_are else methods:
            if watch and not as_they_are:
                watch(f"{name} by {method}")
            start = time.perf_counter()
            mapped = codes if as_they_are else maps.project(codes, method, **options)
            seconds = time.perf_counter() - start
            row = {"codes": name, "method": method, "seconds": round(seconds, 2)}
            row |= maps.kept(codes if texts else _beside(model, part), mapped)
            if part.labels is not None:
                error = maps.nearest_neighbour_error(mapped, part.labels)
                row["nearest_neighbour_error"] = error
            rows.append(row)
            found[name if as_they_are else f"{name}: {method}"] = mapped
    named = label_names is not None and part.labels is not None
    figure = plots.maps(
        found,
        np.asarray(label_names)[part.labels] if named else part.labels,
        columns=max(2, len(methods)),
        thumbnails=np.asarray(part.inputs) if thumbnails else None,
        image_shape=image_shape,
    )
    return figure, found, rows


def _beside(model, part):
    """The inputs to compare a map with, in the form the model is trained on."""
    if model is None or not has(model, "prepared"):
        return part.inputs
    return evaluation.in_batches(model.prepared, part.inputs)
