"""`tfae detect score`."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import ModelPath, open_detector, reading_in

ROWS = 50_000  # that are scored at once
STREAM = "-"


def score(
    path: ModelPath,
    data: Annotated[
        str,
        typer.Option(
            help="A .csv, .parquet or .npy file, or - for lines of CSV, the first of "
            "them with the names, from standard input."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write. \\[default: standard output]", show_default=False
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a file that was begun.")
    ] = False,
):
    """Score examples: row, score, decision, and of tables the three top columns."""
    if output is None and resume:
        raise ValueError("--resume goes with --output. Received: --resume alone.")
    if data == STREAM and output is not None:
        raise ValueError("--data - is scored to standard output. Leave --output out.")
    detector = open_detector(path)
    if data == STREAM:
        if len(detector.example_shape or ()) > 1:
            raise ValueError(
                "--data - takes examples of one line each. Received: a detector of "
                f"examples of shape {detector.example_shape}. Give a file."
            )
        _score_lines(detector)
        return
    from tfae.reporting import scores

    if output is None:
        _write_rows(scores, detector, _pieces(detector, data, path)(0))
        return
    from tfae.cli.output import check_writable, console

    check_writable(output.parent, [output.name])
    with console.status(f"Scoring {data} …") as status:
        rows, anomalies = scores.write(
            detector,
            _pieces(detector, data, path),
            output,
            data,
            resume,
            watch=lambda count: status.update(f"Scoring {data} … {count:,} rows"),
        )
    print(f"wrote {output}: {rows:,} rows, {anomalies:,} of them anomalies")


def _pieces(detector, data, path):
    """Function of a number of rows to leave out, of the file that `data` names."""
    from tfae import datasets

    encoding, reading = detector.encoding, reading_in(path)
    if encoding is not None:
        return lambda done: _after(
            done,
            datasets.read_chunks(data, encoding.kinds, ROWS, encoding.ignored),
        )
    if reading and "window" in reading:
        known = ("window", "stride", "time", "gap", "mask_value")
        options = {name: reading[name] for name in known if name in reading}
        windows = datasets.read_windows(data, **options, columns=detector.feature_names)
        detector.check_inputs(windows.inputs, data)
        _tell_left_out(windows, data)
        return lambda done: (
            datasets.rows_of(windows, slice(start, start + ROWS))
            for start in range(done, len(windows.rows), ROWS)
        )
    rows = datasets.read_rows(data)
    # As `load` reads them: zeros and ones are left as they are, of the whole file.
    scale = 255 if rows.dtype == "uint8" and rows.max() > 1 else 1
    return lambda done: (
        _as_taken(detector, rows[start : start + ROWS] / scale, data)
        for start in range(done, len(rows), ROWS)
    )


def _as_taken(detector, rows, data):
    """Rows in the shape and the type that the detector takes."""
    from tfae import evaluation

    found = evaluation.taken(detector, rows.astype("float32"))
    detector.check_inputs(found, data)
    return found


def _tell_left_out(windows, data):
    """Says how many rows of a series lie in no window."""
    import numpy as np

    from tfae.datasets.series import count_steps

    length, total = windows.inputs.shape[1], count_steps(data)
    covered = np.zeros(total, bool)
    for row in windows.rows:
        covered[row : row + length] = True
    missing = int((~covered).sum())
    if missing:
        print(
            f"{missing:,} of {total:,} rows of {data} lie in no window, at its end or "
            "between gaps, and are not scored",
            file=sys.stderr,
        )


def _after(done, pieces):
    """Pieces of a table without so many rows of the first."""
    for piece in pieces:
        if done < len(piece):
            yield piece[done:] if done else piece
        done = max(0, done - len(piece))


def _write_rows(scores, detector, pieces):
    writer, first = csv.writer(sys.stdout, lineterminator="\n"), 0
    for piece in pieces:
        found = scores.table(detector, piece, first)
        if not first:
            writer.writerow(found)
        columns = [map(_shown, column.tolist()) for column in found.values()]
        writer.writerows(zip(*columns, strict=True))
        first += len(found["row"])
        sys.stdout.flush()


def _shown(value):
    return f"{value:.9g}" if isinstance(value, float) else value  # all of float32


def _score_lines(detector):
    from tfae.reporting import scores

    encoding = detector.encoding
    reader = csv.reader(sys.stdin)
    names = next(reader, None) if encoding is not None else None

    def examples():
        for number, line in enumerate(reader, start=1):
            if line:
                yield _example(detector, names, line, number)

    _write_rows(scores, detector, examples())


def _example(detector, names, line, number):
    """The example of a line, as the detector takes it."""
    import numpy as np

    if names is None:
        try:
            values = np.array([[float(one) for one in line]], "float32")
            return values.reshape(1, *detector.example_shape)
        except ValueError as error:
            raise ValueError(
                f"Line {number} must hold numbers of an example of shape "
                f"{detector.example_shape}. Received: {','.join(line)[:60]}"
            ) from error
    if len(line) != len(names):
        raise ValueError(
            f"Line {number} must hold {len(names)} values. Received: {len(line)}."
        )
    encoding, row = detector.encoding, dict(zip(names, line, strict=True))
    return [
        {
            name: _value(text, encoding.kinds.get(name), name, number)
            for name, text in row.items()
            if name not in encoding.ignored
        }
    ]


def _value(text, kind, name, number):
    """The value of a column, of its text."""
    kinds = {"number": float, "boolean": _boolean}
    try:
        return kinds.get(kind, str)(text) if text else None
    except ValueError as error:
        raise ValueError(
            f"Line {number} must hold a {kind} as {name}. Received: {text[:60]}"
        ) from error


def _boolean(text):
    known = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]
