"""Which examples keep their labels, and how many."""

import numpy as np

from tfae.arguments import is_integer
from tfae.types import Array

COUNTS = (100, 600, 1000, 3000)


def balanced(labels: Array, count: int, seed: int = 0) -> Array:
    """Indices of `count` examples, equally many of each class up to the remainder.

    Args:
        labels: Array of `n` labels.
        count: Integer, number of examples to choose.
        seed: Integer; the same one chooses the same examples.

    Raises:
        ValueError: If `count` is too small, or a class has too few examples.

    Example:
    >>> labels = np.repeat([0, 1, 2], 50)
    >>> chosen = tfae.few_labels.balanced(labels, 30)
    >>> np.bincount(labels[chosen])
    array([10, 10, 10])
    """
    labels = np.asarray(labels)
    classes = np.unique(labels)
    generator = np.random.default_rng(seed)
    if not is_integer(count) or count < len(classes):
        raise ValueError(
            "The number of labels must be at least that of the classes, "
            f"{len(classes)}. Received: {count!r}"
        )
    # The classes with one more example are also drawn.
    shares = np.full(len(classes), count // len(classes))
    shares[generator.permutation(len(classes))[: count % len(classes)]] += 1
    chosen = []
    for one, share in zip(classes, shares, strict=True):
        members = np.flatnonzero(labels == one)
        if len(members) < share:
            raise ValueError(
                f"{count} labels would take {share} of class {one}, which has "
                f"{len(members)}. Ask for fewer, or for all."
            )
        chosen.append(generator.choice(members, share, replace=False))
    return generator.permutation(np.concatenate(chosen))


def usual_counts(labels: Array) -> list[int | str]:
    """Those of 100, 600, 1,000 and 3,000 labels that `balanced` finds, or all."""
    sizes = np.unique(labels, return_counts=True)[1]
    most = sizes.min() * len(sizes)
    return [one for one in COUNTS if len(sizes) <= one <= most] or ["all"]
