"""The tables of docs/results.md and of other pages, from recorded figures."""

import statistics
from pathlib import Path

import benchmark_tables
import detection_tables
import generative_tables
import gpu_tables
import retrieval_tables
import twin_tables

from tfae.recipes import RECIPES

DOCS = Path(__file__).parent.parent / "docs"
FIGURES = DOCS / "figures"
# Figures that README shows, by the recipes that they are of.
HIGHLIGHTS = {
    "leaky_relu_mnist": "valid_mse",
    "convolutional_mnist": "test_mse",
    "deep_rbm_mnist": "test_mse",
    "stacked_denoising_mnist": "pretrained_error_55000",
    "importance_weighted_mnist": "test_nll",
    "pixel_cnn_mnist": "test_nll",
}
LARGE_IS_GOOD = ("test_trustworthiness",)  # of what recipes refer to


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
            word += f", measured {measured:.3g}"
        missed = measured / value - 1
        missed *= -1 if name in LARGE_IS_GOOD else 1
        if missed > 0.001:
            word += f", missed by {missed:.1%}"
        shown.append(word)
    return "; ".join(shown) or "none given"


def data(settings):
    """The option `--data`, of a run on other data than the recipe's."""
    given = settings["data"]
    return "" if given == RECIPES[settings["name"]].data else f" --data {given}"


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


def recorded(results, model):
    """The list on a page of the gallery: recipes of a class, beside the papers.

    Those without a published figure are shown only if no recipe of the class has one.
    """
    own = {
        name: runs
        for name, runs in results.items()
        if runs[0]["settings"]["model"] == model
    }
    if not own:
        return "No run on a full data set is recorded for this class yet."
    lines = ["[Results](../results.md) has all figures of these recipes:", ""]
    referred = {name: runs for name, runs in own.items() if runs[0]["references"]}
    for name, runs in (referred or own).items():
        error = figure(runs, "test_mse")
        shown = "" if error == "–" else f" Test MSE **{error}**."
        published = f" Published: {verdict(runs)}." if name in referred else ""
        lines.append(f"- `{name}`: {RECIPES[name].summary}.{shown}{published}")
    return "\n".join(lines)


def zoo(results):
    """The table of docs/recipes.md."""
    lines = ["| recipe | what it is | test MSE | PCA, same code | reference |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for name, recipe in RECIPES.items():
        row = [f"`{name}`", recipe.summary]
        runs = results.get(name)
        if runs:
            row += [figure(runs, "test_mse"), figure(runs[:1], "pca_test_mse")]
        row += [verdict(runs)] if runs else ["–", "–", "not recorded"]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def highlights(results):
    """The table of README."""
    lines = ["| recipe | figure | measured | compared with |"]
    lines.append("| --- | --- | --- | --- |")
    for name, measured in HIGHLIGHTS.items():
        runs = results[name]
        known = {one: rest for one, *rest in runs[0]["references"]}
        value, origin = known.get(measured) or (
            runs[0]["figures"]["pca_test_mse"],
            "PCA, same code size",
        )
        mean = statistics.mean(run["figures"][measured] for run in runs)
        row = [f"`{name}`", measured.replace("_", " "), f"{mean:.3g}"]
        lines.append(f"| {' | '.join(row)} | {value:.3g} ({origin}) |")
    return "\n".join(lines)


def page(results):
    """docs/results.md."""
    parts = [
        "# Results",
        "",
        "`make results` writes this page from `docs/results/*.json`. Errors are means "
        "over examples and features of values in [0, 1], unless the text names another "
        "scale. For several seeds the mean and the range are shown.",
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
            f"{RECIPES[name].summary}. Source: {RECIPES[name].source}.",
            "",
            *(f"    tfae train {name}{data(settings)} --seed {seed}" for seed in seeds),
            "",
            f"{settings['data']}: {train:,} examples to train on, {valid:,} for "
            f"validation, {test:,} for test"
            f"{f', each feature scaled ({scaling})' if scaling else ''}. "
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
    if benchmark_tables.SPEED.is_file():
        parts += ["", "## Speed of the flagship", "", benchmark_tables.flagship()]
    if benchmark_tables.REGULARIZED.is_file():
        parts += benchmark_tables.regularized()
    if benchmark_tables.VARIATIONAL.is_file():
        what = "`variational_mnist`, 60,000 images, batches of 150"
        parts += ["", "## Speed of the variational autoencoder", ""]
        parts.append(benchmark_tables.speed(benchmark_tables.VARIATIONAL, what))
    if benchmark_tables.CONVOLUTIONAL.is_file():
        what = "28×28 images, 15,000 of them, as benchmarks/convolutional.py says"
        parts += ["", "## Speed of convolutional networks", ""]
        parts.append(benchmark_tables.speed(benchmark_tables.CONVOLUTIONAL, what))
    parts += gpu_tables.section()
    sections = (
        generative_tables.SECTIONS
        | retrieval_tables.SECTIONS
        | detection_tables.SECTIONS
    )
    for path, section in sections.items():
        if path.is_file():
            parts += section()
    if benchmark_tables.PRETRAINING.is_file():
        parts += benchmark_tables.pretraining()
    if benchmark_tables.FEW_LABELS.is_file():
        parts += benchmark_tables.few_label_errors()
    if twin_tables.PARITY.is_file():
        parts += twin_tables.twins()
    return "\n".join(parts) + "\n"


def forms(results):
    """The table of docs/guides/images.md: ways down and back, of as many codes."""
    lines = ["| recipe | what it is | test MSE |", "| --- | --- | --- |"]
    for name, runs in results.items():
        down = runs[0]["settings"]["network_arguments"]
        if name == "leaky_relu_mnist" or (
            runs[0]["settings"]["model"] == "Autoencoder" and "filters" in down
        ):
            row = [f"`{name}`", RECIPES[name].summary, figure(runs, "test_mse")]
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


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
        "Classifiers are trained on the codes of the 60,000 other images of MNIST; the "
        "table shows the shares of the 10,000 test images that they misclassify. "
        "Figures that a recipe does not measure are left out.",
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
