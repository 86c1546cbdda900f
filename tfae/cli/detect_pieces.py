"""The examples of a file or a folder, some at a time, as a detector takes them."""

import math
import sys
from pathlib import Path

from tfae.cli.loading import reading_in

ROWS = 50_000  # of a table or a series that are scored at once
VALUES = 2**23  # of arrays and images


def pieces_of(detector, data, path):
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
    if Path(data).is_dir():
        size = (reading or {}).get("image_size")
        images, files = datasets.read_images(data, size)
        names = [str(file.relative_to(data)) for file in files]
        return lambda done: (
            datasets.NamedExamples(_as_taken(detector, images[rows], data), names[rows])
            for rows in _slices(images, done)
        )
    rows = datasets.read_rows(data)
    # As `load` reads them: zeros and ones are left as they are, of the whole file.
    scale = 255 if rows.dtype == "uint8" and rows.max() > 1 else 1
    return lambda done: (
        _as_taken(detector, rows[some] / scale, data) for some in _slices(rows, done)
    )


def _slices(array, done):
    """Slices of an array after so many rows, each of as many as memory holds."""
    size = max(1, VALUES // math.prod(array.shape[1:]))
    return (slice(at, at + size) for at in range(done, len(array), size))


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
