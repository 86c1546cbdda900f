"""Loads a data set by name or path; the only place that scales and splits."""

from collections.abc import Sequence

import numpy as np

from tfae.arguments import check_integers, plain
from tfae.datasets import shapes, sources, table_choice
from tfae.datasets.checks import check_values
from tfae.datasets.scaling import full_scale_of, scaled
from tfae.datasets.split import Part, Split, split_rows, with_source
from tfae.datasets.tables import Table, is_frame
from tfae.texts import as_texts, is_text
from tfae.types import Shape


def load(
    source="digits",
    validation: int | None = None,
    flatten: bool = True,
    columns: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    label: str | None = None,
    categories: Sequence[str] = (),
    image_shape: Shape | bool | None = None,
) -> Split:
    """Loads and splits a data set by name or path, and scales images to [0, 1].

    Image files and arrays of bytes, `uint8`, are treated as images and divided by 255,
    unless they hold only zeros and ones; all other values are left unchanged. If the
    source has no test part, a tenth of its examples becomes one. The validation part is
    the last `validation` training examples. The split is the same at every call.

    Examples of shape `(height, width, channels)`, with 1, 3 or 4 channels, are plotted
    as images. The shape `(a, b)` is ambiguous: bytes and values in [0, 1] are treated
    as grey images, other values as series of b features. Vectors are not images. The
    `notes` of the split mention such a guess, and `image_shape` overrides it.

    Args:
        source: `"digits"` (8×8 images embedded in scikit-learn), `"points"` (200 of 3
            features, near a plane), `"breast_cancer"` (30 raw columns; label 1:
            malignant), `"wine"` (13 raw columns; label 1: all 59 wines of the first
            cultivar; ODDS keeps ten of them), `"digit_8"` (the digits; label 1: an 8),
            `"faults"` (200 windows of 50 steps of six sensors; `read_series` makes
            others), the name of an image data set of TensorFlow Datasets such as
            `"mnist"`, an `.npy` file of shape `(n, ...)`, an `.npz` file with arrays
            `x` or `x_train` and `x_test` (labels `y`, `y_train`, `y_test`) or with a
            single unnamed array of `numpy.savez`, or a folder of images or texts (one
            subfolder per class, or none; for texts also subfolders `train` and `test`
            of this structure). `"newsgroups"` are the texts of 20 Newsgroups. A `.csv`
            or `.parquet` file, or a pandas or polars frame, is a table, and the parts
            are `tfae.datasets.Table`s.
        validation: Integer, number of validation examples; 0 to train on all training
            examples and use the test part for validation, too. Defaults to a tenth of
            the training examples.
        flatten: Boolean, whether examples become vectors. Defaults to `True`.
        columns: List of names of the table columns to use, or `None`.
        drop: List of names of table columns to leave out.
        label: Name of the table column of labels, or `None`. Texts become integers in
            sorted order.
        categories: List of names of columns of texts or whole numbers that are
            categories. Columns of text with up to 100 values, at least two rows per
            value, need not be named.
        image_shape: `(height, width)` or `(height, width, channels)` of image examples,
            such as `(28, 28)` for rows of 784 pixels; `False` for examples that are not
            images; or `None` for the rule above.

    Returns:
        A `Split`.

    Raises:
        ValueError: If the source is unknown or cannot be downloaded or read; if it
            holds fewer than 10 examples, NaN or infinite values, or images of several
            sizes; or if a table has unusable columns.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> split.train.inputs.shape
    (1457, 64)
    """
    options = table_choice.options(columns, drop, label, categories)
    notes, asked = [], validation
    found = sources.read(source, notes, options)
    train, test = (arrays and Part(*arrays) for arrays in (found.train, found.test))
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
    shape = drawn = None
    if texts or table:
        _check_no_images(source, image_shape)
    else:
        bounds = train.inputs.min(), train.inputs.max()
        shape, drawn = shapes.decided(
            train.inputs.shape[1:], bounds, full_scale, image_shape, flatten, notes
        )
        kept = (-1, *(shape if not flatten else (int(np.prod(shape)),)))
        parts = [part._replace(inputs=part.inputs.reshape(kept)) for part in parts]
    split = Split(
        source,
        *parts,
        image_shape=drawn,
        notes=tuple(notes),
        example_shape=None if table else train.inputs.shape[1:] if texts else shape,
        full_scale=full_scale,
        label_names=found.label_names,
        feature_names=found.feature_names,
    )
    if image_shape is not None:
        options = {**options, "image_shape": plain(image_shape)}
    made = {"data": data, "validation": asked, "reading": options or None}
    return with_source(split, None if data is None else made)


def _check_no_images(source, image_shape):
    if image_shape is not None:
        raise ValueError(
            f"`image_shape` is for arrays of numbers. Received: {source}, a table or "
            "texts. Leave it out, or save the pixels with numpy.save."
        )


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
