"""Tables in CSV and Parquet files, read by pyarrow, whole or in pieces."""

import contextlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

from tfae import sizes
from tfae.arguments import check_integers
from tfae.datasets.column_names import MOST_COLUMNS, check_names, named
from tfae.datasets.frames import of_arrow
from tfae.datasets.tables import check_columns, matched
from tfae.types import PathLike

SUFFIXES = (".csv", ".parquet")
CHUNK_ROWS = 50_000
BLOCK = 2**21  # bytes parsed at once; the longest row
BYTES_OF_A_VALUE = 8
_SEPARATORS = (b",", b";", b"\t")
_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16
_COLUMN = re.compile(r"In CSV column #(\d+):")


def is_table(source) -> bool:
    """Whether a name or path is a table file."""
    named = isinstance(source, (str, Path)) and Path(source).suffix.lower() in SUFFIXES
    return named and not Path(source).is_dir()


def columns_in(path, as_texts=(), keep_index=None):
    """Dict from names to Arrow columns of a CSV or Parquet file.

    Args:
        path: Path of the file.
        as_texts: Names of columns to read as texts, even if they hold numbers.
        keep_index: As for `tfae.datasets.frames.of_arrow`.

    Raises:
        ValueError: If it cannot be read.
    """
    import pyarrow.csv
    import pyarrow.parquet

    _check_file(path)
    if not _is_parquet(path):
        names, separator = _header(path)
        sizes.check_memory(Path(path).stat().st_size, f"{path}")
        with _reading(path, names):
            types = dict.fromkeys(as_texts, pyarrow.string())
            table = pyarrow.csv.read_csv(path, **_options(separator, types))
            return of_arrow(table, str(path))  # which has no index
    with _reading(path), pyarrow.parquet.ParquetFile(path) as file:
        _check_size(path, file.metadata)
        return of_arrow(file.read(), str(path), keep_index)


def read_chunks(
    path: PathLike,
    kinds: dict[str, str],
    rows: int = CHUNK_ROWS,
    ignored: Sequence[str] = (),
):
    """Reads a CSV or Parquet file in tables of some rows, without holding it in memory.

    The given types apply to all pieces; none is inferred.

    Args:
        path: Path of the file.
        kinds: Dict from column names to kinds, as in `tfae.datasets.Table` and
            `tfae.layers.TableEncoding`. Other columns are refused.
        rows: Positive integer, number of rows of each table but the last.
        ignored: Names of columns that may be present and are skipped.

    Returns:
        Iterator of `tfae.datasets.Table`, whose columns are in the order of `kinds`.

    Raises:
        ValueError: If the file cannot be read, or has other columns or values of
            another type. Faults in later pieces raise when they are read.

    Example:
    >>> np.savetxt("new.csv", [1.5, 2.5, 3.5], header="size", comments="")
    >>> chunks = tfae.datasets.read_chunks("new.csv", {"size": "number"}, rows=2)
    >>> [table.array("size").tolist() for table in chunks]
    [[1.5, 2.5], [3.5]]
    """
    import pyarrow.csv
    import pyarrow.parquet

    check_integers(rows=rows)
    _check_file(path)
    types = {name: _csv_type(kind) for name, kind in kinds.items()}
    if _is_parquet(path):
        with _reading(path):
            file = pyarrow.parquet.ParquetFile(path)
            names = [*of_arrow(file.schema_arrow.empty_table(), str(path))]
            check_columns(names, kinds, ignored, str(path))
            batches = file.iter_batches(rows, columns=[*kinds])
    else:
        names, separator = _header(path)
        check_columns(names, kinds, ignored, str(path))
        with _reading(path, names):
            # Skipped columns may have any type, even different types in different
            # blocks.
            types |= dict.fromkeys(ignored, pyarrow.binary())
            batches = pyarrow.csv.open_csv(path, **_options(separator, types))
    return _tables(path, kinds, ignored, names, _regrouped(batches, rows))


