"""A contest of ways to train: epochs timed in turn, each way in its own process.

After its warm-up epochs a contestant waits; the parent lets one at a time run two
epochs, in turn, so that a drift of the machine's speed meets them all. The second is
timed: the first brings back what the system took from the waiting process. All train on
random images of MNIST's shape, 60,000 unless said otherwise. Contestants named
"event: name" are timed event by event, and compared within it.
"""

import argparse
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import numpy as np

EXAMPLES = 60_000
FEATURES = 784
WARM_UP = 2
# The contestant that the others of its event are compared with.
OURS = "tfae fit"


class Pace:
    """The child's side: a turn is an epoch to warm its memory and a timed one."""

    def __init__(self, turns):
        self.epochs = WARM_UP + 2 * turns
        self.done = 0
        self.started = 0.0

    def begin(self):
        """Called before each epoch; waits for the parent's word before a turn."""
        if self.done == WARM_UP:
            print("ready", flush=True)
        if self.done >= WARM_UP and (self.done - WARM_UP) % 2 == 0:
            sys.stdin.readline()
        self.started = time.perf_counter()

    def end(self):
        """Called after each epoch; tells the parent the seconds of a timed one."""
        seconds = time.perf_counter() - self.started
        if self.done >= WARM_UP and (self.done - WARM_UP) % 2 == 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(json.dumps([seconds, peak]), flush=True)
        self.done += 1

    def repeat(self, epoch):
        """Runs `epoch` the whole number of times."""
        for _ in range(self.epochs):
            self.begin()
            epoch()
            self.end()

    def callback(self):
        """Callback that lets Keras' `fit` keep this pace."""
        import keras

        return keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self.begin(),
            on_epoch_end=lambda epoch, logs: self.end(),
        )


def fit_recipe(name, images, pace):
    """`model.fit` of a recipe, shuffled as Keras and PyTorch shuffle theirs."""
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as the command does
    from tfae import batches, recipes
    from tfae.recipes import building

    recipe = recipes.get(name)
    model = building.build(recipe, images.shape[1:])
    building.compile_model(model, recipe, len(images) // recipe.batch_size)
    model.fit(
        batches(images, recipe.batch_size, drop_remainder=True),
        epochs=pace.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[pace.callback()],
    )


def measure(contestants, epochs):
    """Seconds of each epoch and peak memory in MiB, by contestant."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    children, results = {}, {}
    for name, (_, package) in contestants.items():
        if importlib.util.find_spec(package) is None:
            print(f"{name}: {package} is not installed (extra bench); left out")
            continue
        command = [
            sys.executable,
            sys.argv[0],
            "--epochs",
            str(epochs),
            "--child",
            name,
        ]
        children[name] = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        # One at a time: warm-ups at once would only slow each other down.
        if not any(line == "ready\n" for line in children[name].stdout):
            sys.exit(f"{name} failed before its first epoch")
        results[name] = {"seconds": [], "peak_memory_mib": 0}
    for _ in range(epochs):
        for name, child in children.items():
            child.stdin.write("go\n")
            child.stdin.flush()
            seconds, peak = json.loads(child.stdout.readline())
            results[name]["seconds"].append(round(seconds, 3))
            results[name]["peak_memory_mib"] = peak
    for child in children.values():
        child.communicate()
    return results


def main(description, contestants, shape=(EXAMPLES, FEATURES)):
    """Parent: runs the contestants in turn and prints medians and ratios.

    Args:
        description: What is timed, in a line.
        contestants: `(function of images and a pace, package that it needs)` by name.
        shape: Shape of the array of images that the contestants get.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--epochs", type=int, default=5, help="timed epochs of each")
    parser.add_argument("--record", type=Path, help="JSON file to write the figures to")
    parser.add_argument("--child", choices=contestants, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        images = np.random.default_rng(0).random(shape, dtype="float32")
        contestants[options.child][0](images, Pace(options.epochs))
        return
    results = {}
    for _, names in groupby(contestants, _event):
        some = {name: contestants[name] for name in names}
        results |= measure(some, options.epochs)
    columns = ("median", "min", "max", "ratio", "MiB")
    print(f"{'seconds an epoch':32}" + "".join(f"{name:>8}" for name in columns))
    for name, result in results.items():
        seconds, ours = result["seconds"], results[_event(name) + OURS]["seconds"]
        result["ratio"] = round(statistics.median(seconds) / statistics.median(ours), 2)
        row = [statistics.median(seconds), min(seconds), max(seconds), result["ratio"]]
        shown = "".join(f"{value:8.2f}" for value in row)
        print(f"{name:32}{shown}{result['peak_memory_mib']:8}")
    print("ratio: its median to tfae's; above 1, tfae is faster")
    if options.record:
        packages = ("tensorflow", "keras", "torch", "pythae")
        installed = [name for name in packages if importlib.util.find_spec(name)]
        record = {
            "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
            "versions": {name: version(name) for name in installed},
            "contestants": results,
        }
        options.record.write_text(json.dumps(record, indent=2) + "\n")


def _event(name):
    return "".join(name.rpartition(": ")[:2])
