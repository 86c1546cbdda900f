"""The three parts of a data set, and their metadata."""

import dataclasses
from typing import NamedTuple

import numpy as np

from tfae.datasets import describing
from tfae.datasets.tables import Table


class Part(NamedTuple):
    """Examples, and labels or `None`.

    Examples are float32, `(n, ...)`, or strings, `(n,)`, or a `Table`.
    """

    inputs: np.ndarray | Table
    labels: np.ndarray | None = None

    def __repr__(self):
        return describing.part(self.inputs, self.labels)


@dataclasses.dataclass(frozen=True)
class Split:
    """A data set in three parts.

    Attributes:
        name: Name or path it was loaded from.
        train: `Part` for training.
        valid: `Part` for choosing settings and for early stopping.
        test: `Part` for the reported figures.
        image_shape: `(height, width, channels)` of an example, or `None`.
        example_shape: Shape of an example before it became a vector, or `None`.
        full_scale: Integer, the value scaled to 1: 255 for bytes, 1 for values that are
            left unchanged, or `None` if unknown.
        source: Dict of `data`, `validation` and `reading`, the recipe fields from which
            the split can be loaded again; `None` for arrays without a name, and for
            modified copies, such as those made by `dataclasses.replace`.
        notes: Sentences on the preprocessing of the values.
        label_names: Tuple of the names of the classes 0, 1, …, such as the names of the
            image folders, or `None`.
        feature_names: Tuple of the names of the columns, or of the features of a
            series, if examples are arrays of numbers; or `None`.
    """

    name: str
    train: Part
    valid: Part
    test: Part
    image_shape: tuple | None = None
    notes: tuple = ()
    example_shape: tuple | None = None
    full_scale: int | None = None
    label_names: tuple | None = None
    feature_names: tuple | None = None
    source: dict | None = dataclasses.field(default=None, init=False, compare=False)

    def __repr__(self):
        return describing.split(self)

    @property
    def everything(self) -> Part:
        """All examples as one `Part`, in the order train, valid, test."""
        parts = (self.train, self.valid, self.test)
        labels = None
        if all(part.labels is not None for part in parts):
            labels = np.concatenate([part.labels for part in parts])
        inputs = [part.inputs for part in parts]
        if isinstance(self.train.inputs, Table):
            return Part(Table.joined(*inputs), labels)
        return Part(np.concatenate(inputs), labels)

    def with_names(self, names):
        """A copy with these names of the columns, or this split if they are `None`."""
        if names is None:
            return self
        return with_source(self, self.source, feature_names=tuple(names))

    def named(self, labels):
        """Array of the class names of labels, or the labels if there are no names.

        Args:
            labels: Sequence of integers.
        """
        labels = np.asarray(labels)
        known = self.label_names and labels.size and labels.dtype.kind in "iu"
        if not known or labels.min() < 0 or labels.max() >= len(self.label_names):
            return labels
        return np.asarray(self.label_names)[labels]


def with_source(split, source, **fields):
    """A copy of `split` with other `fields`, which can be loaded from `source`."""
    copy = dataclasses.replace(split, **fields)
    object.__setattr__(copy, "source", source)
    return copy


def split_rows(count, most=None):
    """Positions of the training and test part; the latter is a tenth, or `most`."""
    from sklearn.model_selection import train_test_split

    size = max(1, count // 10)
    size = size if most is None else min(size, most)
    return train_test_split(np.arange(count), test_size=size, random_state=0)


def drawn_shape(image_shape, shape):
    """`image_shape`, or `None` for a series, (time, features)."""
    return None if len(shape) == 2 else image_shape
