"""Splits with examples of another shape: images, or what a model takes."""

from tfae.datasets.split import drawn_shape, with_source
from tfae.types import Shape


def as_images(split):
    """`split` with examples of its `image_shape` in the place of vectors.

    Example:
    >>> split = tfae.datasets.as_images(tfae.datasets.load("digits"))
    >>> split.train.inputs.shape
    (1457, 8, 8, 1)
    """
    if split.image_shape is None:
        raise ValueError(
            f"The examples of {split.name} are no images. Received: image_shape=None."
        )
    return _reshape(split, split.image_shape)


def as_taken(split, shape: Shape | None):
    """`split` with examples of `shape`, where it is one that they have or had.

    Args:
        split: `Split`.
        shape: Shape of the examples that a model takes, with `None` for any size; or
            `None` of one that takes tables.
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
