"""Exact searches among codes."""

import importlib
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

BITS_OF_A_WORD = 64
DISTANCES_AT_ONCE = 500_000  # per thread, so that they fit into its cache


def _least(distances, count):
    """Places and values of the smallest in each row; the first of equal ones."""
    size = distances.shape[1]
    if count == size:
        places = np.argsort(distances, axis=1, kind="stable")
        return places, np.take_along_axis(distances, places, axis=1)
    places = np.sort(np.argpartition(distances, count - 1, axis=1)[:, :count], axis=1)
    found = np.take_along_axis(distances, places, axis=1)
    # If several are as near as the last one, those chosen may not be the first ones.
    tied = (distances <= found.max(axis=1, keepdims=True)).sum(axis=1) > count
    if tied.any():
        order = np.argsort(distances[tied], axis=1, kind="stable")
        places[tied] = order[:, :count]
        found[tied] = np.take_along_axis(distances[tied], places[tied], axis=1)
    order = np.argsort(found, axis=1, kind="stable")
    return [np.take_along_axis(one, order, axis=1) for one in (places, found)]


def _of_length_1(rows):
    """Rows divided by their lengths; a row of zeros is unchanged."""
    # In float64, so that squares do not overflow.
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype="float64"))
    return rows / np.where(norms > 0, norms, 1).astype(rows.dtype)[:, None]


class Angles:
    """Exact search by the cosine of the angle between codes."""

    at_once = 256

    def __init__(self, codes):
        self._codes = _of_length_1(codes)

    def search(self, rows, count):
        cosines = _of_length_1(rows) @ self._codes.T
        return _least(np.clip(1 - cosines, 0, 2), count)


class Lengths:
    """Exact search by the Euclidean distances of scikit-learn."""

    at_once = 256

    def __init__(self, codes):
        self._codes = codes

    def search(self, rows, count):
        from sklearn.metrics import euclidean_distances

        return _least(euclidean_distances(rows, self._codes), count)


class Bits:
    """Exact search among packed bits by the number of different bits."""

    at_once = 4096

    def __init__(self, codes):
        self._words = np.asfortranarray(self._packed(codes))

    def search(self, rows, count):
        words, radii = self._packed(rows), rows.shape[1] + 1
        size = max(1, DISTANCES_AT_ONCE // len(self._words))
        parts = [words[first : first + size] for first in range(0, len(words), size)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [*pool.map(lambda part: self._search(part, radii, count), parts)]
        return [np.concatenate(one) for one in zip(*found, strict=True)]

    def _search(self, rows, radii, count):
        size = len(self._words)
        distances = np.zeros((len(rows), size), np.min_scalar_type(radii))
        for queries, stored in zip(rows.T, self._words.T, strict=True):
            distances += np.bitwise_count(queries[:, None] ^ stored)
        # The counts of codes per distance give the distance of the last one.
        first = radii * np.arange(len(rows))[:, None]
        counts = np.bincount((distances + first).ravel(), minlength=radii * len(rows))
        reached = np.cumsum(counts.reshape(-1, radii), axis=1) >= count
        last = reached.argmax(axis=1).astype(distances.dtype)
        near = np.flatnonzero(distances <= last[:, None])
        queries, places = np.divmod(near, size)
        # Sorted by a single number: by query, then distance, then place.
        keys = (radii * queries + distances.ravel()[near]) * size + places
        keys.sort()
        starts = np.searchsorted(queries, np.arange(len(rows)))
        keys = keys[starts[:, None] + np.arange(count)]
        return keys % size, keys // size - first

    @staticmethod
    def _packed(bits):
        rest = -bits.shape[1] % BITS_OF_A_WORD
        return np.packbits(np.pad(bits, ((0, 0), (0, rest))), axis=1).view("uint64")


class Faiss:
    """Exact search by FAISS."""

    at_once = 256

    def __init__(self, codes, metric):
        try:
            faiss = importlib.import_module("faiss")
        except ImportError as error:
            raise ImportError(
                'backend="faiss" needs the package faiss-cpu: '
                "pip install 'tfae[retrieval]'."
            ) from error
        self._metric = metric
        rows = self._prepared(codes)
        if metric == "hamming":
            self._index = faiss.IndexBinaryFlat(8 * rows.shape[1])
        elif metric == "cosine":
            self._index = faiss.IndexFlatIP(rows.shape[1])
        else:
            self._index = faiss.IndexFlatL2(rows.shape[1])
        self._index.add(rows)

    def search(self, rows, count):
        found, places = self._index.search(self._prepared(rows), count)
        if self._metric == "cosine":
            return places, np.clip(1 - found, 0, 2)
        return places, np.sqrt(found) if self._metric == "euclidean" else found

    def _prepared(self, rows):
        if self._metric == "hamming":
            return np.packbits(rows, axis=1)
        if self._metric == "cosine":
            rows = _of_length_1(rows)
        return np.ascontiguousarray(rows, "float32")
