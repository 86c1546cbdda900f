"""Texts: their checks, and their words."""

import re

import numpy as np

# Letters, and some letter-like numbers, such as ².
_RUNS = re.compile(r"[^\W\d_]+")


def is_text(inputs):
    """Whether an array holds strings, one a row."""
    return inputs.ndim == 1 and inputs.dtype.kind in "OUST"


def as_texts(texts, name="texts"):
    """Converts texts to an array of Python strings.

    Args:
        texts: Array of strings or bytes (UTF-8), eager tensor or list of these.
        name: Name of the texts in the message.

    Returns:
        Array of objects, `(n,)`.

    Raises:
        ValueError: If the values are not texts, or not one per row.
    """
    found = texts.numpy() if hasattr(texts, "numpy") else texts
    if isinstance(found, (list, tuple)):
        found = np.array(found, object)
    shape = getattr(found, "shape", None)
    values = found.ravel() if isinstance(found, np.ndarray) else [found]
    if shape is None or len(shape) != 1:
        raise ValueError(
            "The model takes texts, an array of strings, one a row. Received: "
            f"{name} of type {type(texts).__name__} and shape {shape}."
        )
    for row, value in enumerate(values):
        if not isinstance(value, str | bytes):
            raise ValueError(
                f"The model takes texts, an array of strings. Received: {name} with "
                f"{value!r} of type {type(value).__name__} in row {row}."
            )
    texts = [x.decode(errors="replace") if isinstance(x, bytes) else x for x in values]
    return np.array([*map(str, texts), None], object)[:-1]  # or NumPy adds axes


def words_of(text):
    """Words of a text: runs of letters, in lower case."""
    for run in _RUNS.findall(text.lower()):
        if run.isalpha():
            yield run
        else:
            yield from "".join(x if x.isalpha() else " " for x in run).split()
