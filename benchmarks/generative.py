"""Compares the samples of trained generative models, side by side.

Each model draws as many examples with the same seed; features are those of a classifier
of MNIST, which is trained for two epochs where its file is missing.

    python benchmarks/generative.py RUN… [--count 10000] [--classifier FILE]
        [--record docs/generative.json] [--picture docs/figures/generative.png]
"""

import argparse
import json
import time
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

import tfae
from tfae import datasets, evaluation, files
from tfae.cli.loading import load_model_and_data
from tfae.evaluation import samples

SEED = 0
SHOWN = 10  # rows and columns of examples of a model in the picture
PANELS = 3  # a row
NEAR = 2000  # examples for precision and recall, whose cost is of the square
DRAWN_AT_ONCE = 1000


def classifier(path):
    """The classifier of MNIST at a path, trained where it is missing."""
    if not path.exists():
        keras.utils.set_random_seed(SEED)
        split = datasets.load("mnist", 5_000, flatten=False)
        encoder, _ = tfae.networks.convolutional((28, 28, 1), [32, 64], latent_dim=64)
        model = tfae.Classifier(encoder, 10)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        pipeline = datasets.batches(
            split.train.inputs, 128, split.train.labels, seed=SEED
        )
        model.fit(pipeline, epochs=2, shuffle=False, verbose=2)
        tfae.saving.save(model, path)
    return tfae.load(path)


def draw(model, count):
    """Samples of a model, and the seconds that they took."""
    started = time.perf_counter()
    seeds = range(SEED, SEED + -(-count // DRAWN_AT_ONCE))
    size = min(count, DRAWN_AT_ONCE)
    found = [np.asarray(model.sample(size, seed=seed)) for seed in seeds]
    return np.concatenate(found)[:count], time.perf_counter() - started


def measure(model, split, judge, count):
    """Figures of the samples of a model, and the first of them as images."""
    drawn, seconds = draw(model, count)
    images = drawn.reshape(-1, 28, 28, 1)
    test = split.test.inputs.reshape(-1, 28, 28, 1)
    ours, theirs = (
        evaluation.in_batches(lambda x: judge.encoder(x, training=False), array)
        for array in (images, test)
    )
    labels = judge.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    precision, recall = samples.precision_and_recall(ours[:NEAR], theirs[:NEAR])
    return images, {
        "seconds": seconds,
        **samples.parzen(drawn, split),
        "frechet": samples.frechet_distance(ours, theirs),
        "precision": precision,
        "recall": recall,
        # At least a fifth of what an equal share would be.
        "classes": samples.classes_visited(labels, least=count // 50),
        "mixing": samples.mixing(labels),
    }


def panels(examples):
    """Figure of square panels of as many examples as `SHOWN` rows and columns hold."""
    rows = -(-len(examples) // PANELS)
    figure = Figure(figsize=(4 * PANELS, 4.2 * rows), layout="constrained")
    axes = [*figure.subplots(rows, PANELS, squeeze=False).flat]
    for axis in axes:
        axis.axis("off")
    for axis, (name, images) in zip(axes, examples.items(), strict=False):
        tiles = images.reshape(SHOWN, SHOWN, 28, 28).swapaxes(1, 2)
        axis.imshow(tiles.reshape(SHOWN * 28, SHOWN * 28), "gray", vmin=0, vmax=1)
        axis.set_title(name)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--classifier", type=Path, default=Path("classifier.keras"))
    parser.add_argument("--record", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    if options.picture and options.count < SHOWN**2:
        parser.error(f"The picture takes {SHOWN**2} samples, --count {SHOWN**2}.")
    judge, found, rows = classifier(options.classifier), {}, {}
    for path in options.runs:
        model, split, name = load_model_and_data(path, None)
        metrics = json.loads((path / "metrics.json").read_text())
        images, figures = measure(model, split, judge, options.count)
        found[name] = {"epochs": metrics["epochs"], **figures}
        rows[name] = images[: SHOWN**2]
        print(name, json.dumps(found[name]), flush=True)
    # The data themselves, as if another model had drawn them.
    split = datasets.load("mnist", 5_000)
    rows["test part"] = split.test.inputs[: SHOWN**2]
    if options.record:
        result = {"count": options.count, "seed": SEED, "models": found}
        options.record.write_text(json.dumps(result, indent=2) + "\n")
    if options.picture:
        figure = panels(rows)
        with files.atomic(options.picture) as beside:
            figure.savefig(beside, dpi=120)


if __name__ == "__main__":
    main()
