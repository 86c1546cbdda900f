"""The tables of docs/results.md and README.md, from recorded figures."""

import csv
import json
import statistics
from pathlib import Path

import twin_tables

from tfae import few_labels
from tfae.recipes import RECIPES

DOCS = Path(__file__).parent.parent / "docs"
FIGURES = DOCS / "figures"
SPEED = DOCS / "throughput.json"
VARIATIONAL = DOCS / "variational.json"
REGULARIZED = DOCS / "regularized.json"
PRETRAINING = DOCS / "pretraining.json"
FEW_LABELS = DOCS / "few_labels" / "few_labels.csv"


def figure(runs, name):
    """`mean` of a figure over the runs, with its range where there are several."""
    values = [run["figures"][name] for run in runs if name in run["figures"]]
    if not values:
        return "–"
    mean, low, high = (
        f"{statistic(values):.5f}" for statistic in (statistics.mean, min, max)
    )
    return mean if low == high else f"{mean} ({low}–{high})"


def verdict(runs):
    """Published figures beside the measured ones, misses named."""
    shown = []
    for name, value, origin in runs[0]["references"]:
        measured = statistics.mean(run["figures"][name] for run in runs)
        part = name.replace("_", " ")
        # Nobody can repeat a printed figure to the last digit: 0.1 % is a hit.
        word = f"{part} {value:g} ({origin})"
        if name != "test_mse":  # which has a column of its own
            word += f": {measured:.3g}"
        if measured > 1.001 * value:
            word += f", missed by {measured / value - 1:.1%}"
        shown.append(word)
    return "; ".join(shown) or "none given"


def each(values):
    """Values of the runs, by commas."""
    return ", ".join(str(value) for value in values)


def layers(settings):
    """What came before the epochs of the whole, where it is not among them."""
    options = settings.get("pretraining", {})
    if not options.get("cached"):
        return ""
    validation = ""
    if options.get("validation"):
        validation = ", the examples for validation among its inputs"
    return (
        f"First {options['epochs']} epochs of each layer, batch "
        f"{options['batch_size']}{validation}; then "
    )


