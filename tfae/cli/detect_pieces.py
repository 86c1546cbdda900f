"""The examples of a file or a folder, in pieces, in a detector's input format."""

import math
import sys
from pathlib import Path

from tfae.cli.loading import full_scale_in, reading_by_name, reading_in

ROWS = 50_000  # scored at once, at most
VALUES = 2**23  # and their values


def pieces_of(detector, data, path):
    """Function from a number of rows to skip to the pieces of the file `data`."""
    from tfae import datasets

    encoding, reading = detector.encoding, reading_in(path) or {}
    if encoding is not None:
        size = rows_at_once((len(encoding.kinds),))
        return lambda done: _after(
            done,
            datasets.read_chunks(data, encoding.kinds, size, encoding.ignored),
        )
    if "window" in reading:
        known = ("window", "stride", "time", "columns", "gap", "mask_value")
        reading = reading_by_name(path, detector, reading)
        options = {name: reading[name] for name in known if name in reading}
        windows = datasets.read_windows(data, **options)
        detector.check_inputs(windows.inputs, data)
        _tell_left_out(windows, data)
        return lambda done: (
            datasets.rows_of(windows, some) for some in _slices(windows.inputs, done)
        )
    if Path(data).is_dir():
        images, files = images_of(detector, data, path)
        names = [str(file.relative_to(data)) for file in files]

        def named(some):
            with reading_images(images, data):
                found = images[some]
            return datasets.NamedExamples(_as_taken(detector, found, data), names[some])

        return lambda done: map(named, _slices(images, done))
    rows = datasets.read_rows(data)
    known, are_bytes = full_scale_in(path), rows.dtype == "uint8"
    scale = _scale(data, rows, known) if are_bytes else 1

    def piece(some):
        if not are_bytes:
            datasets.check_unit_range(data, rows[some], known)
        return _as_taken(detector, rows[some] / scale, data)

    return lambda done: map(piece, _slices(rows, done))


def images_of(detector, folder, path):
    """The images of a folder in a detector's input format, and the list of their paths.

    They are resized if the training images were.
    """
    from tfae import datasets

    reading, known = reading_in(path) or {}, full_scale_in(path)
    size, shape = reading.get("image_size"), detector.example_shape or ()
    if len(shape) == 1:
        count = shape[0] / math.prod(size) if size else 0
        shape = (*size, int(count)) if count in (1, 3) else None
    elif len(shape) != 3 or shape[2] not in (1, 3, None):
        shape = None
    elif size:
        size = size if None in shape[:2] else shape[:2]
    images, files = datasets.read_images(
        folder, size, bool(reading.get("skip_unreadable")), shape, known
    )
    for note in images.left_out():
        print(note, file=sys.stderr)
    return images, files


def reading_images(images, data):
    """Context whose error names a file of a folder that changes during reading."""
    from tfae import datasets

    return datasets.refusing_changes(images, data, "Restore it, and start again.")


def _scale(data, rows, known):
    """Divisor of bytes; prints a note unless it is known from the training."""
    from tfae import datasets

    found = 255 if rows.max() > 1 else 1
    scale = datasets.as_trained(data, found, known)
    if known is None and found > 1:
        print(f"{data} holds bytes: divided by {found}", file=sys.stderr)
    elif known is not None and known > found:
        print(
            f"{data} holds bytes of 0 and 1 alone: divided by {known}, as those that "
            "the detector was trained on",
            file=sys.stderr,
        )
    return scale


def rows_at_once(shape):
    """Number of examples of a shape to score at once."""
    return max(1, min(ROWS, VALUES // max(1, math.prod(shape))))


def _slices(array, done):
    """Slices of an array after the skipped rows, each of a size that fits in memory."""
    size = rows_at_once(array.shape[1:])
    return (slice(at, at + size) for at in range(done, len(array), size))


def _as_taken(detector, rows, data):
    """Rows in the shape and the type of the detector's inputs."""
    from tfae import evaluation

    found = evaluation.taken(detector, rows.astype("float32"))
    detector.check_inputs(found, data)
    return found


def _tell_left_out(windows, data):
    """Prints how many rows of a series lie in no window."""
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
    """Pieces of a table without the skipped rows."""
    for piece in pieces:
        if done < len(piece):
            yield piece[done:] if done else piece
        done = max(0, done - len(piece))
