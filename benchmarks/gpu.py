"""Times epochs of five models on a GPU against PyTorch, within a budget of minutes.

The flagship, a wide variational autoencoder (784-2048-1024-64), a convolutional one, a
contractive one with the exact Jacobian (784-100) and the PixelCNN, each in float32,
TF32 and bfloat16 and in batches of 128 and 8,192: by `fit`, by `fit` with XLA where the
recipe has none, by PyTorch's eager mode and by `torch.compile`. Images are random, of
MNIST's shape; nothing is downloaded.

Each engine is a process of its own. For a cell they compile and warm up side by side,
then run epochs in turn, so that a drift of the machine's speed meets them all. All
start at the same weights: numbers of weights must be equal, losses of the first epoch
nearly so, or the cell is reported. Cells that do not fit into the budget, or fail, are
listed with the reason.

    python benchmarks/gpu.py [--minutes 7] [--record docs/gpu.json]
    python benchmarks/gpu.py --quick       # a trial on the CPU, in small batches
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import gpu_cells
from gpu_cells import Cell
from gpu_engines import LATE, Engine

OURS = "tfae fit"
XLA = "tfae fit, XLA"
# Module and arguments of each engine.
ENGINES = {
    OURS: ("gpu_tfae", {}),
    XLA: ("gpu_tfae", {"xla": True}),
    "PyTorch": ("gpu_torch", {}),
    "torch.compile": ("gpu_torch", {"compiled": True}),
}
# Models whose recipe has no XLA, and takes it within seconds.
WITHOUT_XLA = ("convolutional", "PixelCNN")
# Precisions and batch sizes by their interest, as the last ones may be left out.
ORDER = (
    ("float32", 128),
    ("bfloat16", 8192),
    ("tf32", 8192),
    ("bfloat16", 128),
    ("float32", 8192),
    ("tf32", 128),
)
QUICK = (("float32", 16), ("bfloat16", 16), ("tf32", 16))
QUICK_EXAMPLES = 64
# Seconds of compiling and warming up, and share of those left.
MOST_PREPARING, PREPARING_SHARE = 75, 1 / 3
LEAST_LEFT = 5  # seconds that a cell needs
LEAST_TURNS, MOST_TURNS, MOST_SECONDS = 3, 25, 5
# Largest relative difference of losses of the first epoch, whose batches differ.
TOLERANCE = 0.02
# Relative error of products below which they are in float32: TF32's is about 3e-4.
EXACT = 1e-5


def measure(cell, engines, deadline, share):
    """Runs one cell on all engines in turn.

    Args:
        cell: A `Cell`.
        engines: List of `Engine`.
        deadline: Time of `time.monotonic` at which all must be over.
        share: Seconds for this cell, which compiling and a few turns may exceed.

    Returns:
        Dict from names of engines to their figures, or to the reason for none.
    """
    begun = time.monotonic()
    found, failed = {}, {}
    for engine in engines:
        engine.begin(cell)
    most = min(MOST_PREPARING, PREPARING_SHARE * (deadline - begun))
    for engine in engines:
        word, value = engine.receive(begun + most)
        if word == "ready":
            found[engine] = {**value, "seconds": [], "last_loss": None}
        else:
            late = value == LATE
            failed[engine] = f"not ready within {most:.0f} s" if late else value
    prepared = time.monotonic()
    end = min(max(begun + share, prepared + 1), prepared + MOST_SECONDS, deadline)
    for turn in range(MOST_TURNS):
        if time.monotonic() > (end if turn >= LEAST_TURNS else deadline):
            break
        for engine in [*found]:
            word, value = engine.turn("go", deadline)
            if word == "epoch":
                found[engine]["seconds"].append(round(value[0], 5))
                found[engine]["last_loss"] = value[1]
            else:
                failed[engine] = value
                del found[engine]
    for engine, figures in found.items():
        word, value = engine.turn("stop", deadline + 5)
        figures["peak_memory_mib"] = value if word == "stopped" else None
        if not figures["seconds"]:
            failed[engine] = "no time left for an epoch"
    return {
        engine.name: {"why": failed[engine]} if engine in failed else found[engine]
        for engine in engines
    }


def compare(cell, results):
    """Adds ratios to `fit`; returns a line for each engine that computes otherwise."""
    measured = {name: one for name, one in results.items() if "seconds" in one}
    ours, lines = measured.get(OURS), []
    for name, one in measured.items() if ours else []:
        medians = (statistics.median(each["seconds"]) for each in (one, ours))
        one["ratio"] = round(next(medians) / next(medians), 3)
        difference = abs(one["first_loss"] / ours["first_loss"] - 1)
        if one["parameters"] != ours["parameters"]:
            counts = f"{one['parameters']} and {ours['parameters']}"
            lines.append(f"{name} and {OURS} have {counts} weights")
        if not difference <= TOLERANCE:
            losses = f"{one['first_loss']:.5g} and {ours['first_loss']:.5g}"
            lines.append(f"{name} and {OURS} begin with losses of {losses}")
    for name, one in measured.items():
        if not one["last_loss"] < one["first_loss"]:
            losses = f"{one['first_loss']:.5g} to {one['last_loss']:.5g}"
            lines.append(f"the loss of {name} went from {losses}")
        error = one["product_error"]
        if (error < EXACT) != (cell.precision == "float32"):
            lines.append(f"{name} multiplies with an error of {error:.0e}")
    return lines


def cells(quick, models):
    """The cells in the order in which they are measured, and those that cannot be."""
    found, impossible = [], []
    for (precision, batch_size), model in itertools.product(
        QUICK if quick else ORDER, models
    ):
        examples = QUICK_EXAMPLES if quick else gpu_cells.MODELS[model]
        cell = Cell(model, precision, batch_size, examples)
        (impossible if quick and precision == "tf32" else found).append(cell)
    return found, impossible


def show(cell, results, disagreements):
    """Prints the figures of a cell."""
    about = f"{cell.model}, {cell.precision}, batch {cell.batch_size}"
    print(f"{about}, epochs of {cell.examples} images")
    for name, one in results.items():
        if "why" in one:
            print(f"  {name:16} not measured: {one['why']}")
            continue
        seconds = one["seconds"]
        values = (statistics.median(seconds), min(seconds), max(seconds))
        shown = "".join(f"{1000 * value:10.2f}" for value in values)
        memory = one["peak_memory_mib"]
        memory = f"{'-':>8}" if memory is None else f"{memory:8}"
        ratio = f"{one['ratio']:8.2f}" if "ratio" in one else f"{'-':>8}"
        print(f"  {name:16}{shown}{ratio}{memory}{one['first_seconds']:8.1f}")
    for line in disagreements:
        print(f"  differs: {line}")
    sys.stdout.flush()


def run(options):
    """Measures what fits into the minutes; returns the record."""
    begun = time.monotonic()
    deadline = begun + 60 * options.minutes
    planned, impossible = cells(options.quick, options.models)
    device = "cpu" if options.quick else "gpu"
    engines = [Engine(name, *one, device) for name, one in ENGINES.items()]
    record = {
        "device": None,
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "versions": {},
        "minutes": options.minutes,
        "seed": gpu_cells.SEED,
        "cells": [],
        "not_measured": [
            {**vars(cell), "engine": "all", "why": "TF32 is a precision of GPUs"}
            for cell in impossible
        ],
        "differences": [],
    }
    print(f"{'milliseconds an epoch':18}{'median':>7}{'min':>10}{'max':>10}", end="")
    print(f"{'ratio':>8}{'MiB':>8}{'first s':>8}")
    for index, cell in enumerate(planned):
        left = deadline - time.monotonic()
        if left < LEAST_LEFT:
            why = f"no time left of {options.minutes:g} minutes"
            for rest in planned[index:]:
                record["not_measured"].append(
                    {**vars(rest), "engine": "all", "why": why}
                )
            break
        taking = [
            engine
            for engine in engines
            if not engine.left_out and (engine.name != XLA or cell.model in WITHOUT_XLA)
        ]
        results = measure(cell, taking, deadline, left / (len(planned) - index))
        differences = compare(cell, results)
        show(cell, results, differences)
        _note(record, cell, results, differences, engines)
        if all(engine.left_out for engine in engines):
            break
        if options.record:  # what is measured is kept, whatever comes next
            _write(record, options.record)
    for engine in engines:
        engine.end(waits=3)
    record["seconds"] = round(time.monotonic() - begun, 1)
    return record


def _note(record, cell, results, differences, engines):
    """Adds the results of a cell to the record."""
    for name, one in results.items():
        place = "not_measured" if "why" in one else "cells"
        record[place].append({**vars(cell), "engine": name, **one})
    record["differences"] += [{**vars(cell), "what": line} for line in differences]
    for engine in engines:
        record["versions"] |= engine.about.get("versions", {})
        record["device"] = record["device"] or engine.about.get("gpu") or None


def _write(record, path):
    path.write_text(json.dumps(record, indent=1) + "\n")


def parse(arguments=None):
    """The options of a command line, by default of this one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=7, help="budget of the whole")
    parser.add_argument("--quick", action="store_true", help="small, on the CPU")
    parser.add_argument(
        "--models",
        nargs="+",
        choices=gpu_cells.MODELS,
        default=[*gpu_cells.MODELS],
        metavar="MODEL",
        help=f"some of: {', '.join(gpu_cells.MODELS)}",
    )
    parser.add_argument("--record", type=Path, help="JSON file to write the figures to")
    return parser.parse_args(arguments)


def main():
    """Measures, says what was left out, and records all."""
    options = parse()
    record = run(options)
    print("ratio: its median to that of tfae fit; above 1, tfae is faster")
    print("first s: seconds of the first epoch, with compiling")
    memory = "not measured on the CPU" if options.quick else "of the GPU, at the peak"
    print(f"MiB: {memory}")
    for one in record["not_measured"]:
        about = f"{one['model']}, {one['precision']}, batch {one['batch_size']}"
        print(f"not measured: {about}, {one['engine']}: {one['why']}")
    print(f"{len(record['cells'])} measured in {record['seconds']} s")
    if options.record:
        _write(record, options.record)
    if not record["cells"]:
        sys.exit("Nothing was measured. --quick tries the script on the CPU.")


if __name__ == "__main__":
    main()
