"""Compares maps of MNIST by several methods, and those of trained models.

The methods map so many training images; models of two codes map the test part, which
they have not seen.

    python benchmarks/maps.py [RUN…] [--count 6000] [--methods pca lle …]
        [--record docs/maps.json] [--picture docs/figures/maps.png]
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from tfae import datasets, evaluation, files, plots
from tfae.cli.loading import load_model_and_data
from tfae.evaluation import maps

METHODS = ("pca", "lle", "laplacian", "sne", "tsne")
SEED = 0
SHOWN = 3000  # points of a panel


def judged(inputs, mapped, labels, seconds):
    return {
        "seconds": seconds,
        **maps.kept(inputs, mapped),
        "nearest_neighbour_error": maps.nearest_neighbour_error(mapped, labels),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN")
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    split = datasets.load("mnist", 5_000)
    inputs, labels = (one[: options.count] for one in split.train)
    rows, panels = {}, {}
    for method in options.methods:
        started = time.perf_counter()
        mapped = maps.project(inputs, method, seed=SEED)
        seconds = time.perf_counter() - started
        rows[method] = judged(inputs, mapped, labels, seconds)
        panels[method] = mapped[:SHOWN], labels[:SHOWN]
        print(method, json.dumps(rows[method]), flush=True)
    for path in options.runs:
        model, split, name = load_model_and_data(path, None)
        test = split.test
        mapped = evaluation.encode(model, test.inputs)
        metrics = json.loads((path / "metrics.json").read_text())
        rows[name] = judged(test.inputs, mapped, test.labels, metrics["seconds"])
        # Of test examples among the training ones, as the paper has it.
        both = np.concatenate(
            [evaluation.encode(model, split.train.inputs), mapped], dtype="float32"
        )
        rows[name]["nearest_training_error"] = of_training(both, split)
        panels[name] = mapped[:SHOWN], test.labels[:SHOWN]
        print(name, json.dumps(rows[name]), flush=True)
    if options.record:
        result = {"count": options.count, "seed": SEED, "maps": rows}
        options.record.write_text(json.dumps(result, indent=2) + "\n")
    if options.picture:
        points = {name: mapped for name, (mapped, _) in panels.items()}
        classes = {name: labels for name, (_, labels) in panels.items()}
        figure = plots.maps(points, classes, columns=4)
        with files.atomic(options.picture) as beside:
            figure.savefig(beside, dpi=120)


def of_training(mapped, split):
    """Share of the test part whose nearest training example has another label."""
    from sklearn.neighbors import KNeighborsClassifier

    count = len(split.train.inputs)
    nearest = KNeighborsClassifier(1).fit(mapped[:count], split.train.labels)
    return 1 - nearest.score(mapped[count:], split.test.labels)


if __name__ == "__main__":
    main()
