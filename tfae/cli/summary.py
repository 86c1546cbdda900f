"""Summary of a finished run."""

import shlex
from math import ceil

from rich.markup import escape
from rich.table import Table

from tfae import datasets
from tfae.cli.output import console, seconds_in_words
from tfae.cli.run_folder import shown
from tfae.recipes import RECIPES
from tfae.recipes.settings import settings_of

TRIED = ("optimizer", "activation", "code_activation")  # if a model learns little
# Main figure of a summary: the first of these that the run measured.
HEADLINES = ("auroc", "test_mse", "test_nll", "test_loss")


def print_summary(run, output, verbose=False):
    """Prints five lines about a run, or all figures and files."""
    metrics = run.metrics
    if verbose:
        _print_figures(metrics)
        for file in run.files:
            print(f"wrote {file}")
    pictures = [one for one in metrics["files"] if one.endswith(".png")]
    print(_result(metrics))
    print(
        f"trained:  {metrics['epochs']} epochs in "
        f"{seconds_in_words(metrics['seconds'])}, seed {metrics['settings']['seed']}"
    )
    folder = shown(output)
    print(f"model:    {folder / 'model.keras'}")
    print(f"pictures: {folder / 'figures'} ({len(pictures)})")
    name = shlex.quote(str(folder))
    if hasattr(run.model, "anomaly_scores"):
        print(f"decision: {_decision(run)}")
        _warn_of_few(run.model)
        print(f"next:     tfae detect score {name} --data NEW; tfae open {name}")
    else:
        print(f"next:     tfae open {name}")


def _decision(run):
    """The threshold of a detector, its stated rate and the measured one."""
    model, measured = run.model, run.metrics["figures"].get("false_alarm_rate")
    text = f"anomaly if the score is above {float(model.threshold):.4g}"
    if model.false_alarm_rate is not None:
        text += f", for a false-alarm rate of {model.false_alarm_rate:.3g}"
    return text if measured is None else f"{text} ({measured:.3g} on the test part)"


def _warn_of_few(detector):
    """Prints a note if the highest calibration score alone is the threshold."""
    rate, scores = detector.false_alarm_rate, detector.calibration_scores
    if rate is None or float(detector.threshold) < scores[-1] * (1 - 1e-6):
        return
    print(
        f"NOTE: the threshold is the highest of {len(scores)} calibration scores, so "
        f"one odd row may decide it. Calibrate on more: --validation {ceil(5 / rate)}."
    )


def warnings_of(metrics):
    """Warnings about figures of a model that has learned little."""
    figures = metrics["figures"]
    error = figures.get("test_mse")
    for name, what in (
        ("mean_test_mse", "the mean of the training examples"),
        ("pca_test_mse", "PCA with the same code size"),
    ):
        other = figures.get(name)
        if error is not None and other is not None and error > other:
            return [
                f"The test error {error:.4g} is above that of {what}, {other:.4g}. "
                f"{_hint(metrics)}"
            ]
    return []


def _hint(metrics):
    settings = metrics.get("settings", {})
    recipe = RECIPES.get(settings.get("name"))
    known = settings_of(recipe) if recipe else ()
    tried = [name for name in TRIED if name in known]
    sets = ", ".join(f"--set {name}=…" for name in tried) or "--set …"
    remedies = ["Train for more epochs (--epochs)", f"try other settings ({sets})"]
    if not (settings.get("scaling") or datasets.is_table(settings.get("data"))):
        remedies.append("scale the data (--set scaling=standard)")
    return f"{', '.join(remedies)} or use a wider code."


def headline(figures):
    """Name and value of the main figure of a run."""
    names = [name for name in HEADLINES if name in figures] or [*figures]
    return (names[0], figures[names[0]]) if names else ("", float("nan"))


def _result(metrics):
    figures = metrics["figures"]
    name, value = headline(figures)
    beside = []
    if name == "test_mse" and "pca_test_mse" in figures:
        beside.append(f"PCA with the same code size {figures['pca_test_mse']:.6g}")
    for known, reference, origin in metrics["references"]:
        if known == name:
            beside.append(f"{origin} {reference:.6g}")
    rest = f" ({'; '.join(beside)})" if beside else ""
    return f"result:   {name.replace('_', ' ')} {value:.6g}{rest}"


def _print_figures(metrics):
    passes = metrics["settings"]["passes"]
    epochs = f"{metrics['epochs']} epochs" + (f" of {passes} passes" if passes else "")
    title = f"{metrics['recipe']} after {epochs}, seed "
    title += f"{metrics['settings']['seed']}, {metrics['seconds']} s of training"
    table = Table("figure", "measured", "reference", title=escape(title))
    references = {
        name: (value, origin) for name, value, origin in metrics["references"]
    }
    figures = metrics["figures"]
    if "pca_test_mse" in figures:
        origin = "PCA with the same code size"
        references.setdefault("test_mse", (figures["pca_test_mse"], origin))
    for name, value in figures.items():
        reference = references.get(name)
        beside = f"{reference[0]:.6g} ({reference[1]})" if reference else ""
        table.add_row(name, f"{value:.6g}", escape(beside))
    console.print(table)
