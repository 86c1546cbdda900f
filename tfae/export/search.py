"""A search among the codes of an index, as a served signature."""

import numpy as np
import tensorflow as tf

from tfae.arguments import check_integers

SIGNATURE = "search"


class Search(tf.Module):
    """Search of an index by the codes of a model, in the graph.

    Args:
        encode: Signature of a model that returns codes.
        index: `tfae.evaluation.index.Index`.
        count: Positive integer, number of neighbours to return.
    """

    def __init__(self, encode, index, count=10):
        super().__init__(name=SIGNATURE)
        check_integers(count=count)
        if count > len(index):
            raise ValueError(
                "`count` must be at most the size of the index. Received: "
                f"count={count} of {len(index)}."
            )
        self._encode, self._metric, self._count = encode, index.metric, count
        threshold = (index.belongs_to or {}).get("threshold", 0)
        self._threshold = tf.constant(threshold, "float32")
        codes = np.asarray(index.codes, "float32")
        # Codes are centred, so that squares and their rounding errors are small.
        self._centre = codes.mean(axis=0) if self._metric == "euclidean" else None
        rows = self._prepared(tf.constant(codes))
        # A variable, which is not subject to the graph's limit of 2 GiB.
        self.rows = tf.Variable(rows, trainable=False, name="codes")
        self.lengths = tf.Variable(tf.reduce_sum(rows**2, axis=1), trainable=False)

    def signature(self):
        """The signature `search`: the inputs of `encode` to `ids` and `distances`."""
        dtypes = {**self._encode.dtypes, "ids": "int64"}
        return self._encode._replace(function=self._search, dtypes=dtypes)

    def _search(self, *inputs):
        codes = tf.cast(self._encode.function(*inputs)["codes"], tf.float32)
        if self._metric == "hamming":
            codes = tf.cast(codes > self._threshold, tf.float32)
        codes = tf.reshape(codes, (tf.shape(codes)[0], self.rows.shape[1]))
        codes = self._prepared(codes)
        products = tf.matmul(codes, self.rows, transpose_b=True)
        if self._metric == "cosine":
            distances = tf.maximum(1 - products, 0.0)
        else:
            lengths = tf.reduce_sum(codes**2, axis=1, keepdims=True)
            distances = tf.maximum(lengths + self.lengths - 2 * products, 0.0)
        least, places = tf.math.top_k(-distances, self._count)
        found = -least
        if self._metric == "euclidean":  # exact, not a difference of large squares
            found = tf.norm(tf.gather(self.rows, places) - codes[:, None], axis=-1)
            order = tf.argsort(found, axis=1, stable=True)
            places, found = (
                tf.gather(one, order, batch_dims=1) for one in (places, found)
            )
        return {"ids": tf.cast(places, tf.int64), "distances": found}

    def _prepared(self, rows):
        """Codes scaled to length 1, or 0 for a zero code, for the cosine."""
        if self._metric == "euclidean":
            return rows - self._centre
        if self._metric != "cosine":
            return rows
        return tf.math.divide_no_nan(rows, tf.norm(rows, axis=1, keepdims=True))
