"""What searches among codes: all of them exact, none leaves a code out."""

import importlib

import numpy as np

BITS_OF_A_WORD = 64


def _least(distances, count):
    """Places and values of the least in each row; of equal ones the first."""
    size = distances.shape[1]
    if count == size:
        places = np.argsort(distances, axis=1, kind="stable")
        return places, np.take_along_axis(distances, places, axis=1)
    places = np.sort(np.argpartition(distances, count - 1, axis=1)[:, :count], axis=1)
    found = np.take_along_axis(distances, places, axis=1)
    # Where more are as near as the last, those chosen may not be the first of them.
    tied = (distances <= found.max(axis=1, keepdims=True)).sum(axis=1) > count
    if tied.any():
        order = np.argsort(distances[tied], axis=1, kind="stable")
        places[tied] = order[:, :count]
        found[tied] = np.take_along_axis(distances[tied], places[tied], axis=1)
    order = np.argsort(found, axis=1, kind="stable")
    return [np.take_along_axis(one, order, axis=1) for one in (places, found)]


class Neighbours:
    """Exact search by the distances of scikit-learn."""

    def __init__(self, codes, metric):
        self._codes, self._metric = codes, metric

    def search(self, rows, count):
        from sklearn.metrics import pairwise_distances

        return _least(pairwise_distances(rows, self._codes, self._metric), count)


class Bits:
    """Exact search among packed bits: the number of those that differ."""

    def __init__(self, codes):
        self._words = np.asfortranarray(self._packed(codes))

    def search(self, rows, count):
        size, bits = len(self._words), rows.shape[1]
        distances = np.zeros((len(rows), size), np.min_scalar_type(bits))
        for queries, stored in zip(self._packed(rows).T, self._words.T, strict=True):
            distances += np.bitwise_count(queries[:, None] ^ stored[None])
        # Ordered by one number: by the distance, and of equal ones by the place.
        kind = np.promote_types("uint32", np.min_scalar_type((bits + 1) * size))
        keys = distances.astype(kind) * kind.type(size) + np.arange(size, dtype=kind)
        if count < size:
            keys = np.partition(keys, count - 1, axis=1)[:, :count]
        keys.sort(axis=1)
        return (keys % size).astype("int64"), keys // size

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
