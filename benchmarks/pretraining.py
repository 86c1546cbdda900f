"""What caching saves: greedy pretraining in phases of one `fit`, and on activations.

The notebook's stack, 784-300-150, on MNIST: seconds of an epoch of its second layer in
both ways, in turn, and what it takes to compute the activations of the first.

    python benchmarks/pretraining.py [--record docs/pretraining.json]
"""

import argparse
import dataclasses
import json
import os
import platform
import statistics
import time
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import tfae
from tfae import building, datasets, recipes


class EpochClock(keras.callbacks.Callback):
    """When each epoch began, and ended."""

    def __init__(self):
        super().__init__()
        self.begins, self.ends = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.begins.append(time.perf_counter())

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(time.perf_counter())

    def seconds(self, first, last):
        """Seconds of the epochs from `first` to before `last`."""
        pairs = zip(self.begins[first:last], self.ends[first:last], strict=True)
        return [end - begin for begin, end in pairs]


def stack(recipe, examples):
    """The recipe's model, compiled."""
    keras.utils.set_random_seed(0)
    model = building.build(recipe, (784,))
    building.compile_model(model, recipe, examples // recipe.batch_size)
    return model


def in_phases(recipe, inputs, epochs):
    """Seconds of each epoch of the second layer, but for the first, which compiles."""
    clock = EpochClock()
    stack(recipe, len(inputs)).fit(
        datasets.batches(inputs, recipe.batch_size, drop_remainder=True),
        epochs=1 + epochs,
        shuffle=False,
        callbacks=[tfae.GreedyPretraining([1, epochs]), clock],
        verbose=0,
    )
    return clock.seconds(2, 1 + epochs)


def cached(recipe, inputs, epochs):
    """As `in_phases`, and the seconds between the layers, of computing activations."""
    clocks = []

    class Timed(tfae.Autoencoder):
        def fit(self, *args, callbacks=(), **options):
            clocks.append(EpochClock())
            return super().fit(*args, callbacks=[*callbacks, clocks[-1]], **options)

    pretraining = tfae.GreedyPretraining(
        [1, epochs],
        lambda *layers: Timed(*layers),
        batch_size=recipe.batch_size,
        inputs=inputs,
        verbose=0,
    )
    stack(recipe, len(inputs)).fit(inputs, epochs=0, callbacks=[pretraining], verbose=0)
    first, second = clocks
    return second.seconds(1, epochs), second.begins[0] - first.ends[-1]


def main():
    """Prints what it measures, and with `--record` writes it to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3, help="of both ways")
    parser.add_argument("--epochs", type=int, default=5, help="of the second layer")
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    recipe = dataclasses.replace(recipes.get("greedy_mnist"), pretraining={})
    inputs = datasets.load(recipe.data, recipe.validation).train.inputs
    seconds, ahead = {"phases": [], "cached": []}, []
    for _ in range(options.turns):
        seconds["phases"] += in_phases(recipe, inputs, options.epochs)
        taken, before = cached(recipe, inputs, options.epochs)
        seconds["cached"] += taken
        ahead.append(before)
    median = {way: statistics.median(taken) for way, taken in seconds.items()}
    found = {
        "seconds": seconds,
        "activations": ahead,
        "ratio": round(median["phases"] / median["cached"], 2),
        # Of the notebook's four epochs a layer, activations and all.
        "ratio_of_layer": round(
            4 * median["phases"] / (4 * median["cached"] + statistics.median(ahead)), 2
        ),
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
    }
    print(json.dumps(found, indent=1))
    if options.record:
        options.record.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
