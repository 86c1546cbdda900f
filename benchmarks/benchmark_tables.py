"""The tables of what the other benchmarks measured, from docs/*.json."""

import csv
import json
import statistics
from pathlib import Path

from tfae.fine_tuning import few_labels

DOCS = Path(__file__).parent.parent / "docs"
SPEED = DOCS / "throughput.json"
SMALL = DOCS / "small_runs.json"
CONVOLUTIONAL = DOCS / "convolutional.json"
VARIATIONAL = DOCS / "variational.json"
REGULARIZED = DOCS / "regularized.json"
PRETRAINING = DOCS / "pretraining.json"
SCALING = DOCS / "scaling.json"
FEW_LABELS = DOCS / "few_labels" / "few_labels.csv"


def speed(path, what):
    """Table of the epoch times of `what` that are recorded at `path`."""
    measured = json.loads(path.read_text())
    versions = ", ".join(
        f"{name} {number}" for name, number in measured["versions"].items()
    )
    lines = [
        f"One epoch of {what}; median of "
        f"{len(next(iter(measured['contestants'].values()))['seconds'])} epochs in one "
        f"run on {measured['machine']} ({versions}).",
        "",
        "| how | seconds | times tfae's | peak memory, MiB |",
        "| --- | --- | --- | --- |",
    ]
    for name, result in measured["contestants"].items():
        median = statistics.median(result["seconds"])
        lines.append(
            f"| {name} | {median:.2f} | {result['ratio']:.2f} | "
            f"{result['peak_memory_mib']} |"
        )
    return "\n".join(lines)


def flagship():
    """Table of the epoch times of the flagship."""
    return speed(SPEED, "the flagship, 60,000 images, batches of 128")


def small_runs():
    """Table of the times of small trainings."""
    measured = json.loads(SMALL.read_text())
    found = measured["contestants"]
    runs = len(next(iter(found.values()))["cpu"])
    lines = [
        "150 epochs of 1,457 digits, batches of 64; median of "
        f"{runs} trainings in turn in one process, after a first one, which compiles.",
        "",
        "| how | CPU seconds | times tfae's | seconds | times tfae's | first, CPU |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in found.items():
        row = [name]
        for kind in ("cpu", "wall"):
            row += [
                f"{statistics.median(one[kind]):.1f}",
                f"{one[f'{kind}_ratio']:.1f}",
            ]
        lines.append(f"| {' | '.join(row)} | {one['first']['cpu']:.1f} |")
    return "\n".join(lines)


def scaling():
    """Table of the images a second of replicas and workers."""
    if not SCALING.is_file():
        return "No run is recorded yet."
    measured = json.loads(SCALING.read_text())
    lines = [
        "`python benchmarks/scaling.py`: the flagship on 60,000 images, on "
        f"{measured['machine']}; median of the epochs after the first.",
        "",
        "| batch | how | images/s | times one process, step by step |",
        "| --- | --- | --- | --- |",
    ]
    for batch_size, ways in measured["batches"].items():
        for name, one in ways.items():
            median = statistics.median(one["images_per_second"])
            lines.append(f"| {batch_size} | {name} | {median:,.0f} | {one['ratio']} |")
    return "\n".join(lines)


def regularized():
    """Section of docs/results.md on the speed of the regularized variants."""
    measured = json.loads(REGULARIZED.read_text())
    stacks = {found.pop("stack"): found for found in measured["stacks"]}
    ratio = stacks["descent"]["seconds"] / stacks["closed form"]["seconds"]
    lines = [
        "",
        "## Speed of the regularized variants",
        "",
        f"`python benchmarks/regularized.py`, one run on {measured['machine']}.",
        "",
        "Three layers of 784 units on 60,000 images of MNIST with half of the features "
        "masked, solved one after the other (mSDA), or trained by gradient descent for "
        f"15 epochs each (SDA). The closed form was {ratio:.1f} times as fast.",
        "",
        "| stack | seconds | test error of logistic regression on the last codes |",
        "| --- | --- | --- |",
    ]
    for name, found in stacks.items():
        error = f"{found['logistic_error']:.4f}"
        lines.append(f"| {name} | {found['seconds']:.1f} | {error} |")
    lines += [
        "",
        "One epoch of a contractive autoencoder with 784 inputs, by the method that "
        "computes the norm of the Jacobian.",
        "",
        "| code | method | seconds | times plain training |",
        "| --- | --- | --- | --- |",
    ]
    for cost in measured["contraction"]:
        median = statistics.median(cost["seconds"])
        row = (cost["units"], cost["method"], f"{median:.2f}", f"{cost['ratio']:.2f}")
        lines.append(f"| {' | '.join(map(str, row))} |")
    return lines


def pretraining():
    """Section of docs/results.md on the speed of cached activations."""
    measured = json.loads(PRETRAINING.read_text())
    lines = [
        "",
        "## Cached activations",
        "",
        f"`python benchmarks/pretraining.py`, one run on {measured['machine']}: median "
        "seconds of an epoch of each layer, in phases and on cached activations, and "
        "the seconds to compute the activations once.",
        "",
        "| stack of | layer | phases | cached | times as fast | activations |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in measured["layers"]:
        phases, cached, ahead = (
            f"{statistics.median(row[name]):.2f}"
            for name in ("phases", "cached", "activations")
        )
        cells = (
            f"`{row['recipe']}`",
            row["layer"],
            phases,
            cached,
            row["ratio"],
            ahead,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def few_label_errors():
    """Section of docs/results.md on fine-tuning with few labels."""
    with FEW_LABELS.open(newline="") as file:
        rows = [
            {"labels": int(row.pop("labels")), **{k: float(v) for k, v in row.items()}}
            for row in csv.DictReader(file)
        ]
    lines = [
        "",
        "## Few labels",
        "",
        "`tfae finetune` on a run of `stacked_denoising_mnist`, which was trained on "
        "all 60,000 images without labels: mean test error (lowest–highest) over the "
        "seeds, beside the same network trained from scratch. For 100, 1,000 and "
        "3,000 labels Rifai et al. 2011 report .135, .048 and .032 with contractive "
        "pretraining, and .258, .107 and .060 for a plain network.",
        "",
        "| labels | seeds | pretrained | from scratch |",
        "| --- | --- | --- | --- |",
    ]
    for found in few_labels.summary(rows):
        lines.append(f"| {' | '.join(map(str, found.values()))} |")
    picture = FEW_LABELS.parent / "figures" / "few_labels.png"
    if picture.is_file():
        lines += ["", f"![Error by labels]({picture.relative_to(DOCS)})"]
    return lines
