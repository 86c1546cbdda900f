"""Names of columns: their checks, and their text in messages."""

import json
from collections import Counter

MOST_COLUMNS = 10_000
MOST_NAMED = 10  # in a message


def check_names(names, source):
    """Raises `ValueError` for too many columns, or duplicate or unprintable names."""
    if len(names) > MOST_COLUMNS:
        raise ValueError(
            f"{source} must have at most {MOST_COLUMNS:,} columns. Received: "
            f"{len(names):,}. Save numbers as an .npy file."
        )
    odd = [name for name in names if not name.isprintable()]
    if odd:
        raise ValueError(
            f"{source} must have columns with printable names. Received: {named(odd)}. "
            "Rename them."
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(
            f"{source} must have columns of different names. Received: {named(twice)} "
            "more than once. Rename them."
        )


def shown(value):
    """A value in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:36]} …"


def named(names):
    """Names of columns in a message."""
    texts = [json.dumps(_shortened(name), ensure_ascii=False) for name in names]
    more = len(texts) - MOST_NAMED
    return ", ".join(texts[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _shortened(name):
    return name if len(name) <= 60 else f"{name[:59]}…"
