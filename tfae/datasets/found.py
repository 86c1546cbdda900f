"""Raw examples of a data source, before scaling and splitting."""

from typing import NamedTuple


class Found(NamedTuple):
    """Examples and their metadata.

    Attributes:
        train: Pair of the training inputs and their labels or `None`.
        test: Such a pair of test examples, or `None`.
        label_names: Tuple of the names of the classes 0, 1, …, or `None`.
        feature_names: Tuple of the names of the columns, or `None`.
    """

    train: tuple
    test: tuple | None = None
    label_names: tuple | None = None
    feature_names: tuple | None = None


def told(names, of=""):
    """Sentence that maps labels to class names."""
    known = [f"{number} is {name}" for number, name in enumerate(names)]
    more = f" and {len(known) - 10:,} more" if len(known) > 10 else ""
    return f"Labels{of}: {', '.join(known[:10])}{more}."
