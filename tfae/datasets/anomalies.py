"""Splits for detectors, which train on normal examples only."""

import numpy as np

from tfae.datasets.series_windows import Windows
from tfae.datasets.split import Part, with_source
from tfae.datasets.tables import Table
from tfae.evaluation import calibration
from tfae.types import ArrayLike, PathLike


def normal_apart(split):
    """`split` with only normal examples in its training and validation parts.

    Their anomalies are added to the test part, and their normal examples are shuffled
    over the two parts, since the examples of a file may be sorted. Windows of a series
    stay in their part; anomalous windows may share steps with training windows, and are
    left out. The result is the same at every call.

    Args:
        split: `Split` with labels 1 for anomalies and 0 for normal examples. A split
            without labels is returned unchanged.
    """
    if split.train.labels is None:
        return split
    parts = {"train": split.train, "valid": split.valid}
    kept = {k: calibration.normal(p.labels, len(p.labels)) for k, p in parts.items()}
    found = {name: rows_of(part, kept[name]) for name, part in parts.items()}
    if not isinstance(split.train, Windows):
        normal = _joined([found["train"], found["valid"]])
        order = np.random.default_rng(0).permutation(len(normal.labels))
        count = len(found["train"].labels)
        found = {
            "train": rows_of(normal, order[:count]),
            "valid": rows_of(normal, order[count:]),
        }
        if split.test.labels is not None:
            moved = [rows_of(part, ~kept[name]) for name, part in parts.items()]
            found["test"] = _joined([split.test, *moved])
    return with_source(split, split.source, **found)


def check_no_classes(folder: PathLike, labels: ArrayLike | None) -> None:
    """Raises `ValueError` for a folder of classes, none of which is marked as normal.

    Args:
        folder: Path of a folder.
        labels: Array of class numbers, or `None` without classes.
    """
    if labels is not None:
        raise ValueError(
            f"{folder} has several classes, and it is unknown which class is normal. "
            "Give a folder of normal images without subfolders."
        )


def rows_of(part, chosen):
    """The selected examples of a part, with their labels and other fields."""
    of_rows = {k: v for k, v in part._asdict().items() if hasattr(v, "shape")}
    return part._replace(**{name: one[chosen] for name, one in of_rows.items()})


def _joined(parts):
    parts = [part for part in parts if len(part.labels)]
    inputs = [part.inputs for part in parts]
    tables = isinstance(inputs[0], Table)
    joined = Table.joined(*inputs) if tables else np.concatenate(inputs)
    return Part(joined, np.concatenate([part.labels for part in parts]))
