"""Examples from files, prepared like those of a split."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tfae.datasets import text_files
from tfae.datasets.checks import check_numbers
from tfae.datasets.image_files import SUFFIXES
from tfae.files import read_arrays
from tfae.texts import as_texts, is_text
from tfae.types import PathLike


class NamedExamples(NamedTuple):
    """Examples from files, `(n, ...)`, and the file names."""

    inputs: np.ndarray
    names: list


def read_rows(path: PathLike):
    """The rows of an `.npy` file of numbers, read on access.

    For an `.npz` file, the rows of its array `x`, which is read whole.

    Raises:
        ValueError: If the file does not exist or does not hold numbers.

    Example:
    >>> np.save("rows.npy", np.zeros((3, 64)))
    >>> tfae.datasets.read_rows("rows.npy").shape
    (3, 64)
    """
    path = Path(path)
    if path.suffix not in (".npy", ".npz") or not path.is_file():
        raise ValueError(
            f"{path} does not exist or is not an .npy or .npz file. Save an array with "
            "numpy.save."
        )
    rows = _array(path) if path.suffix == ".npz" else _mapped(path)
    if rows.dtype.kind not in "biuf" or rows.ndim < 2 or 0 in rows.shape:
        raise ValueError(
            f"{path} must hold examples of numbers, one a row. Received: values of "
            f"type {rows.dtype} and shape {rows.shape}."
        )
    return rows


def _mapped(path):
    """The array of an `.npy` file, read on access."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (EOFError, OSError, ValueError) as error:
        raise ValueError(
            f"{path} is damaged or holds objects. Save an array with numpy.save."
        ) from error


def read_queries(query, split):
    """Examples of a query, prepared like the examples of `split`.

    Args:
        query: For a split of texts, a text or the path of a text file. For others, the
            path of an `.npy` file of examples, one per row or a single one, of an
            `.npz` file with such an array `x`, or of an image.
        split: `Split` as loaded.

    Returns:
        Array of shape `(n, ...)`.

    Raises:
        ValueError: If the file does not exist, cannot be read, or holds examples of
            another shape.
    """
    path = Path(query)
    if is_text(split.test.inputs):
        if _is_file(path):
            return as_texts([text_files.read_text(path)[0]])
        if path.suffix.lower() in text_files.SUFFIXES:
            raise ValueError(
                f"{query} does not exist. Give a text, or the path of a text file."
            )
        return as_texts([str(query)])
    check_numbers(split, "A search by a file")
    if not _is_file(path):
        raise ValueError(
            f"{query} does not exist. Give an .npy or .npz file, or an image."
        )
    if path.suffix.lower() in SUFFIXES:
        values = _image(path, split.image_shape)
    else:
        values = _array(path)
    # Scaled as in `load`: bytes other than zeros and ones.
    if values.dtype == np.uint8 and values.max(initial=0) > 1:
        _check_unit_range(split, path)
        values = values / np.float32(255)
    rows = _rows(values.astype("float32"), split, path)
    if _are_binary(split.test.inputs) and not _are_binary(rows):
        raise ValueError(
            f"The examples of {split.name} are zeros and ones. Received: {path} with "
            "values between. Binarize them."
        )
    return rows


def _are_binary(values):
    return bool(np.isin(values, (0, 1)).all())


def _check_unit_range(split, path):
    low, high = split.test.inputs.min(), split.test.inputs.max()
    if low < 0 or high > 1:
        raise ValueError(
            f"The examples of {split.name} have values from {low:g} to {high:g}. "
            f"Received: {path} of bytes, which stand for values in [0, 1]. Give an "
            ".npy file of numbers."
        )


def _is_file(path):
    try:
        return path.is_file()
    except OSError:  # a text that is too long for a name
        return False


def _array(path):
    try:
        found = read_arrays(path)
    except Exception as error:  # NumPy's, of many kinds
        raise ValueError(
            f"{path} is not an .npy file, or .npz file with an array x. Save an array "
            "with numpy.save."
        ) from error
    if isinstance(found, dict) and "x" not in found:
        raise ValueError(
            f"{path} must hold an array named x. Received: "
            f"{', '.join(found) or 'no arrays'}. Save the one to use as x."
        )
    values = found["x"] if isinstance(found, dict) else found
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"{path} must hold numbers. Received: values of type {values.dtype}"
        )
    return values


def _image(path, image_shape):
    import tensorflow as tf

    if image_shape is None:
        raise ValueError(f"The data are not images. Received: {path}. Give .npy rows.")
    try:
        channels = image_shape[-1] if image_shape[-1] in (1, 3, 4) else 0
        return tf.io.decode_image(
            path.read_bytes(), channels=channels, expand_animations=False
        ).numpy()
    except tf.errors.OpError as error:
        raise ValueError(
            f"{path} cannot be read as an image. Give another one."
        ) from error


def _rows(values, split, path):
    """Values as rows with the shape of the split's examples."""
    shape = split.test.inputs.shape[1:]
    known = {shape, split.image_shape, split.example_shape} - {None}
    if split.image_shape and split.image_shape[-1] == 1:
        known.add(split.image_shape[:-1])
    if values.ndim and not len(values):
        raise ValueError(f"{path} holds no examples. Give at least one.")
    for one in known:
        if values.shape == tuple(one) or values.shape[1:] == tuple(one):
            return values.reshape(-1, *shape)
    raise ValueError(
        f"Queries must be examples of shape {tuple(shape)}. Received: {path} with an "
        f"array of shape {values.shape}."
    )
