"""Shapes of examples: as images, and as inputs of a model."""

import numpy as np

from tfae import image_shapes
from tfae.datasets.checks import check_numbers
from tfae.datasets.split import drawn_shape, with_source
from tfae.types import Shape


def decided(shape, bounds, full_scale, image_shape, flatten, notes):
    """Shape of an example, and the shape of its image or `None`.

    Args:
        shape: Shape of an example of the source.
        bounds: Lowest and highest value, scaled.
        full_scale: Integer, the value scaled to 1.
        image_shape: As for `tfae.datasets.load`, which documents the rule.
        flatten: Boolean, whether examples become vectors.
        notes: List to which a sentence is appended if the shape is a guess.
    """
    shape = tuple(shape)
    if image_shape is False:
        return shape, None
    if image_shape is not None:
        image_shape = image_shapes.checked(image_shape, int(np.prod(shape)))
        return image_shape, image_shape
    drawn, size = image_shapes.of_examples(shape), "×".join(map(str, shape))
    grey = bounds[0] >= 0 and bounds[1] <= 1
    if len(shape) == 1:
        square = image_shapes.square(shape[0]) if grey else None
        if square:
            notes.append(
                f"Examples of {size} values are drawn as curves: image_shape={square} "
                "makes them images."
            )
        return shape, None
    if len(shape) > 2 or not drawn:
        return shape, drawn
    if not (flatten and grey):
        if flatten:
            notes.append(
                f"Examples of {size} with values outside [0, 1] are taken for series "
                f"of {shape[1]} features: image_shape={shape} makes them images."
            )
        return shape, None
    if full_scale != 255:
        notes.append(
            f"Examples of {size} with values in [0, 1] are taken for grey images: "
            "image_shape=False makes them series."
        )
    return shape, drawn


def as_images(split):
    """`split` with examples reshaped from vectors to its `image_shape`.

    Example:
    >>> split = tfae.datasets.as_images(tfae.datasets.load("digits"))
    >>> split.train.inputs.shape
    (1457, 8, 8, 1)
    """
    if split.image_shape is None:
        raise ValueError(
            f"The examples of {split.name} are not images. Received: image_shape=None."
        )
    return _reshape(split, split.image_shape)


def drawn_as(split, image_shape: Shape | bool):
    """`split` with another image shape, or without one, for its plots.

    Args:
        split: `Split` of arrays.
        image_shape: `(height, width)` or `(height, width, channels)`, or `False`.
    """
    check_numbers(split, "Drawing images")
    size = int(np.prod(split.test.inputs.shape[1:]))
    shape = image_shapes.checked(image_shape, size) if image_shape else None
    return with_source(split, split.source, image_shape=shape)


def as_taken(split, shape: Shape | None):
    """`split` with examples of `shape`, if that is their current or original shape.

    Args:
        split: `Split`.
        shape: Shape of a model's inputs, with `None` for any size; or `None` for a
            model of tables.
    """
    if shape is None:
        return split
    for known in filter(None, (split.image_shape, split.example_shape)):
        same_rank = len(known) == len(shape)
        if same_rank and all(b in (None, a) for a, b in zip(known, shape, strict=True)):
            return _reshape(split, known)
    return split


def _reshape(split, shape):
    parts = {
        name: part._replace(inputs=part.inputs.reshape(-1, *shape))
        for name, part in (
            ("train", split.train),
            ("valid", split.valid),
            ("test", split.test),
        )
    }
    image_shape = drawn_shape(split.image_shape, shape)
    return with_source(split, split.source, image_shape=image_shape, **parts)
