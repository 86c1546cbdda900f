"""Compares what is found by codes of trained models, by the data themselves and by PCA.

Of texts a random part of the test documents are queries to all other ones, beside
TF-IDF and LSA; of images the test part to training and validation part, beside pixels
and PCA. Lists of images are cut off at a thousand.

    python benchmarks/retrieval.py RUN… [--data DATA] [--components 10 128]
        [--queries 2000] [--record docs/retrieval_texts.json]
        [--curves docs/figures/retrieval_texts.png] [--picture FILE]
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA, TruncatedSVD

from tfae import evaluation, files, plots
from tfae.cli.loading import load_model, load_model_and_data
from tfae.evaluation import retrieval
from tfae.evaluation.index import Index, bits

SEED = 0
IMAGES_FOUND = 1000  # the length of their lists
TIMED, REPEATS = 100, 3  # neighbours, and searches
AT_ONCE = 256  # queries
SHOWN, NEIGHBOURS = 6, 10  # of the picture


def median_seconds(function):
    """Median seconds of several calls, after one to warm up."""
    found = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        function()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def sparse_seconds(stored, asked):
    """Seconds of a search among sparse rows of length 1, by their products."""
    stored, asked = csr_matrix(stored).T.tocsr(), csr_matrix(asked)

    def search():
        for first in range(0, asked.shape[0], AT_ONCE):
            products = (asked[first : first + AT_ONCE] @ stored).toarray()
            np.argpartition(-products, TIMED, axis=1)

    search()
    return median_seconds(search)


class Contest:
    """Codes of the same data by several ways, which the same queries search in."""

    def __init__(self, split, queries):
        self.texts = split.test.inputs.dtype == object
        test = split.test
        chosen = np.random.default_rng(SEED).permutation(len(test.inputs))[:queries]
        self.queries, self.query_labels = chosen, test.labels[chosen]
        self.own = chosen if self.texts else None
        self.count = None if self.texts else IMAGES_FOUND
        train, valid = split.train, split.valid
        if self.texts:
            self.stored, self.labels = test.inputs, test.labels
        else:
            self.stored = np.concatenate([train.inputs, valid.inputs])
            self.labels = np.concatenate([train.labels, valid.labels])
        self.asked = test.inputs[chosen]
        self.figures, self.curves, self.found = {}, {}, {}

    def add(self, name, stored, asked, metric="cosine"):
        """Measures codes of what is stored, and of the queries."""
        index = Index(stored, metric)
        relevant = retrieval.ranked(
            index, asked, self.labels, self.query_labels, self.own, self.count
        )
        places, _ = index.search(asked, TIMED)
        seconds = median_seconds(lambda: index.search(asked, TIMED))
        self.figures[name] = {
            "numbers": index.codes.shape[1],
            **retrieval.figures_of(relevant, self.count),
            "seconds": seconds,
        }
        totals = (self.labels == self.query_labels[:, None]).sum(axis=1)
        totals -= self.own is not None
        self.curves[name] = retrieval.precision_recall(relevant, totals)
        self.found[name] = places[:SHOWN, :NEIGHBOURS]
        print(name, json.dumps(self.figures[name]), flush=True)

    def add_model(self, name, model):
        """Measures the codes of a model, and their bits where they are in [0, 1]."""
        stored = evaluation.encode(model, self.stored)
        asked = evaluation.encode(model, self.asked)
        self.add(name, stored, asked)
        if stored.min() >= 0 and stored.max() <= 1:
            self.add(f"{name}, bits", bits(stored), bits(asked), "hamming")


def add_baselines(contest, split, components, model):
    """Measures the data themselves, and their principal components."""
    if contest.texts:
        bag = model.bag
        weighting = model.encoder.layers[0]

        def vectors(texts):
            return np.asarray(weighting(bag.sparse_counts(texts).toarray()))

        train, stored, asked = map(
            vectors, (split.train.inputs, contest.stored, contest.asked)
        )
        name, reduced, kind = "TF-IDF", "LSA", TruncatedSVD
    else:
        train, stored, asked = (
            values.reshape(len(values), -1)
            for values in (split.train.inputs, contest.stored, contest.asked)
        )
        name, reduced, kind = "pixels", "PCA", PCA
    contest.add(name, stored, asked)
    if contest.texts:
        seconds = sparse_seconds(stored, asked)
        contest.figures[name]["seconds_of_sparse_rows"] = seconds
    for count in components:
        model = kind(count, random_state=SEED).fit(train)
        contest.add(
            f"{reduced} {count}", model.transform(stored), model.transform(asked)
        )


def draw_neighbours(contest, split, names, path):
    """Queries, and what is found by two ways, row under row."""
    rows = {}
    for number in range(SHOWN):
        for name in names:
            found = contest.stored[contest.found[name][number]]
            query = contest.asked[number][None]
            rows[f"{number + 1}, {name}"] = np.concatenate([query, found])
    title = "Queries (on the left), and the nearest of what is stored"
    figure = plots.examples(rows, split.image_shape, title, 1 + NEIGHBOURS)
    with files.atomic(path) as beside:
        figure.savefig(beside, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--data")
    parser.add_argument("--components", nargs="*", type=int, default=[])
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--curves", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    model, split, first = load_model_and_data(options.runs[0], options.data)
    contest = Contest(split, options.queries)
    add_baselines(contest, split, options.components, model)
    contest.add_model(first, model)
    for path in options.runs[1:]:
        contest.add_model(path.name, load_model(path, split))
    if options.record:
        result = {
            "data": "texts" if contest.texts else "images",
            "queries": len(contest.queries),
            "stored": len(contest.stored),
            "codes": contest.figures,
        }
        options.record.write_text(json.dumps(result, indent=2) + "\n")
    if options.curves:
        figure = plots.precision_recall(contest.curves)
        with files.atomic(options.curves) as beside:
            figure.savefig(beside, dpi=120)
    if options.picture:
        names = [next(iter(contest.found)), [*contest.found][-1]]
        draw_neighbours(contest, split, names, options.picture)


if __name__ == "__main__":
    main()
