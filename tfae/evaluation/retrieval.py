"""Retrieval by codes: the nearest examples, and how many of them are relevant."""

import hashlib

import numpy as np

from tfae import batch_streams, evaluation
from tfae.arguments import plain
from tfae.evaluation.index import Index, bits

RANKS = (1, 10, 100)


def fingerprint(model):
    """Hexadecimal digest of a model's weights, and of its vocabulary if it has one."""
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    for word in getattr(model, "vocabulary", None) or ():
        digest.update(f"{word}\0".encode())
    return digest.hexdigest()


def of(model, inputs, metric="cosine", backend="scikit-learn", threshold=0.5, **about):
    """An `Index` of a model's codes of inputs.

    Args:
        model: Model with `encode`.
        inputs: Array of shape `(n, ...)`, or a stream of batches.
        metric: As for `Index`.
        backend: As for `Index`.
        threshold: As for `bits`, if the metric is `"hamming"`.
        **about: Further numbers, strings and lists to store with the index.
    """
    batch_streams.check_again(inputs, "Encoding and naming read the examples twice.")
    if not (batch_streams.is_stream(inputs) or len(inputs)):
        raise ValueError("An index needs at least one example. Received: none.")
    codes = evaluation.encode(model, inputs)
    if metric == "hamming":
        codes, about = bits(codes, threshold), {**about, "threshold": plain(threshold)}
    about = {
        "model": type(model).__name__,
        "weights": fingerprint(model),
        "examples": examples_digest(inputs),
        **about,
    }
    return Index(codes, metric, backend, about)


def search(index, model, inputs, count=10):
    """The examples of an index nearest to inputs, encoded by its model.

    Args:
        index: `Index` made by `of`, possibly loaded from a file.
        model: The model of the index.
        inputs: Array of shape `(m, ...)`, inputs of the model.
        count: As for `Index.search`.

    Returns:
        Pair of places and distances, as in `Index.search`.

    Raises:
        ValueError: If the index belongs to another model, or inputs do not fit it.
    """
    check_model(index, model)
    inputs = evaluation.taken(model, np.asarray(inputs))
    if not len(inputs):
        return index.search(index.codes[:0], count)
    model.check_inputs(inputs, "the queries")
    codes = evaluation.encode(model, inputs)
    if index.metric == "hamming":
        codes = bits(codes, index.belongs_to["threshold"])
    return index.search(codes, count)


def examples_digest(inputs):
    """Hexadecimal digest that identifies examples."""
    digest = hashlib.sha256()
    for part in batch_streams.parts(inputs, evaluation.BATCH_SIZE):
        array = np.asarray(part)
        if array.dtype == object:
            for text in array:
                digest.update(f"{text}\0".encode(errors="replace"))
        else:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def check_model(index, model):
    """Raises `ValueError` if an index does not hold codes of `model`."""
    about = index.belongs_to or {}
    if "weights" not in about:
        raise ValueError(
            "The index must hold codes of this model. Received: one that does not name "
            "its model. Build it again with this model."
        )
    if about["weights"] != fingerprint(model):
        raise ValueError(
            "The index must hold codes of this model. Received: one of another "
            f"{about.get('model', 'model')}, or of other weights. Build it again with "
            "this model."
        )


def relevance(places, labels, query_labels):
    """Whether the examples at places have the class of the query: `(m, count)`."""
    return np.asarray(labels)[places] == np.asarray(query_labels)[:, None]


def precision_at(relevant, rank):
    """Share of the first `rank` of each list that are relevant: `(m,)`."""
    return relevant[:, :rank].mean(axis=1)


def average_precision(relevant):
    """Mean of the precisions at each relevant place of each list: `(m,)`.

    If a list is truncated, only the retrieved items count. The result is 0 if none of
    them is relevant.

    Args:
        relevant: Array of booleans, `(m, count)`, the nearest first.
    """
    if not relevant.shape[1]:
        return np.zeros(len(relevant))
    hits = np.cumsum(relevant, axis=1)
    precisions = hits / np.arange(1, relevant.shape[1] + 1)
    return (precisions * relevant).sum(axis=1) / np.maximum(hits[:, -1], 1)


def precision_recall(relevant, total, points=50):
    """Mean precision and recall of lists truncated at increasing lengths.

    Args:
        relevant: Array of booleans, `(m, count)`, the nearest first.
        total: Array of `m` integers: the number of relevant codes of each query.
        points: Positive integer, number of lengths, in geometric steps.

    Returns:
        Pair of arrays: recalls and precisions.
    """
    count = relevant.shape[1]
    lengths = np.unique(np.geomspace(1, count, points).round().astype(int))
    hits = np.cumsum(relevant, axis=1)[:, lengths - 1]
    total = np.maximum(np.asarray(total), 1)[:, None]
    return (hits / total).mean(axis=0), (hits / lengths).mean(axis=0)


def figures(index, queries, labels, query_labels, own_places=None, count=None):
    """Retrieval quality, averaged over queries.

    Args:
        index: `Index` of n codes.
        queries: Array of shape `(m, ...)`: codes.
        labels: Array of `n` classes.
        query_labels: Array of `m` classes.
        own_places: Array of `m` places of the queries themselves in the index, which
            are left out; or `None` if they are not in it.
        count: Positive integer, length of the lists. Defaults to the size of the index.

    Returns:
        Dict, as in `figures_of`.
    """
    relevant = ranked(index, queries, labels, query_labels, own_places, count)
    return figures_of(relevant, count)


def figures_of(relevant, count=None):
    """Average retrieval quality of ranked lists.

    Args:
        relevant: Array of booleans, `(m, n)`, the nearest first.
        count: Positive integer, the length to which the lists were truncated, or `None`
            if they are complete.

    Returns:
        Dict of `precision_at_1`, `precision_at_10` and `precision_at_100`, as far as
        the lists are long enough, and `mean_average_precision`, for truncated lists
        with their length in the name: `mean_average_precision_at_1000`.
    """
    found = {
        f"precision_at_{rank}": float(precision_at(relevant, rank).mean())
        for rank in RANKS
        if rank <= relevant.shape[1]
    }
    name = "mean_average_precision" + (f"_at_{count}" if count else "")
    return {**found, name: float(average_precision(relevant).mean())}


def ranked(index, queries, labels, query_labels, own_places=None, count=None):
    """Relevance of the results of each query, the nearest first.

    Arguments as for `figures`.

    Returns:
        Array of booleans, `(m, count)`.
    """
    others = len(index) - (own_places is not None)
    if not others:
        raise ValueError(
            "The index must hold other codes than the query's. Received: one code."
        )
    count = others if count is None else count
    if own_places is None:
        places, _ = index.search(queries, count)
        return relevance(places, labels, query_labels)
    if count > others:
        raise ValueError(
            "`count` must be at most the codes that are not the query's. Received: "
            f"count={count} of {others}."
        )
    places, _ = index.search(queries, count + 1)
    own = places == np.asarray(own_places)[:, None]
    own[~own.any(axis=1), -1] = True  # a duplicate was found instead: drop the last
    places = places[~own].reshape(len(places), -1)
    return relevance(places, labels, query_labels)
