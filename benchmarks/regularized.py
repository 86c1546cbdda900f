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
from tfae import datasets, losses, probes

BATCH_SIZE = 128
UNITS = {"narrow": 100, "wide": 1000}
# Greedy pretraining of the stacked denoising autoencoder, as deeplearning.net's SdA.
EPOCHS_A_LAYER = 15
DEPTH, RATE = 3, 0.5


def contraction(inputs, epochs):
    """Seconds of each epoch, by width of the code and method."""
    seconds = {}
    for width, units in UNITS.items():
        models = {"plain": tfae.Autoencoder(*_networks(units))}
        for method in ("analytic", "estimate", "exact"):
            if (width, method) != ("wide", "exact"):  # 1,000 backward passes a step
                models[method] = tfae.ContractiveAutoencoder(
                    *_networks(units), method=method
                )
        for model in models.values():
            model.compile(
                "adam",
                losses.SummedBinaryCrossentropy(),
                jit_compile=True,
                steps_per_execution=32,
            )
        for turn in range(epochs + 1):
            for method, model in models.items():
                taken = _epoch(model, inputs)
                if turn:  # the first one compiles
                    seconds.setdefault((width, method), []).append(taken)
    return seconds


def _networks(units):
    return tfae.networks.dense(784, [units], "sigmoid", tie_weights=True)


def _epoch(model, inputs):
    batches = datasets.batches(inputs, BATCH_SIZE, drop_remainder=True)
    started = time.perf_counter()
    model.fit(batches, shuffle=False, verbose=0)
    return time.perf_counter() - started


def marginalization(split):
    """Seconds of training, and error of a linear probe, of both kinds of stack."""
    inputs = np.concatenate([split.train.inputs, split.valid.inputs])
    found = {}
    started = time.perf_counter()
    model = tfae.MarginalizedDenoisingAutoencoder(784, DEPTH, RATE, 1e-5)
    model.compile(loss="mse")
    # Without the pass for the decoder, which no code needs.
    batches = datasets.batches(inputs, 1000, shuffle=False)
    with warnings.catch_warnings(action="ignore"):  # of the decoder
        model.fit(batches, epochs=DEPTH, shuffle=False, verbose=0)
    found["closed form"] = {"seconds": time.perf_counter() - started}
    found["closed form"] |= probes.measure(model, split, ["logistic"])

    started = time.perf_counter()
    stack = tfae.StackedAutoencoder(784, [784] * DEPTH, "sigmoid")
    stack.compile("adam", "mse", steps_per_execution=32)
    learner = functools.partial(
        tfae.DenoisingAutoencoder, corruption=tfae.layers.MaskingNoise(RATE)
    )
    pretraining = tfae.GreedyPretraining(
        EPOCHS_A_LAYER, learner, batch_size=BATCH_SIZE, inputs=inputs, verbose=0
    )
    stack.fit(inputs, epochs=0, callbacks=[pretraining], verbose=0)
    found["descent"] = {"seconds": time.perf_counter() - started}
    found["descent"] |= probes.measure(stack, split, ["logistic"])
    return found


def main():
    """Prints both tables, and with `--record` writes them to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="timed, of each method")
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    keras.utils.set_random_seed(0)
    split = datasets.load("mnist", 5_000)

    stacks = marginalization(split)
    print(f"{'stack of three':20}{'seconds':>10}{'probe error':>13}")
    for name, figures in stacks.items():
        print(f"{name:20}{figures['seconds']:10.2f}{figures['logistic_error']:13.4f}")
    ratio = stacks["descent"]["seconds"] / stacks["closed form"]["seconds"]
    print(f"the closed form is {ratio:.1f} times as fast\n")

    seconds = contraction(split.train.inputs, options.epochs)
    print(f"{'code':8}{'method':10}{'seconds':>10}{'times plain':>13}")
    costs = []
    for (width, method), taken in seconds.items():
        median = statistics.median(taken)
        cost = median / statistics.median(seconds[width, "plain"])
        costs.append({"units": UNITS[width], "method": method, "seconds": taken})
        costs[-1]["ratio"] = round(cost, 2)
        print(f"{UNITS[width]:<8}{method:10}{median:10.2f}{cost:13.2f}")
    if options.record:
        found = {
            "stacks": stacks,
            "contraction": costs,
            "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
            "versions": {name: version(name) for name in ("tensorflow", "keras")},
        }
        options.record.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
