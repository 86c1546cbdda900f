"""What caching saves: greedy pretraining in phases of one `fit`, and on activations.

Two stacks on MNIST, the notebook's and a deep one: seconds of an epoch of each layer
beyond the first, in both ways and in turn, and what it takes to compute the activations
that the layer learns from.

    python benchmarks/pretraining.py [--record docs/pretraining.json]
"""

import argparse
import dataclasses
import itertools
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
from tfae import datasets, recipes
from tfae.pretraining import activations
from tfae.recipes import building

RECIPES = ("greedy_mnist", "deep_mnist")


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
    """Seconds of the epochs of each layer but the first, which compile left out."""
    clock, model = EpochClock(), stack(recipe, len(inputs))
    layers = len(model.stages)
    model.fit(
        datasets.batches(inputs, recipe.batch_size, drop_remainder=True),
        epochs=layers * epochs,
        shuffle=False,
        callbacks=[tfae.GreedyPretraining(epochs), clock],
        verbose=0,
    )
    return [
        clock.seconds(layer * epochs + 1, (layer + 1) * epochs)
        for layer in range(1, layers)
    ]


def cached(recipe, inputs, epochs):
    """As `in_phases`, and the seconds that the activations below each layer take."""
    clocks, model = [], stack(recipe, len(inputs))

    class Timed(tfae.Autoencoder):
        def fit(self, *args, callbacks=(), **options):
            clocks.append(EpochClock())
            return super().fit(*args, callbacks=[*callbacks, clocks[-1]], **options)

    pretraining = tfae.GreedyPretraining(
        epochs,
        Timed,
        batch_size=recipe.batch_size,
        inputs=inputs,
        verbose=0,
    )
    model.fit(inputs, epochs=0, callbacks=[pretraining], verbose=0)
    ahead, hidden = [], inputs
    for encoder, _ in model.stages[:-1]:
        started = time.perf_counter()
        hidden = activations(encoder, hidden)
        ahead.append(time.perf_counter() - started)
    return [clock.seconds(1, epochs) for clock in clocks[1:]], ahead


def main():
    """Prints what it measures, and with `--record` writes it to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3, help="of both ways")
    parser.add_argument("--epochs", type=int, default=4, help="of each layer")
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    found = {
        "layers": [],
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
    }
    for name in RECIPES:
        recipe = recipes.get(name)
        recipe = dataclasses.replace(
            recipe, pretraining={}, decay=None, jit_compile=True
        )
        inputs = datasets.load(recipe.data, recipe.validation).train.inputs
        turns = []
        for _ in range(options.turns):
            turn = {"phases": in_phases(recipe, inputs, options.epochs)}
            turn["cached"], turn["ahead"] = cached(recipe, inputs, options.epochs)
            turns.append(turn)
        for index in range(len(turns[0]["phases"])):
            row = {"recipe": name, "layer": index + 2}
            for way in ("phases", "cached"):
                of_turns = (turn[way][index] for turn in turns)
                row[way] = list(itertools.chain.from_iterable(of_turns))
            row["activations"] = [turn["ahead"][index] for turn in turns]
            seconds = [statistics.median(row[way]) for way in ("phases", "cached")]
            row["ratio"] = round(seconds[0] / seconds[1], 2)
            found["layers"].append(row)
            print(json.dumps(row), flush=True)
    if options.record:
        options.record.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
