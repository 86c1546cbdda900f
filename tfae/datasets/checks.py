"""Checks of the arrays of a source."""

import numpy as np

from tfae.datasets.tables import Table
from tfae.texts import as_texts, is_text
from tfae.types import ArrayLike


def check_values(source, inputs, labels=None):
    """Raises `ValueError` for arrays that are not finite examples, or not texts.

    Tables are checked when they are read.
    """
    if isinstance(inputs, Table):
        check_count(source, inputs.shape)
        return
    if is_text(inputs):
        as_texts(inputs, source)
        check_count(source, (*inputs.shape, 1))
        _check_labels(source, inputs, labels)
        return
    if inputs.dtype.kind not in "biuf":
        raise ValueError(
            f"{source} must hold numbers. Received: values of type {inputs.dtype}"
        )
    if inputs.ndim < 2:
        raise ValueError(
            f"{source} must hold one example a row, in an array of rank 2 or more. "
            f"Received: shape {inputs.shape}. Labels alone cannot be reconstructed."
        )
    check_count(source, inputs.shape)
    _check_labels(source, inputs, labels)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        finite = np.isfinite(inputs.astype("float32"))
    if not finite.all():
        row = int(np.argwhere(~finite)[0][0])
        raise ValueError(
            f"{source} holds {int((~finite).sum())} NaN or infinite values, the first "
            f"in row {row}. Remove or fill them before training."
        )


def as_trained(name: str, found, full_scale: int | None):
    """The byte value scaled to 1, as in training if that is known.

    Args:
        name: What the message calls the examples, which are bytes.
        found: Integer, 255 for bytes above 1, and 1 for zeros and ones.
        full_scale: Integer, the value in training, or `None` if unknown.

    Raises:
        ValueError: If bytes above 1 are given to a model trained on other values.
    """
    if full_scale is not None and full_scale < found:
        raise ValueError(
            "The model was trained on values that were not divided by 255. Received: "
            f"bytes above 1 of {name}. Save them as float32, in the units of the "
            "training."
        )
    return found if full_scale is None else full_scale


def check_unit_range(name: str, values: ArrayLike, full_scale: int | None) -> None:
    """Raises `ValueError` for values beyond [0, 1] if the model was trained on bytes.

    Args:
        name: What the message calls the examples.
        values: Array of values of another type than bytes.
        full_scale: As for `as_trained`.
    """
    if full_scale == 255 and values.size:
        low, high = values.min(), values.max()
        if low < 0 or high > 1:
            raise ValueError(
                "The model was trained on bytes divided by 255, and so on values in "
                f"[0, 1]. Received: {name} of {values.dtype}, from {low:g} to "
                f"{high:g}. Divide them by 255, or save them as uint8."
            )


def check_varied(split) -> None:
    """Raises `ValueError` if all training examples are equal."""
    inputs = split.train.inputs
    if isinstance(inputs, np.ndarray) and (inputs == inputs[:1]).all():
        raise ValueError(
            f"All {len(inputs)} training examples of {split.name} are equal. "
            "There is nothing to learn."
        )


def check_rows(inputs, targets):
    """Raises `ValueError` for inputs that are not arrays, or for too few targets."""
    if not np.ndim(inputs):
        raise ValueError(
            "`inputs` must be an array with the examples as rows. Received: an object "
            "of no length."
        )
    if targets is not None and np.shape(targets)[:1] != (len(inputs),):
        raise ValueError(
            "`targets` must hold a target for each example. Received: targets of shape "
            f"{np.shape(targets)} for {len(inputs)} examples."
        )


def check_numbers(split, what: str) -> None:
    """Raises `ValueError` if a split holds texts or a table instead of numbers."""
    table = isinstance(split.train.inputs, Table)
    if table or is_text(split.train.inputs):
        raise ValueError(
            f"{what} needs numeric data. Received: {split.name}, which holds "
            f"{'columns of a table' if table else 'texts'}. Remove this setting."
        )


def _check_labels(source, inputs, labels):
    if labels is not None and labels.shape != inputs.shape[:1]:
        raise ValueError(
            f"{source} must hold one label an example. Received: labels of shape "
            f"{labels.shape} for {len(inputs)} examples"
        )


def check_count(source, shape):
    """Raises `ValueError` for fewer than 10 examples, or for empty ones."""
    if shape[0] < 10 or 0 in shape:
        raise ValueError(
            f"{source} must hold at least 10 examples. Received: shape {shape}"
        )
