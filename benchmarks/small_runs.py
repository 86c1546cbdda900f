"""Times trainings that take seconds: 150 epochs of 1,457 digits.

The flagship's network of the demo, 64-256-128-12-128-256-64, Adam, mean squared error,
22 whole batches of 64 an epoch, and 161 digits for validation after each. Plain Keras
`fit` on arrays and `fit` of the recipe train in turn in one process, `--runs` times
after a first time each, which compiles, and is told apart.

    python benchmarks/small_runs.py [--runs 3] [--record docs/small_runs.json]
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf

from tfae import datasets, evaluation, recipes
from tfae.recipes import building

RECIPE = "leaky_relu_digits"


def keras_fit(recipe, split):
    """Plain Keras: the same networks, `fit(x, x)` on arrays, all defaults."""
    built = building.build(recipe, split.train.inputs.shape[1:])
    model = keras.Sequential([built.encoder, built.decoder])
    model.compile(keras.optimizers.Adam(recipe.learning_rate), "mse")
    whole = len(split.train.inputs) // recipe.batch_size * recipe.batch_size
    train, valid = split.train.inputs[:whole], split.valid.inputs
    options = {"batch_size": recipe.batch_size, "epochs": recipe.epochs, "verbose": 0}
    options["validation_batch_size"] = len(valid)
    return lambda: model.fit(train, train, validation_data=(valid, valid), **options)


def tfae_fit(jit_compile):
    """The recipe's model and pipelines, with XLA or without."""

    def prepare(recipe, split):
        recipe = building.override(recipe, {"jit_compile": jit_compile})
        train, valid = split.train.inputs, split.valid.inputs
        model = building.build(recipe, train.shape[1:])
        building.compile_model(model, recipe, len(train) // recipe.batch_size)
        data = datasets.batches(train, recipe.batch_size, drop_remainder=True)
        held = datasets.batches(valid, evaluation.at_once(model), shuffle=False)
        options = {"epochs": recipe.epochs, "shuffle": False, "verbose": 0}
        return lambda: model.fit(data, validation_data=held, **options)

    return prepare


CONTESTANTS = {
    "tfae fit": tfae_fit(True),
    "tfae fit, without XLA": tfae_fit(False),
    "Keras fit(x, x)": keras_fit,
}


def timed(function):
    """Seconds that a function takes of all cores, and of the clock."""
    used, begun = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - used, time.perf_counter() - begun


def measure(runs):
    """Dict from contestants to the seconds of the first run and of the others."""
    recipe = recipes.get(RECIPE)
    split = datasets.load(recipe.data, recipe.validation)
    fits = {name: prepare(recipe, split) for name, prepare in CONTESTANTS.items()}
    found = {name: [] for name in fits}
    for _ in range(1 + runs):
        for name, fit in fits.items():
            found[name].append([round(one, 2) for one in timed(fit)])
    return {
        name: {
            "first": dict(zip(("cpu", "wall"), first, strict=True)),
            "cpu": [cpu for cpu, _ in others],
            "wall": [wall for _, wall in others],
        }
        for name, (first, *others) in found.items()
    }


def main():
    """Prints the medians, and records all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    found = measure(options.runs)
    ours = found["tfae fit"]
    for name, result in found.items():
        for kind in ("cpu", "wall"):
            median = statistics.median(result[kind])
            result[f"{kind}_ratio"] = round(median / statistics.median(ours[kind]), 2)
        print(
            f"{name}: first {result['first']['cpu']} s of CPU, then "
            f"{statistics.median(result['cpu'])} ({result['cpu_ratio']} times tfae's); "
            f"{statistics.median(result['wall'])} s of the clock "
            f"({result['wall_ratio']} times)"
        )
    if options.record:
        record = {
            "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
            "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
            "contestants": found,
        }
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
