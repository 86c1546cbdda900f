"""Times the flagship on several replicas and workers of this machine's processor.

784-256-128-64-128-256-784 on 60,000 random images of MNIST's shape, Adam, mean squared
error. Replicas and workers train step by step and without XLA, as does "one process,
step by step", which they are compared with; "one process" is `fit` as it is. Each is a
process of its own (a worker has a thread for each of its cores), they train in turn,
and each number is the median of the epochs after the first.

    python benchmarks/scaling.py [--epochs 4] [--rounds 2] [--record docs/scaling.json]
"""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import contest
import numpy as np

BATCHES = (128, 4096, 16384)
ALONE = "one process, step by step"
# Number of processes and of replicas in each.
WAYS = {
    "one process": (1, None),
    ALONE: (1, None),
    "2 replicas": (1, 2),
    "4 replicas": (1, 4),
    "2 workers": (2, None),
}


def child(way, batch_size, epochs):
    """Trains, and prints the seconds of each epoch."""
    import dataclasses

    import keras
    import tensorflow as tf

    processes, count = WAYS[way]
    if processes > 1:
        tf.config.threading.set_intra_op_parallelism_threads(
            max(1, os.cpu_count() // processes)
        )
    from tfae import batches, recipes
    from tfae.recipes import building
    from tfae.training import devices

    if count:  # also more than there are cores, to see what it costs
        (processor,) = tf.config.list_physical_devices("CPU")
        parts = [tf.config.LogicalDeviceConfiguration()] * count
        tf.config.set_logical_device_configuration(processor, parts)
    devices.prepare()
    strategy = devices.strategy(count)
    recipe = dataclasses.replace(recipes.get("leaky_relu_mnist"), batch_size=batch_size)
    shape = (contest.EXAMPLES, contest.FEATURES)
    images = np.random.default_rng(0).random(shape, dtype="float32")
    steps = len(images) // batch_size
    if way != "one process":
        recipe = dataclasses.replace(recipe, jit_compile=False)
    with devices.scope(strategy):
        model = building.build(recipe, images.shape[1:])
        building.compile_model(model, recipe, steps if way == "one process" else 1)
    begun, seconds = [0.0], []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: begun.append(time.perf_counter()),
        on_epoch_end=lambda *_: seconds.append(time.perf_counter() - begun[-1]),
    )
    data = batches(images, batch_size, drop_remainder=True)
    options = {"epochs": epochs, "shuffle": False, "verbose": 0, "callbacks": [watch]}
    model.fit(data, **options)
    print(json.dumps([round(steps * batch_size / one) for one in seconds]))


def measure(way, batch_size, epochs):
    """Images a second of each epoch but the first."""
    processes, _ = WAYS[way]
    addresses = []
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
            addresses.append(f"127.0.0.1:{one.getsockname()[1]}")
    command = [
        sys.executable,
        __file__,
        "--child",
        way,
        "--batch-size",
        str(batch_size),
    ]
    children = []
    for index in range(processes):
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
        if processes > 1:
            task = {"type": "worker", "index": index}
            cluster = {"cluster": {"worker": addresses}, "task": task}
            environment["TF_CONFIG"] = json.dumps(cluster)
        children.append(
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
        )
    outputs = [one.communicate()[0] for one in children]
    if any(one.returncode for one in children):
        sys.exit(f"{way} failed")
    return json.loads(outputs[0])[1:]


def main():
    """Measures all ways in turn, prints their ratios, and records them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--batch-size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.batch_size, options.epochs)
        return
    found = {batch_size: {way: [] for way in WAYS} for batch_size in BATCHES}
    for _ in range(options.rounds):
        for batch_size, ways in found.items():
            for way, speeds in ways.items():
                speeds += measure(way, batch_size, options.epochs)
    record = {
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "batches": {},
    }
    for batch_size, ways in found.items():
        medians = {way: statistics.median(speeds) for way, speeds in ways.items()}
        record["batches"][batch_size] = {
            way: {
                "images_per_second": ways[way],
                "ratio": round(one / medians[ALONE], 2),
            }
            for way, one in medians.items()
        }
        for way, one in medians.items():
            ratio = one / medians[ALONE]
            print(f"batch {batch_size:5} {way:26} {one:8.0f} images/s {ratio:6.2f}")
    if options.record:
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