def zoo(results):
    """The README's table."""
    lines = ["| recipe | what it is | test MSE | PCA, same code | reference |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for name, runs in results.items():
        row = [f"`{name}`", RECIPES[name].summary, figure(runs, "test_mse")]
        row += [figure(runs[:1], "pca_test_mse"), verdict(runs)]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


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


def page(results):
    """docs/results.md."""
    parts = [
        "# Results",
        "",
        "Written by `make results` from `docs/results/*.json`; not edited by hand. "
        "Errors are means over examples and features of values in [0, 1], or scaled as "
        "it says there; of several seeds, the mean and the range are given.",
    ]
    for name, runs in results.items():
        first = runs[0]
        settings = first["settings"]
        seeds = [run["settings"]["seed"] for run in runs]
        train, valid, test = first["examples"]
        passes, scaling = settings.get("passes"), settings.get("scaling")
        parts += [
            "",
            f"## {name}",
            "",
            f"{settings['summary']}. Source: {settings['source']}.",
            "",
            *(f"    tfae train {name} --seed {seed}" for seed in seeds),
            "",
            f"{settings['data']}: {train:,} examples to train on, {valid:,} for "
            f"validation, {test:,} for test"
            f"{f', scaled feature by feature ({scaling})' if scaling else ''}. "
            f"{layers(settings)}"
            f"{each(run['epochs'] for run in runs)} "
            f"epochs{f' of {passes} passes' if passes else ''}, "
            f"batch {settings['batch_size']}, {settings['optimizer']} "
            f"{settings['learning_rate']:g}. "
            f"{each(round(run['seconds']) for run in runs)} s of training on "
            f"{first['cores']} CPU cores; tensorflow "
            f"{first['versions']['tensorflow']}, keras {first['versions']['keras']}; "
            f"commit {each(sorted({str(run['commit']) for run in runs}))}.",
            "",
            "| figure | measured |",
            "| --- | --- |",
            *(f"| {key} | {figure(runs, key)} |" for key in first["figures"]),
            "",
            f"Reference: {verdict(runs)}.",
        ]
        for picture in sorted((FIGURES / name).glob("*.png")):
            path = picture.relative_to(DOCS)
            parts += ["", f"![{name}: {picture.stem}]({path})"]
    parts += codes(results)
    unmeasured = [f"- `{name}`" for name in RECIPES if name not in results]
    if unmeasured:
        parts += ["", "## Not measured yet", "", *unmeasured]
    if REGULARIZED.is_file():
        parts += regularized()
    if VARIATIONAL.is_file():
        what = "`variational_mnist`, 60,000 images, batches of 150"
        parts += ["", "## Speed of the variational autoencoder", ""]
        parts.append(speed(VARIATIONAL, what))
    if PRETRAINING.is_file():
        parts += pretraining()
    if FEW_LABELS.is_file():
        parts += few_label_errors()
    if twin_tables.PARITY.is_file():
        parts += twin_tables.twins()
    return "\n".join(parts) + "\n"


def codes(results):
    """Section of docs/results.md that sets the codes of MNIST side by side."""
    columns = {
        "test_mse": "test MSE",
        "test_reconstruction": "test loss of reconstruction",
        "linear_svm_error": "linear SVM",
        "logistic_error": "logistic regression",
        "knn_error": "5 neighbours",
        "jacobian_norm": "‖∂codes/∂inputs‖²",
    }
    lines = [
        "",
        "## Codes of MNIST compared",
        "",
        "Shares of the 10,000 test images that classifiers get wrong, taught by the "
        "codes of the 60,000 others; what a recipe does not measure is left out.",
        "",
        f"| recipe | {' | '.join(columns.values())} |",
        f"| --- |{' --- |' * len(columns)}",
    ]
    for name, runs in results.items():
        probed = runs[0]["figures"].keys() & {"linear_svm_error", "logistic_error"}
        if runs[0]["settings"]["data"] == "mnist" and probed:
            cells = " | ".join(figure(runs, column) for column in columns)
            lines.append(f"| `{name}` | {cells} |")
    return lines


def regularized():
    """Section of docs/results.md on what the regularised variants cost and save."""
    measured = json.loads(REGULARIZED.read_text())
    stacks = {found.pop("stack"): found for found in measured["stacks"]}
    ratio = stacks["descent"]["seconds"] / stacks["closed form"]["seconds"]
    lines = [
        "",
        "## Costs of the regularised variants",
        "",
        f"`python benchmarks/regularized.py`, one run on {measured['machine']}.",
        "",
        "Three layers of 784 units on 60,000 images of MNIST, half of the features "
        "masked: solved one after the other (mSDA), or trained by descent for 15 "
        f"epochs each (SDA). The closed form was {ratio:.1f} times as fast.",
        "",
        "| stack | seconds | test error of logistic regression on the last codes |",
        "| --- | --- | --- |",
    ]
    for name, found in stacks.items():
        error = f"{found['logistic_error']:.4f}"
        lines.append(f"| {name} | {found['seconds']:.1f} | {error} |")
    lines += [
        "",
        "An epoch of a contractive autoencoder of 784 inputs, by the way to the norm "
        "of its Jacobian.",
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
    """Section of docs/results.md on what cached activations save."""
    measured = json.loads(PRETRAINING.read_text())
    lines = [
        "",
        "## Cached activations",
        "",
        f"`python benchmarks/pretraining.py`, one run on {measured['machine']}: median "
        "seconds of an epoch of a layer, in phases and on cached activations, and of "
        "computing these once.",
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
        "`tfae finetune` on a run of `stacked_denoising_mnist`, which saw all "
        "60,000 images without labels: mean test error (lowest–highest) of as many "
        "seeds as given, against the same network from scratch. For 100, 1,000 and "
        "3,000 labels Rifai et al. 2011 report .135, .048 and .032 pretrained "
        "(contractive), and .258, .107 and .060 for a plain network.",
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
