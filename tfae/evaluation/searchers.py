"""What searches among codes: all of them exact, none leaves a code out."""

import importlib

import numpy as np

BITS_OF_A_WORD = 64


class Neighbours:
    """Exact search by scikit-learn."""

    def __init__(self, codes, metric):
        from sklearn.neighbors import NearestNeighbors

        self._neighbours = NearestNeighbors(metric=metric, algorithm="brute").fit(codes)

    def search(self, rows, count):
        distances, places = self._neighbours.kneighbors(rows, count)
        return places, distances


class Bits:
    """Exact search among packed bits: the number of those that differ."""

    def __init__(self, codes):
        self._words = self._packed(codes)

    def search(self, rows, count):
        distances = np.zeros((len(rows), len(self._words)), "uint16")
        for queries, stored in zip(self._packed(rows).T, self._words.T, strict=True):
            distances += np.bitwise_count(queries[:, None] ^ stored[None])
        if count < distances.shape[1]:
            places = np.argpartition(distances, count - 1, axis=1)[:, :count]
        else:
            places = np.broadcast_to(np.arange(count), distances.shape)
        found = np.take_along_axis(distances, places, axis=1)
        order = np.argsort(found, axis=1, kind="stable")
        return [np.take_along_axis(one, order, axis=1) for one in (places, found)]

    @staticmethod
    def _packed(bits):
        rest = -bits.shape[1] % BITS_OF_A_WORD
        return np.packbits(np.pad(bits, ((0, 0), (0, rest))), axis=1).view("uint64")


class Faiss:
    """Exact search by FAISS."""

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
            return places, 1 - found
        return places, np.sqrt(found) if self._metric == "euclidean" else found

    def _prepared(self, rows):
        if self._metric == "hamming":
            return np.packbits(rows, axis=1)
        if self._metric == "cosine":
            norms = np.linalg.norm(rows, axis=1, keepdims=True)
            rows = rows / np.where(norms > 0, norms, 1)
        return np.ascontiguousarray(rows, "float32")
