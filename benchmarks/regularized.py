"""What the regularised variants cost and save, each against its rival in one run.

- Contraction: one epoch of each way to the Jacobian's norm, against plain training of
  the same network, in turn.
- Marginalization: three layers in closed form (mSDA) against the same three layers as
  denoising autoencoders trained one after the other by descent; seconds, and the error
  of a linear probe on the last codes.

    python benchmarks/regularized.py [--record docs/regularized.json]
"""

import argparse
import functools
import json
import os
import platform
import statistics
import time
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import tfae
from tfae import datasets, losses
from tfae.evaluation import probes

BATCH_SIZE = 128
UNITS = (100, 1000)
# Greedy pretraining of the stacked denoising autoencoder, as deeplearning.net's SdA.
EPOCHS_A_LAYER = 15
DEPTH, RATE = 3, 0.5


def contraction(inputs, epochs):
    """Yields seconds of epochs, and how often those of plain training, by method."""
    for units in UNITS:
        models = {"plain": tfae.Autoencoder(*_networks(units))}
        for method in ("analytic", "estimate", "exact"):
            if method != "exact" or units < 1000:  # a backward pass for each
                models[method] = tfae.ContractiveAutoencoder(
                    *_networks(units), method=method
                )
        for method, model in models.items():
            model.compile(
                "adam",
                losses.SummedBinaryCrossentropy(),
                # XLA takes minutes to fold the constants of a hundred passes.
                jit_compile=method != "exact",
                steps_per_execution=32,
            )
        seconds = {method: [] for method in models}
        for turn in range(epochs + 1):
            for method, model in models.items():
                taken = _epoch(model, inputs)
                if turn:  # the first one compiles
                    seconds[method].append(taken)
        plain = statistics.median(seconds["plain"])
        for method, taken in seconds.items():
            ratio = round(statistics.median(taken) / plain, 2)
            yield {"units": units, "method": method, "seconds": taken, "ratio": ratio}


def _networks(units):
    return tfae.networks.dense(784, [units], "sigmoid", tie_weights=True)


def _epoch(model, inputs):
    batches = datasets.batches(inputs, BATCH_SIZE, drop_remainder=True)
    started = time.perf_counter()
    model.fit(batches, shuffle=False, verbose=0)
    return time.perf_counter() - started


def marginalization(split):
    """Yields each kind of stack: seconds of training, error of a linear probe."""
    inputs = np.concatenate([split.train.inputs, split.valid.inputs])
    started = time.perf_counter()
    model = tfae.MarginalizedDenoisingAutoencoder(784, DEPTH, RATE, 1e-5)
    model.compile(loss="mse", jit_compile=False)  # not worth a compiler, as its recipe
    # Without the pass for the decoder, which no code needs.
    batches = datasets.batches(inputs, 1000, shuffle=False)
    with warnings.catch_warnings(action="ignore"):  # of the decoder
        model.fit(batches, epochs=DEPTH, shuffle=False, verbose=0)
    yield _measured("closed form", time.perf_counter() - started, model, split)

    started = time.perf_counter()
    stack = tfae.StackedAutoencoder(784, [784] * DEPTH, "sigmoid")
    # XLA draws the noise of the rival slowly, which would flatter the closed form.
    stack.compile("adam", "mse", jit_compile=False, steps_per_execution=32)
    learner = functools.partial(
        tfae.DenoisingAutoencoder, corruption=tfae.layers.MaskingNoise(RATE)
    )
    pretraining = tfae.GreedyPretraining(
        EPOCHS_A_LAYER, learner, batch_size=BATCH_SIZE, inputs=inputs, verbose=0
    )
    stack.fit(inputs, epochs=0, callbacks=[pretraining], verbose=0)
    yield _measured("descent", time.perf_counter() - started, stack, split)


def _measured(name, seconds, model, split):
    figures = probes.measure(model, split, ["logistic"])
    return {"stack": name, "seconds": round(seconds, 2), **figures}


def main():
    """Prints what it measures, and with `--record` writes it to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="timed, of each method")
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    keras.utils.set_random_seed(0)
    split = datasets.load("mnist", 5_000)

    found = {
        "stacks": [],
        "contraction": [],
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
    }
    measurements = {
        "stacks": marginalization(split),
        "contraction": contraction(split.train.inputs, options.epochs),
    }
    for part, rows in measurements.items():
        for row in rows:
            found[part].append(row)
            print(json.dumps(row), flush=True)
            if options.record:  # what is measured is kept, whatever comes next
                options.record.write_text(json.dumps(found, indent=1) + "\n")
    closed, descent = found["stacks"]
    ratio = descent["seconds"] / closed["seconds"]
    print(f"The closed form is {ratio:.0f} times as fast as descent.")


if __name__ == "__main__":
    main()
