"""What a source of data gives, before it is scaled and split."""

from typing import NamedTuple


class Found(NamedTuple):
    """Examples and what is known of them.

    Attributes:
        train: Pair of the inputs and the labels, or `None`, to train on.
        test: Such a pair to test on, or `None`.
        label_names: Tuple of the names of the classes 0, 1, …, or `None`.
        feature_names: Tuple of the names of the columns, or `None`.
    """

    train: tuple
    test: tuple | None = None
    label_names: tuple | None = None
    feature_names: tuple | None = None


def told(names, of=""):
    """Sentence that says which labels stand for which names."""
    known = [f"{number} is {name}" for number, name in enumerate(names)]
    more = f" and {len(known) - 10:,} more" if len(known) > 10 else ""
    return f"Labels{of}: {', '.join(known[:10])}{more}."
