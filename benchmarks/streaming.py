"""Times training on a folder of 60,000 JPEGs, streamed and in memory, and its memory.

The images are MNIST's digits in random colours, 32×32 as CIFAR's. Each way trains the
networks of `convolutional_mnist` for a few epochs in a process of its own, in turn: on
arrays of `tfae.datasets.load`, on a stream that keeps the bytes of the images, and on
one that decodes the files in every epoch, as larger folders are read.

    python benchmarks/streaming.py [--epochs 3] [--folder FOLDER]
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

IMAGES, SIZE = 60_000, 32
WAYS = ("in memory", "stream", "stream, decoded")


def write(folder):
    """Writes the images, a subfolder a class."""
    import PIL.Image

    from tfae import datasets

    split = datasets.load("mnist", flatten=False)
    inputs, labels = split.everything
    generator = np.random.default_rng(0)
    for index in range(IMAGES):
        image = np.pad(inputs[index, :, :, 0], 2)[..., None]
        colours = generator.random((2, 3))
        pixels = image * colours[0] + (1 - image) * colours[1]
        path = folder / str(labels[index]) / f"{index:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray((255 * pixels).astype("uint8")).save(path)


def train(way, folder, epochs):
    """Trains in this process; prints the seconds of the epochs and the peak memory."""
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    import keras

    import tfae
    from tfae import datasets
    from tfae.datasets import streams

    if way == "stream, decoded":
        streams.KEEP_BELOW = 0
    if way == "in memory":
        split = datasets.load(folder, validation=6_000, flatten=False)
    else:
        split = datasets.stream(folder, validation=6_000)
    networks = tfae.networks.convolutional(
        split.image_shape, (16, 32), latent_dim=64, output_activation="linear"
    )
    model = tfae.Autoencoder(*networks)
    model.compile("adam", "mse", jit_compile=False, steps_per_execution=50)
    batches = tfae.batches(split.train.inputs, 128, drop_remainder=True)
    watch = _Stopwatch()
    callbacks = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=watch.begin, on_epoch_end=watch.end
        )
    ]
    options = {"epochs": epochs + 1, "shuffle": False, "verbose": 0}
    model.fit(batches, callbacks=callbacks, **options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([watch.seconds[1:], peak]))  # the first epoch traces


class _Stopwatch:
    def __init__(self):
        self.seconds = []

    def begin(self, epoch, logs):
        self._started = time.perf_counter()

    def end(self, epoch, logs):
        self.seconds.append(round(time.perf_counter() - self._started, 2))


def main():
    """Runs each way in turn, twice, and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="timed, of each run")
    parser.add_argument("--folder", type=Path, help="of the images, made if missing")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        train(options.way, options.folder, options.epochs)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder.is_dir() and any(folder.iterdir())):
            write(folder)
        results = {way: ([], []) for way in WAYS}
        for way in (*WAYS, *WAYS):
            command = [sys.executable, __file__, "--epochs", str(options.epochs)]
            command += ["--folder", str(folder), "--way", way]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
            )
            seconds, peak = json.loads(done.stdout.splitlines()[-1])
            results[way][0].extend(seconds)
            results[way][1].append(peak)
    base = statistics.median(results[WAYS[0]][0])
    print(f"{'':20}{'seconds an epoch':>20}{'ratio':>8}{'peak memory, MiB':>20}")
    for way, (seconds, peaks) in results.items():
        median = statistics.median(seconds)
        print(f"{way:20}{median:20.2f}{median / base:8.2f}{max(peaks):20}")


if __name__ == "__main__":
    main()
