"""Scores of the examples of a file, written incrementally to a CSV table."""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tfae import files
from tfae.datasets import NamedExamples, Windows, image_files
from tfae.locks import locked

TOP = 3  # columns that contribute most
UNFINISHED = ".{}.unfinished"  # next to the file, until all rows are written
LOCK = ".{}.lock"  # while it is written
BEGUN_BY = ".{}.begun"  # source of the unfinished file


def table(detector, piece, first=0):
    """Scores, decisions and the columns that contribute most for some examples.

    Args:
        detector: Calibrated `tfae.Detector`.
        piece: Inputs of the detector, `tfae.datasets.Windows` of a series, or
            `tfae.datasets.NamedExamples` of files.
        first: Index of the first example.

    Returns:
        Dict of arrays: `row`, the first row of a window, and `time`, if it is known;
        `score`; `is_anomaly`, 0 or 1; for tables and series `column_1`, which
        contributes most to the score, with its share `share_1`, up to `column_3`; and
        for files `file`.
    """
    detector.check_calibrated()
    series, of_files = (isinstance(piece, one) for one in (Windows, NamedExamples))
    scores, contributions = detector.scores_and_contributions(
        piece.inputs if series or of_files else piece, 0 if series else first
    )
    found = {"row": piece.rows if series else np.arange(first, first + len(scores))}
    if series and piece.times is not None:
        found["time"] = piece.times.astype(str)
    found |= {
        "score": scores,
        "is_anomaly": (~(scores <= np.float32(detector.threshold))).astype("int8"),
    }
    names = detector.feature_names
    if names is not None and contributions.shape[-1] == len(names):
        steps = tuple(range(1, contributions.ndim - 1))
        found |= _most(contributions.sum(axis=steps), names)
    if of_files:  # last, since a name may hold commas
        found["file"] = np.asarray([*map(_on_one_line, piece.names)], object)
    return found


def _on_one_line(name):
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in name)


def _most(contributions, names):
    """The columns that contribute most, `(n, columns)`, and their shares."""
    totals = contributions.sum(axis=1)
    totals = np.where(totals > 0, totals, np.nan)  # without shares
    # Below all others, but above the ones chosen before.
    lowest = np.finfo(contributions.dtype).min
    left = np.where(np.isnan(contributions), lowest, contributions)
    import pyarrow as pa

    rows, names, found = np.arange(len(left)), pa.array(names, pa.string()), {}
    for place in range(1, 1 + min(TOP, len(names))):
        chosen = left.argmax(axis=1)
        found[f"column_{place}"] = names.take(pa.array(chosen))
        found[f"share_{place}"] = contributions[rows, chosen] / totals
        left[rows, chosen] = -np.inf
    return found


def write(detector, pieces, path, source, resume=False, watch=None):
    """Writes the scores of examples to a CSV file, which is complete or absent.

    Rows are appended to a hidden file, which is renamed at the end. A killed process
    can be resumed: written rows are not scored again.

    Args:
        detector: Calibrated `tfae.Detector`.
        pieces: Function of a number of rows to skip that returns an iterator over
            blocks of the remaining rows.
        path: Path of the file.
        source: Path of the file or the folder of images with the examples.
        resume: Boolean, whether to resume an unfinished file.
        watch: Function to call with the number of rows after each piece, or `None`.

    Returns:
        Pair of the number of rows and of anomalies.

    Raises:
        ValueError: If the detector has no threshold, there is nothing to resume, or the
            unfinished file is from another detector or source.
    """
    path = Path(path)
    detector.check_calibrated()
    files.check_places(path.parent, [path.name])
    unfinished = path.with_name(UNFINISHED.format(path.name))
    begun = path.with_name(BEGUN_BY.format(path.name))
    about = {"detector": _fingerprint(detector), "source": _identity(source)}
    if path.exists() and path.resolve() == Path(source).resolve():
        raise ValueError(
            f"The scores must be written to another file than that of the examples. "
            f"Received: {path} for both."
        )
    lock = path.with_name(LOCK.format(path.name))
    lock.touch()
    with locked(lock):
        done = _resumed(unfinished, begun, about, path) if resume else (0, 0)
        if not resume:
            unfinished.unlink(missing_ok=True)
            with files.atomic(begun) as beside:
                beside.write_text(json.dumps(about))
        rows, anomalies = done
        with unfinished.open("ab") as opened:
            for piece in _ahead(pieces(rows)):
                found = table(detector, piece, rows)
                opened.write(_as_csv(found, with_header=not opened.tell()))
                opened.flush()
                rows += len(found["row"])
                anomalies += int(found["is_anomaly"].sum())
                if watch:
                    watch(rows)
            os.fsync(opened.fileno())
        if not rows:
            unfinished.unlink()
            raise ValueError(f"{source} holds no examples. Give one at least.")
        unfinished.replace(path)
        begun.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
    return rows, anomalies


def _ahead(pieces):
    """The pieces, each read while the previous one is scored."""
    reader, pieces = ThreadPoolExecutor(1), iter(pieces)
    try:
        waiting = reader.submit(next, pieces, None)
        while (piece := waiting.result()) is not None:
            waiting = reader.submit(next, pieces, None)
            yield piece
    finally:  # if interrupted, does not wait for the reader
        reader.shutdown(wait=False, cancel_futures=True)


def _as_csv(found, with_header):
    import pyarrow as pa
    import pyarrow.csv

    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(
        include_header=with_header, quoting_style="needed", batch_size=len(found["row"])
    )
    columns = {
        name: pa.array(values, from_pandas=name.startswith("share"))
        for name, values in found.items()
    }
    pyarrow.csv.write_csv(pa.table(columns), sink, options)
    return sink.getvalue().to_pybytes()


def _resumed(unfinished, begun, about, path):
    """Numbers of complete rows and anomalies; removes a truncated row."""
    if not (unfinished.is_file() and begun.is_file()):
        raise ValueError(
            f"There is no unfinished file to resume for {path}. Use resume=False to "
            "begin."
        )
    if files.read_json(begun) != about:
        raise ValueError(
            f"{path} was started by another detector, or from another file or an older "
            "version of it. Use resume=False to begin again."
        )
    rows = anomalies = 0
    end = 0
    with unfinished.open("rb") as opened:
        for number, line in enumerate(opened):
            if not line.endswith(b"\n"):
                break
            if not number:
                names = line.replace(b'"', b"").split(b",")
                place = [name.strip() for name in names].index(b"is_anomaly")
            end += len(line)
            if number:  # after the header
                rows += 1
                anomalies += line.split(b",")[place].strip() == b"1"
    with unfinished.open("r+b") as opened:
        opened.truncate(end)
    return rows, anomalies


def _fingerprint(detector):
    digest = hashlib.sha256()
    for weight in detector.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def _identity(source):
    """Identifies a version of a file or of the images of a folder."""
    source = Path(source)
    if not source.is_dir():
        found = source.stat()
        return [str(source.resolve()), found.st_size, found.st_mtime_ns]
    digest = hashlib.sha256()
    for file in image_files.files_in(source)[0]:
        found = file.stat()
        told = [str(file.relative_to(source)), found.st_size, found.st_mtime_ns]
        digest.update(json.dumps(told).encode())
    return [str(source.resolve()), digest.hexdigest()]
