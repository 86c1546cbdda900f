"""The three parts of a data set: scaled and cut here and nowhere else."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfae.arguments import check_integers
from tfae.datasets import describing, sources, table_choice
from tfae.datasets.checks import check_values
from tfae.datasets.scaling import full_scale_of, scaled
from tfae.datasets.tables import Table, is_frame
from tfae.texts import as_texts, is_text


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

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> split.test
    Part(inputs=(179, 64) float32 in [0, 1], labels=(179,) int64, 10 classes)
    >>> inputs, labels = split.test
    """

    name: str
    train: Part
    valid: Part
    test: Part
    image_shape: tuple | None = None
    notes: tuple = ()
    example_shape: tuple | None = None
    full_scale: int | None = None
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


def with_source(split, source, **fields):
    """A copy of `split` that `load` makes again from `source`, with other `fields`."""
    copy = dataclasses.replace(split, **fields)
    object.__setattr__(copy, "source", source)
    return copy


def load(
    source="digits",
    validation: int | None = None,
    flatten: bool = True,
    columns: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    label: str | None = None,
    categories: Sequence[str] = (),
) -> Split:
    """Data set by name or path, split, and images scaled to [0, 1].

    Image files and arrays of bytes, `uint8`, are taken for images and divided by 255,
    unless they hold zeros and ones only; all other values are left as they are. Where
    the source has no test part, a tenth of its examples becomes one. The validation
    part is the last `validation` training examples. The split is the same at every
    call.

    Args:
        source: `"digits"` (8×8 images embedded in scikit-learn), `"points"` (200 of 3
            features, near a plane), `"breast_cancer"` (30 raw columns; label 1:
            malignant), `"wine"` (13 raw columns; label 1: the first cultivar, all 59 of
            it, of which ODDS keeps ten), `"digit_8"` (the digits; label 1: an 8),
            `"faults"` (200 windows of 50 steps of six sensors; `read_series` makes
            others), the name of an image data set of TensorFlow Datasets such as
            `"mnist"`, an `.npy` file of shape `(n, ...)`, an `.npz` file with arrays
            `x` or `x_train` and `x_test` (labels `y`, `y_train`, `y_test`), or a folder
            of images or of texts (one subfolder a class, or none; of texts also the
            subfolders `train` and `test` of such). `"newsgroups"` are the texts of 20
            Newsgroups. A `.csv` or `.parquet` file, or a frame of pandas or polars, is
            a table, and the parts are `tfae.datasets.Table`s.
        validation: Integer, number of validation examples; 0 to train on all training
            examples, and have the test part for the validation part, too. Defaults to a
            tenth of the training examples.
        flatten: Boolean, whether examples become vectors. Defaults to `True`.
        columns: List of names of the columns of a table that are used, or `None`.
        drop: List of names of columns of a table that are left out.
        label: Name of the column of a table that holds labels, or `None`. Texts become
            integers in sorted order.
        categories: List of names of columns of texts or whole numbers that are
            categories. Columns of text with up to 100 values, two rows or more a value,
            need not be named.

    Returns:
        A `Split`.

    Raises:
        ValueError: If the source is unknown, cannot be had or read, holds fewer than
            10 examples, or NaN or infinite values, or images of several sizes; or a
            table has columns that cannot be used.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> split.train.inputs.shape
    (1457, 64)
    """
    options = table_choice.options(columns, drop, label, categories)
    notes, asked = [], validation
    found = sources.read(source, notes, options)
    train, test = (arrays and Part(*arrays) for arrays in found)
    data = None if is_frame(source) else str(source)
    source = data or type(source).__name__
    for part in filter(None, (train, test)):
        check_values(source, *part)
    if test is not None and test.inputs.shape[1:] != train.inputs.shape[1:]:
        raise ValueError(
            f"{source} must hold test examples of the training examples' shape, "
            f"{train.inputs.shape[1:]}. Received: {test.inputs.shape[1:]}"
        )
    if test is None:
        train, test = _hold_out_test(train)
    texts, table = is_text(train.inputs), isinstance(train.inputs, Table)
    full_scale = None
    if texts:
        train, test = (
            part._replace(inputs=as_texts(part.inputs)) for part in (train, test)
        )
    elif not table:
        full_scale = full_scale_of(source, train, test, notes)
        train, test = (scaled(part, full_scale) for part in (train, test))
    if validation is not None:
        check_integers(0, validation=validation)
    else:
        validation = max(1, len(train.inputs) // 10)
    if validation >= len(train.inputs):
        raise ValueError(
            f"`validation` must be between 0 and {len(train.inputs) - 1} for {source}. "
            f"Received: validation={validation}. Choose a smaller validation part."
        )
    parts = [train, test, test]
    if validation:
        parts = [_cut(train, None, -validation), _cut(train, -validation, None), test]
    shape = None if table else train.inputs.shape[1:]
    image_shape = None if table else shape_of_images(shape)
    if flatten and not texts and not table:
        parts = [Part(x.reshape(len(x), -1), labels) for x, labels in parts]
    elif not table:
        image_shape = drawn_shape(image_shape, shape)
    split = Split(
        source,
        *parts,
        image_shape=image_shape,
        notes=tuple(notes),
        example_shape=shape,
        full_scale=full_scale,
    )
    made = {"data": data, "validation": asked, "reading": options or None}
    return with_source(split, None if data is None else made)


def split_rows(count, most=None):
    """Positions of `count` examples to train on, and to test on: a tenth, or `most`."""
    from sklearn.model_selection import train_test_split

    size = max(1, count // 10)
    size = size if most is None else min(size, most)
    return train_test_split(np.arange(count), test_size=size, random_state=0)


def _hold_out_test(part):
    rows, test_rows = split_rows(len(part.inputs))

    def pick(rows):
        return Part(
            part.inputs[rows], None if part.labels is None else part.labels[rows]
        )

    return pick(rows), pick(test_rows)


def _cut(part, start, stop):
    labels = None if part.labels is None else part.labels[start:stop]
    return Part(part.inputs[start:stop], labels)


def drawn_shape(image_shape, shape):
    """`image_shape`, or `None` of a series, (time, features)."""
    return None if len(shape) == 2 else image_shape


def shape_of_images(shape):
    """`(height, width, channels)` of examples of a shape, or `None` of no images."""
    shape = (*shape, 1) if len(shape) == 2 else tuple(shape)
    is_image = len(shape) == 3 and min(shape[:2]) > 1 and shape[2] in (1, 3, 4)
    return shape if is_image else None
