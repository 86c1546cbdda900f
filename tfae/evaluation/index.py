"""A searchable index of codes."""

import json
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from tfae import files
from tfae.arguments import check_choice, check_integers, check_paths
from tfae.evaluation import searchers

METRICS = ("cosine", "euclidean", "hamming")
BACKENDS = ("scikit-learn", "faiss")
FORMAT = 1  # of the file
# Errors of NumPy, zipfile and JSON for invalid files.
_DAMAGED = (
    AttributeError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class Index:
    """A searchable index of codes.

    The search is exact. Bits are packed, 64 into a word, and compared by counting the
    different ones.

    Args:
        codes: Array of shape `(n, ...)`, one example per row: numbers, or for
            `"hamming"` bits, 0 and 1, as returned by `bits`.
        metric: `"cosine"`, 1 minus the cosine of the angle, `"euclidean"`, or
            `"hamming"`, the number of different bits.
        backend: `"scikit-learn"`, or `"faiss"`, which needs the package faiss-cpu. With
            `"hamming"`, the former uses NumPy.
        belongs_to: Dict of numbers, strings and lists that identifies the model and the
            data of the codes, as made by `tfae.evaluation.retrieval.of`, or `None`.

    Attributes:
        codes: The codes as rows.

    Raises:
        ValueError: If an argument is outside its range, codes are not finite or all
            equal, or `"hamming"` is used with other values than bits.
        ImportError: If `"faiss"` is used and faiss-cpu is not installed.

    Example:
    >>> index = tfae.evaluation.index.Index(np.eye(4, 3))
    >>> places, distances = index.search(np.eye(1, 3), count=2)
    >>> places.tolist(), distances.tolist()
    ([[0, 1]], [[0.0, 1.0]])
    """

    def __init__(self, codes, metric="cosine", backend="scikit-learn", belongs_to=None):
        check_choice(METRICS, metric=metric)
        check_choice(BACKENDS, backend=backend)
        self.metric, self.backend = metric, backend
        self.belongs_to = _as_json(belongs_to)
        self.codes = self._rows(codes, "codes")
        if not len(self.codes):
            raise ValueError("An index needs at least one code. Received: none.")
        if len(self.codes) > 1 and (self.codes == self.codes[0]).all():
            raise ValueError(
                f"Codes must differ. Received: {len(self.codes)} equal ones. "
                "Check the model's training, or the `threshold` of bits."
            )
        if backend == "faiss":
            self._searcher = searchers.Faiss(self.codes, metric)
        elif metric == "hamming":
            self._searcher = searchers.Bits(self.codes)
        elif metric == "cosine":
            self._searcher = searchers.Angles(self.codes)
        else:
            self._searcher = searchers.Lengths(self.codes)

    def __len__(self):
        return len(self.codes)

    def search(self, queries, count=10):
        """Finds the nearest codes to each query.

        Args:
            queries: Array of shape `(m, ...)`: codes of the size of those in the index.
            count: Positive integer, at most the number of codes.

        Returns:
            Pair of arrays of shape `(m, count)`: places in the index, the nearest
            first, and their distances.

        Raises:
            ValueError: If `count` exceeds the number of codes, or queries have another
                size.
        """
        check_integers(count=count)
        if count > len(self):
            raise ValueError(
                "`count` must be at most the size of the index. Received: "
                f"count={count} of {len(self)}."
            )
        rows = self._rows(queries, "queries")
        if rows.shape[1:] != self.codes.shape[1:]:
            raise ValueError(
                f"The index holds codes of {self.codes.shape[1]} numbers. Received: "
                f"queries of {rows.shape[1]}. Encode them with the model of the index."
            )
        at_once = self._searcher.at_once
        found = [
            self._searcher.search(rows[first : first + at_once], count)
            for first in range(0, len(rows), at_once)
        ]
        empty = np.empty((0, count))
        places = np.concatenate([places for places, _ in found] or [empty])
        distances = np.concatenate([distances for _, distances in found] or [empty])
        return places.astype("int64"), distances.astype("float32")

    def _rows(self, codes, name):
        rows = np.asarray(codes)
        if not rows.ndim or rows.dtype.kind not in "biuf":
            raise ValueError(
                f"`{name}` must be an array of numbers, one example a row. Received: "
                f"type {rows.dtype} and shape {rows.shape}."
            )
        rows = rows.reshape(len(rows), math.prod(rows.shape[1:]))
        if self.metric == "hamming":
            if not np.isin(rows, (0, 1)).all():
                raise ValueError(
                    f"`{name}` of the metric hamming must be bits, 0 and 1. Received: "
                    f"others. Make them, tfae.evaluation.index.bits({name})."
                )
            return rows.astype(bool)
        rows = rows.astype("float32")
        bad = int((~np.isfinite(rows)).any(axis=1).sum())
        if bad:
            raise ValueError(
                f"`{name}` must be finite. Received: {bad} of {len(rows)} with NaN or "
                "infinite numbers."
            )
        return rows

    def save(self, path):
        """Writes the index to a file atomically.

        Args:
            path: Path of the file, `.npz`.
        """
        about = {
            "format": FORMAT,
            "metric": self.metric,
            "features": self.codes.shape[1],
            "belongs_to": self.belongs_to,
        }
        codes = self.codes
        if self.metric == "hamming":
            codes = np.packbits(codes, axis=1)
        with files.atomic(path) as beside, open(beside, "wb") as file:  # noqa: PTH123
            np.savez(file, about=json.dumps(about), codes=codes)


def _as_json(about):
    """Metadata of an index, as read from a file."""
    try:
        found = json.loads(json.dumps(about))
        if not isinstance(found, dict | None):
            raise TypeError("no dict")
    except (TypeError, ValueError) as error:
        raise ValueError(
            "`belongs_to` must be a dict of numbers, strings and lists. Received: "
            f"{about!r}"
        ) from error
    return found


def load(path, backend="scikit-learn"):
    """Loads an `Index` from a file.

    Raises:
        ValueError: If the file does not hold an index.
    """
    check_paths(path=path)
    if not Path(path).is_file():
        raise ValueError(f"{path} does not exist. Give a file that Index.save wrote.")
    try:
        stored = files.read_arrays(path)
        about, codes = json.loads(str(stored["about"])), stored["codes"]
        belongs_to = about["belongs_to"]
        given = {} if belongs_to is None else belongs_to
        texts = [given.get(name, "") for name in ("path", "data", "part")]
        if about["format"] != FORMAT or not all(isinstance(x, str) for x in texts):
            raise ValueError("another format")
        if about["metric"] == "hamming":
            codes = np.unpackbits(codes, axis=1, count=about["features"])
    except _DAMAGED as error:
        raise ValueError(
            f"{path} holds no index, or a damaged one. Make one with Index.save."
        ) from error
    return Index(codes, about["metric"], backend, belongs_to)


def bits(codes, threshold=0.5):
    """Codes as bits: whether each number is above a threshold.

    Args:
        codes: Array of shape `(n, ...)`.
        threshold: Number, or array of one for each number of a code.

    Raises:
        ValueError: If a number or threshold is not finite.
    """
    codes, threshold = np.asarray(codes, "float32"), np.asarray(threshold, "float32")
    if threshold.ndim and threshold.shape != codes.shape[1:]:
        raise ValueError(
            "`threshold` must be a number, or one for each number of a code, "
            f"{codes.shape[1:]}. Received: shape {threshold.shape}."
        )
    for name, values in (("codes", codes), ("threshold", threshold)):
        if not np.isfinite(values).all():
            raise ValueError(
                f"`{name}` must be finite to become bits. Received: NaN or infinite "
                "numbers."
            )
    return codes > threshold
