"""Statistics of the columns of a table, for their encoding as features."""

import dataclasses
import math
import re

import numpy as np

from tfae.arguments import is_boolean, is_real
from tfae.datasets import tables
from tfae.datasets.table_columns import KINDS, LARGEST_NUMBER, NUMERIC, UnusableError

SCALINGS = ("standard", "minmax")
# Float32 resolves 1/16,777,216 of a number: here a hundredth of the spread.
LARGEST_OFFSET = 1e5  # mean over standard deviation
SMALLEST_SPREAD = 1e-30
MOST_FEATURES = 50_000
_LEGAL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclasses.dataclass(frozen=True)
class Column:
    """Statistics of a column of the training part.

    Attributes:
        name: Name of the column.
        kind: `"number"`, `"boolean"`, `"category"` or `"code"`.
        center: Number that becomes 0.
        spread: Difference that becomes 1.
        mean: Mean of the known values, imputed for missing ones.
        missing: Boolean, whether values are missing.
        categories: Tuple of texts; `""` stands for missing values.
    """

    name: str
    kind: str
    center: float = 0.0
    spread: float = 1.0
    mean: float = 0.0
    missing: bool = False
    categories: tuple = ()

    def as_config(self):
        """Dict of the fields as plain data."""
        return {**dataclasses.asdict(self), "categories": [*self.categories]}

    @property
    def numeric(self):
        """Whether the column holds numbers or booleans."""
        return self.kind in NUMERIC

    @property
    def layout(self):
        """The fields that determine the features, except their scale."""
        return self.name, self.kind, self.missing, self.categories

    @property
    def features(self):
        """Number of features of the column."""
        return 1 + self.missing if self.numeric else 1 + len(self.categories)


def learned(table, scaling):
    """Tuple of a `Column` for each column of a `Table`.

    Raises:
        ValueError: If a column does not vary, or float32 does not resolve it.
    """
    found, unusable = [], {}
    for name, kind in table.kinds.items():
        learn = _numbers if kind in NUMERIC else _categories
        try:
            found.append(learn(name, kind, table.array(name), scaling))
        except UnusableError as error:
            unusable[name] = str(error)
    tables.refuse(unusable, "The training part")
    count = sum(column.features for column in found)
    if count > MOST_FEATURES:
        raise ValueError(
            f"A table must become at most {MOST_FEATURES:,} features. Received: "
            f"{count:,} of {len(found):,} columns. Leave columns with many categories "
            "out."
        )
    return tuple(found)


def feature_names(columns):
    """Tuple of the names of the columns' features, in order."""
    numeric = [column for column in columns if column.numeric]
    found = [column.name for column in numeric]
    found += [f"{column.name} missing" for column in numeric if column.missing]
    for column in columns:
        if not column.numeric:
            known = (one or "missing" for one in column.categories)
            found += [f"{column.name}: {one}" for one in (*known, "unknown")]
    return tuple(found)


def _numbers(name, kind, values, scaling):
    missing = np.isnan(values)
    there = values[~missing]
    if not len(there):
        raise UnusableError("holds no values")
    low, high = there.min(), there.max()
    if max(-low, high) > LARGEST_NUMBER:
        raise UnusableError(f"holds numbers from {low:g} to {high:g}")
    if low == high:
        raise UnusableError(f"holds the same number everywhere, {low:g}")
    mean, deviation = there.mean(), there.std()
    learned = {"mean": float(mean), "missing": bool(missing.any())}
    if kind == "boolean":
        return Column(name, kind, **learned)
    if deviation < SMALLEST_SPREAD or abs(mean) > LARGEST_OFFSET * deviation:
        raise UnusableError(
            f"has a mean of {mean:g} and a standard deviation of {deviation:g}, which "
            "float32 does not resolve: subtract an offset"
        )
    standard = scaling == "standard"
    center, spread = (mean, deviation) if standard else (low, high - low)
    return Column(name, kind, float(center), float(spread), **learned)


def _categories(name, kind, values, scaling):
    known = tuple(sorted({*values}))
    if known == ("",):
        raise UnusableError("holds no values")
    if len(known) == 1:
        raise UnusableError(f"holds the same text everywhere, {known[0]!r}")
    return Column(name, kind, missing="" in known, categories=known)


def revived(configs):
    """Columns from the dicts of a config.

    Raises:
        ValueError: If the dicts are not columns.
    """
    try:
        columns = tuple(
            Column(**{**one, "categories": tuple(one.get("categories", ()))})
            for one in configs
        )
        whole = bool(columns) and all(map(_is_whole, columns))
    except (AttributeError, TypeError):
        whole = False
    if not whole or len({column.name for column in columns}) < len(columns):
        raise ValueError(
            "`columns` must come from the config of an adapted layer. Received: "
            "another value. Call `adapt` on the training part instead."
        )
    return columns


def _is_whole(column):
    values = (column.center, column.spread, column.mean)
    texts = all(isinstance(one, str) for one in (column.name, *column.categories))
    return (
        texts
        and column.kind in KINDS
        and all(is_real(value) and math.isfinite(value) for value in values)
        and column.spread > 0
        and is_boolean(column.missing)
        and len({*column.categories}) == len(column.categories)
        and column.numeric != bool(column.categories)
    )


def input_names(names):
    """Names of inputs of a SavedModel for names of columns, in order.

    Legal names stay unchanged. TensorFlow ignores case.
    """
    known = {name.lower() for name in names}
    taken, found = set(), {}
    for name in names:
        if _LEGAL.fullmatch(name) and name.lower() not in taken:
            taken.add(name.lower())
            found[name] = name
    for name in names:
        if name in found:
            continue
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
        plain = plain if _LEGAL.fullmatch(plain) else f"column_{plain}".strip("_")
        number, free = 1, plain
        while free.lower() in taken or free.lower() in known:
            number += 1
            free = f"{plain}_{number}"
        taken.add(free.lower())
        found[name] = free
    return tuple(found[name] for name in names)
