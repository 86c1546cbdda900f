"""Drawing images by layers that remember, beside passes of the whole network.

Both draw the same images by the same noise; the second takes one pass for each pixel.
Both have been traced before, and the first is timed three times.

    python benchmarks/pixel_sampling.py RUN… [--count 64]
        [--record docs/pixel_sampling.json]
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfae.cli.loading import load_model_and_data
from tfae.models import pixel_sampling

SEED = 0
REPEATS = 3


def seconds_of(function):
    """What a function returns, and the seconds that it took."""
    started = time.perf_counter()
    found = np.asarray(function())
    return found, time.perf_counter() - started


def by_whole_passes(network, noise, levels):
    """Images of as many passes of the network as they have pixels."""
    images = np.zeros_like(noise)
    for row in range(noise.shape[1]):
        for column in range(noise.shape[2]):
            logits = network(images)[:, row, column]
            here = tf.constant(noise[:, row, column])
            images[:, row, column] = pixel_sampling.level(logits, here, levels)
    return images


def measure(run, count):
    """Seconds of both ways, and the share of pixels that they draw alike."""
    model, _, name = load_model_and_data(run, None)
    shape = (count, *model.image_shape)
    noise = np.random.default_rng(SEED).random(shape, "float32")
    served = tf.function(model.serving_signatures()["sample"].function)
    network = tf.function(lambda images: model(images, training=False))
    served(tf.constant(noise))
    network(noise)
    remembered = [
        seconds_of(lambda: served(tf.constant(noise))["samples"])
        for _ in range(REPEATS)
    ]
    expected, whole = seconds_of(lambda: by_whole_passes(network, noise, model.levels))
    median = statistics.median(seconds for _, seconds in remembered)
    alike = float((remembered[0][0] == expected).mean())
    found = {"seconds": median, "seconds_of_whole_passes": whole}
    return name, {**found, "times_as_fast": whole / median, "alike": alike}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    found = dict(measure(run, options.count) for run in options.runs)
    print(json.dumps(found, indent=2))
    if options.record:
        result = {"count": options.count, "seed": SEED, "models": found}
        options.record.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
