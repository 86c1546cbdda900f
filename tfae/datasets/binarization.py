"""Binarization of grey values in [0, 1], as in the papers."""

import dataclasses
from typing import Literal

import numpy as np

from tfae.datasets.checks import check_numbers
from tfae.datasets.streamed_images import check_in_memory

WAYS = ("threshold", "fixed", "dynamic")


def binarize(
    split, how: Literal["threshold", "fixed", "dynamic"] | None = None, seed: int = 0
):
    """`split` with binarized values.

    Args:
        split: `Split` with values in [0, 1].
        how: `"threshold"`, 1 above one half; `"fixed"`, 1 with the value as its
            probability, drawn once; `"dynamic"`, as `"fixed"` for the validation and
            the test part, while the training part keeps its values, from which
            `batches(…, draw=True)` draws in every epoch; or `None` for no change.
        seed: Integer, seed of the random draws.

    Returns:
        A `Split`.

    Raises:
        ValueError: If `how` is unknown, or a value is outside [0, 1].

    Example:
    >>> grey = tfae.datasets.load("digits")
    >>> np.unique(tfae.datasets.binarize(grey, "fixed").test.inputs)
    array([0., 1.], dtype=float32)
    """
    if how is None:
        return split
    if how not in WAYS:
        raise ValueError(
            f"`how` must be one of {', '.join(WAYS)}, or None. Received: how={how!r}"
        )
    check_numbers(split, "Binarizing")
    if how != "dynamic":
        check_in_memory(split, "Binarizing ahead of training")
    generator = np.random.default_rng(seed)
    found = {}
    for name in ("valid", "test", "train"):
        part = getattr(split, name)
        low, high = part.inputs.min(), part.inputs.max()
        if low < 0 or high > 1:
            raise ValueError(
                f"Only values in [0, 1] can be binarized. Received: "
                f"{split.name} with values from {low:g} to {high:g}. Scale the data, "
                "or leave binarize out."
            )
        if (name, how) == ("train", "dynamic"):
            continue
        limit = 0.5
        if how != "threshold":
            limit = generator.random(part.inputs.shape, dtype="float32")
        ones = (part.inputs > limit).astype("float32")
        found[name] = part._replace(inputs=ones)
    return dataclasses.replace(split, **found)
