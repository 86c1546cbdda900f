"""Splits for what learns normal examples alone."""

import numpy as np

from tfae.datasets.series_windows import Windows
from tfae.datasets.split import Part, with_source
from tfae.datasets.tables import Table


def normal_apart(split, is_normal):
    """`split` with normal examples alone in its training and its validation part.

    Anomalies of these are added to the test part, but not windows of a series, which
    may share steps with those that are trained on.

    Args:
        split: `Split`; one without labels stays as it is.
        is_normal: Function of an array of labels that returns which are of normal
            examples.
    """
    if split.train.labels is None:
        return split
    found, moved = {}, [split.test]
    for name in ("train", "valid"):
        part = getattr(split, name)
        kept = is_normal(part.labels)
        found[name] = _rows(part, kept)
        if not isinstance(part, Windows) and not kept.all():
            moved.append(_rows(part, ~kept))
    if len(moved) > 1 and split.test.labels is not None:
        found["test"] = _joined(moved)
    return with_source(split, split.source, **found)


def _rows(part, chosen):
    of_rows = {k: v for k, v in part._asdict().items() if hasattr(v, "shape")}
    return part._replace(**{name: one[chosen] for name, one in of_rows.items()})


def _joined(parts):
    inputs = [part.inputs for part in parts]
    tables = isinstance(inputs[0], Table)
    joined = Table.joined(*inputs) if tables else np.concatenate(inputs)
    return Part(joined, np.concatenate([part.labels for part in parts]))
