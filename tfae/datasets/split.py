"""The three parts of a data set, and what is known of them."""

import dataclasses
from typing import NamedTuple

import numpy as np

from tfae.datasets import describing
from tfae.datasets.tables import Table


class Part(NamedTuple):
    """Examples and labels or `None`.

    Examples are float32, `(n, ...)`, or strings, `(n,)`, or a `Table`.
    """

    inputs: np.ndarray | Table
    labels: np.ndarray | None = None

    def __repr__(self):
        return describing.part(self.inputs, self.labels)


@dataclasses.dataclass(frozen=True)
class Split:
    """A data set in its three parts.

    Attributes:
        name: Name or path it was loaded from.
        train: `Part` to train on.
        valid: `Part` to choose settings and stop early on.
        test: `Part` to report on.
        image_shape: `(height, width, channels)` of an example, or `None`.
        example_shape: Shape of an example before it became a vector, or `None`.
        full_scale: Integer, the value that became 1: 255 of bytes, 1 of values that are
            left as they are, or `None` if that is not known.
        source: Dict of `data`, `validation` and `reading`, the fields of a recipe by
            which the split is made again; `None` of arrays that have no such name, and
            of a copy with other fields, as of `dataclasses.replace`.
        notes: Sentences that tell what was done to the values.
        label_names: Tuple of the names of the classes that the labels 0, 1, … stand
            for, such as those of the folders of images, or `None`.
        feature_names: Tuple of the names of the columns, or of the features of a
            series, where examples are arrays of numbers; or `None`.
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
        """A copy with names of the columns, or this split where these are `None`."""
        if names is None:
            return self
        return with_source(self, self.source, feature_names=tuple(names))

    def named(self, labels):
        """Array of the names of the classes of labels, or of labels without names.

        Args:
            labels: Sequence of integers.
        """
        labels = np.asarray(labels)
        known = self.label_names and labels.size and labels.dtype.kind in "iu"
        if not known or labels.min() < 0 or labels.max() >= len(self.label_names):
            return labels
        return np.asarray(self.label_names)[labels]


def with_source(split, source, **fields):
    """A copy of `split` that `load` makes again from `source`, with other `fields`."""
    copy = dataclasses.replace(split, **fields)
    object.__setattr__(copy, "source", source)
    return copy


def split_rows(count, most=None):
    """Positions of `count` examples to train on, and to test on: a tenth, or `most`."""
    from sklearn.model_selection import train_test_split

    size = max(1, count // 10)
    size = size if most is None else min(size, most)
    return train_test_split(np.arange(count), test_size=size, random_state=0)


def drawn_shape(image_shape, shape):
    """`image_shape`, or `None` of a series, (time, features)."""
    return None if len(shape) == 2 else image_shape
