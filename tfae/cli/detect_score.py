"""`tfae detect score`."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.detect_pieces import pieces_of
from tfae.cli.loading import full_scale_in, open_detector
from tfae.cli.options import ModelPath

STREAM = "-"


def score(
    path: ModelPath,
    data: Annotated[
        str,
        typer.Option(
            help="A .csv, .parquet, .npy or .npz file, a folder of images, or - for "
            "lines of CSV, the first of them with the names, from standard input."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write. \\[default: standard output]", show_default=False
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted scoring.")
    ] = False,
):
    """Write a score and a decision for each row or file, for tables the top columns."""
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
        _score_lines(detector, full_scale_in(path))
        return
    from tfae.reporting import scores

    if output is None:
        _write_rows(scores, detector, pieces_of(detector, data, path)(0))
        return
    from tfae.cli.output import check_writable, console

    check_writable(output.parent, [output.name])
    with console.status(f"Scoring {data} …") as status:
        rows, anomalies = scores.write(
            detector,
            pieces_of(detector, data, path),
            output,
            data,
            resume,
            watch=lambda count: status.update(f"Scoring {data} … {count:,} rows"),
        )
    print(f"wrote {output}: {rows:,} rows, {anomalies:,} of them anomalies")


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
    return f"{value:.9g}" if isinstance(value, float) else value  # exact for float32


def _score_lines(detector, full_scale):
    from tfae.datasets import check_unit_range
    from tfae.reporting import scores

    encoding = detector.encoding
    reader = csv.reader(sys.stdin)
    names = next(reader, None) if encoding is not None else None

    def examples():
        for number, line in enumerate(reader, start=1):
            if line:
                found = _example(detector, names, line, number)
                if names is None:
                    check_unit_range(f"line {number}", found, full_scale)
                yield found

    _write_rows(scores, detector, examples())


def _example(detector, names, line, number):
    """The example of a line, in the input format of the detector."""
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
    """The value of a column from its text, parsed as in files."""
    from pyarrow import csv

    kinds = {"number": float, "boolean": _boolean}
    if not text or (kind in kinds and text in csv.ConvertOptions().null_values):
        return None
    try:
        return kinds.get(kind, str)(text)
    except ValueError as error:
        raise ValueError(
            f"Line {number} must hold a {kind} as {name}. Received: {text[:60]}"
        ) from error


def _boolean(text):
    known = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]