def _tables(path, kinds, ignored, names, pieces):
    while True:
        with _reading(path, names):
            piece = next(pieces, None)
        if piece is None:
            return
        columns = {name: piece.column(name) for name in kinds}
        yield matched(columns, kinds, ignored, str(path))


def _regrouped(batches, rows):
    """Regroups batches into Arrow tables of `rows` rows; the last may have fewer."""
    import pyarrow as pa

    held, count = [], 0
    for batch in batches:
        held.append(batch)
        count += len(batch)
        if count < rows:
            continue
        table = pa.Table.from_batches(held)
        while count >= rows:
            yield table.slice(0, rows)
            table, count = table.slice(rows), count - rows
        held = table.to_batches()
    if count:
        yield pa.Table.from_batches(held)


def _csv_type(kind):
    """The Arrow type to which the values of a CSV column are converted."""
    import pyarrow as pa

    held = {"number": pa.float64(), "boolean": pa.bool_()}
    return held.get(kind, pa.dictionary(pa.int32(), pa.string()))


def _is_parquet(path):
    return Path(path).suffix.lower() == ".parquet"


def _options(separator, types):
    """Arguments of the CSV readers, for column types by name."""
    from pyarrow import csv

    return {
        "read_options": csv.ReadOptions(block_size=BLOCK),
        # Without it, parsing is faster, but a block may begin within a text of several
        # lines, whose lines would be parsed as rows.
        "parse_options": csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        "convert_options": csv.ConvertOptions(column_types=types),
    }


def _header(path):
    """Names of the columns of a CSV file, and the character between them."""
    from pyarrow import csv

    with Path(path).open("rb") as file:
        head = file.read(BLOCK).lstrip(b"\r\n")
    if head.startswith(_MARKS):
        raise ValueError(f"{path} must be UTF-8. Received: UTF-16. Save it as UTF-8.")
    line, *more = head.splitlines() or [b""]
    plain = re.sub(rb'"[^"]*"', b"", line)  # whose commas do not separate columns
    separator = next((one for one in _SEPARATORS if one in plain), _SEPARATORS[0])
    count = plain.count(separator) + 1
    if count > MOST_COLUMNS:
        raise ValueError(
            f"{path} must have at most {MOST_COLUMNS:,} columns. Received: "
            f"{count:,}{'' if more else ' or more'}. Save numbers as an .npy file."
        )
    if not more and len(head) > BLOCK // 2:
        raise ValueError(
            f"{path} must begin with the names of columns. Received: a first line of "
            f"{len(head):,} bytes or more. Give a CSV file with a header."
        )
    separator = separator.decode()
    with _reading(path):
        options = csv.ParseOptions(delimiter=separator)
        table = csv.read_csv(io.BytesIO(line + b"\n"), parse_options=options)
        names = table.column_names
    check_names(names, str(path))
    return names, separator


def _check_file(path):
    path = Path(path)
    if not path.is_file():
        raise ValueError(
            f"{path} does not exist, or is no file. Give the path of a .csv or "
            ".parquet file."
        )


def _check_size(path, metadata):
    """Raises `ValueError` for a Parquet file that is larger than memory."""
    columns, rows = metadata.num_columns, metadata.num_rows
    if columns > MOST_COLUMNS:
        raise ValueError(
            f"{path} must have at most {MOST_COLUMNS:,} columns. Received: "
            f"{columns:,}. Save numbers as an .npy file."
        )
    sizes.check_memory(
        columns * rows * BYTES_OF_A_VALUE,
        f"{path} of {rows:,} rows and {columns:,} columns",
    )


@contextlib.contextmanager
def _reading(path, names=()):
    """Turns pyarrow's errors into a one-sentence `ValueError`."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        place = _COLUMN.search(reason)
        if place and int(place[1]) < len(names):
            name = named([names[int(place[1])]])
            reason = reason.replace(place[0], f"in the column {name}:")
        if "straddl" in reason:
            reason = f"a row of more than {BLOCK:,} bytes"
        raise ValueError(
            f"{path} cannot be read as a table: {reason[:300]}. Correct it, or save "
            "it again as CSV in UTF-8 or as Parquet."
        ) from error
