"""Columns of tables: their kinds, and their values as arrays."""

import re

import numpy as np

from tfae.datasets.column_names import shown

# Codes are categories given as whole numbers, or as texts of whole numbers.
KINDS = ("number", "boolean", "category", "code")
NUMERIC = ("number", "boolean")
MOST_CATEGORIES = 100  # of a column that is not declared as categories
MOST_DECLARED = 10_000
LONGEST_TEXT = 10_000  # characters
_CODE = re.compile(r"-?\d+|true|false")
LARGEST_NUMBER = 1e37  # float32 ends at 3.4e38, and differences must not be infinite


class UnusableError(ValueError):
    """A column cannot be used; the message completes a sentence about the column."""


def held(column, declared=False):
    """The kind of an Arrow column, and its values as stored in a `Table`.

    Args:
        column: `pyarrow.ChunkedArray`.
        declared: Boolean, whether the column was declared as categories.

    Returns:
        One of `KINDS`, and an array `(n,)`: float64, NaN where a value is missing, or
        strings, `""` where one is missing.

    Raises:
        UnusableError: If the column is constant or empty, or holds another type.
    """
    from pyarrow import types

    column = _plain(column)
    if column.null_count == len(column):
        raise UnusableError("holds no values")
    if types.is_temporal(column.type):
        raise UnusableError("holds dates or times")
    if _is_number(column.type) and not declared:
        values = numbers(column)
        _check_numbers(values)
        return "boolean" if types.is_boolean(column.type) else "number", values
    values = texts(column, declared)
    _check_texts(values, declared)
    coded = declared and all(_CODE.fullmatch(text) for text in {*values} - {""})
    return "code" if coded else "category", values


def known(column, kind):
    """Values of an Arrow column as the given kind, as `held` returns them.

    Raises:
        UnusableError: If it holds something else.
    """
    if kind not in NUMERIC:
        return texts(column, kind == "code")
    values = numbers(column)
    others = values[~(np.isnan(values) | (values == 0) | (values == 1))]
    if kind == "boolean" and len(others):
        raise UnusableError(f"must hold booleans, and holds {others[0]:g}")
    return values


def numbers(column):
    """Values of a column of numbers or booleans as float64, NaN for missing values.

    Raises:
        UnusableError: If it holds something else.
    """
    import pyarrow as pa

    column = _plain(column)
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    if not _is_number(column.type):
        raise UnusableError(f"must hold numbers, and holds {_shown(column)}")
    return _joined(column.cast(pa.float64(), safe=False)).to_numpy(zero_copy_only=False)


def texts(column, of_numbers=False):
    """Values of a column of texts as strings, `""` for missing values.

    Args:
        column: Column of Arrow.
        of_numbers: Boolean, whether to convert whole numbers and booleans to texts,
            too.

    Raises:
        UnusableError: If it holds something else.
    """
    import pyarrow as pa
    from pyarrow import compute, types

    if types.is_dictionary(column.type) and _is_text(column.type.value_type):
        return _of_dictionary(column)
    column = _plain(column)
    if types.is_null(column.type):
        return np.full(len(column), "", object)
    if of_numbers and _is_number(column.type):
        if not types.is_boolean(column.type):
            column = _whole(column)
        column = column.cast(pa.string())
    if not _is_text(column.type):
        raise UnusableError(f"must hold texts, and holds {_shown(column)}")
    return _of_dictionary(compute.dictionary_encode(column))


def _plain(column):
    """A column without a dictionary, and with texts instead of bytes."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(column.type):
        pieces = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        pieces = [_plain(one.dictionary).take(one.indices) for one in pieces]
        return pa.chunked_array(pieces, None if pieces else column.type.value_type)
    texts = (types.is_binary, types.is_large_binary, types.is_string_view)
    if not any(test(column.type) for test in texts):
        return column
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid:
        raise UnusableError("holds bytes that are not UTF-8") from None


def _is_number(kind):
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean)
    return any(test(kind) for test in tests)


def _is_text(kind):
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind)


def _whole(column):
    """Whole numbers as int64; a missing value would otherwise turn them into floats."""
    import pyarrow as pa

    values = numbers(column)
    there = values[~np.isnan(values)]
    if (there != np.round(there)).any() or (np.abs(there) >= 2**53).any():
        raise UnusableError(
            f"must hold texts or whole numbers, and holds {_shown(column)}"
        )
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype("int64"), mask=missing)


def _of_dictionary(column):
    """Strings of a column with a dictionary, one Python object per distinct value."""
    column = _joined(column)
    # The last entry stands for missing values, which the dictionary lacks.
    known = [text or "" for text in column.dictionary.to_pylist()]
    known = np.array([*known, ""], object)
    places = column.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
    if any("\n" in text or "\0" in text for text in known):
        _check_characters(known[np.unique(places)])
    return known[places]


def _check_characters(known):
    for text in known:
        if "\0" in text:
            raise UnusableError("holds NUL bytes, as if the file were not UTF-8")
        if "\n" in text:
            raise UnusableError(
                "holds a text of several lines, perhaps after an unclosed quote"
            )


def _joined(column):
    """A column as one chunk."""
    import pyarrow as pa

    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()


def _check_numbers(values):
    there = values[~np.isnan(values)]
    if not len(there):
        raise UnusableError("holds no values")
    large = np.abs(there) > LARGEST_NUMBER
    if large.any():
        raise UnusableError(
            f"holds numbers that are infinite or beyond {LARGEST_NUMBER:g}, "
            f"{large.sum():,} of them, such as {there[large][0]:g}"
        )
    if there.min() == there.max():
        raise UnusableError(f"holds the same number everywhere, {there[0]:g}")


def _check_texts(values, declared):
    known = {*values}
    there = len(values) - int((values == "").sum())
    if known == {""}:
        raise UnusableError("holds no values")
    if len(known) == 1:
        raise UnusableError(f"holds the same text everywhere, {shown(values[0])}")
    longest = max(map(len, known))
    if longest > LONGEST_TEXT:
        raise UnusableError(f"holds a text of {longest:,} characters")
    if declared and len(known) > MOST_DECLARED:
        raise UnusableError(
            f"holds {len(known):,} different texts, more than {MOST_DECLARED:,}"
        )
    count = len(known - {""})
    if not declared and (count > MOST_CATEGORIES or 2 * count > there):
        word = next((one for one in sorted(known) if one and not _is_numeral(one)), "")
        raise UnusableError(
            f"holds text, {count:,} different values in {there:,} rows, such as "
            f"{shown(word)}"
        )


def _is_numeral(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shown(column):
    """Type and first value of a column of another type."""
    names = {"large_string": "text", "string": "text", "bool": "booleans"}
    kind = names.get(str(column.type), str(column.type))
    there = column.drop_null()
    return f"{kind} such as {shown(there[0].as_py())}" if len(there) else kind
