"""The tables of legacy_tf1_ports/README.md and of the twins, from recorded runs."""

import json
import re
import statistics
from pathlib import Path
from typing import NamedTuple

from tfae import parity
from tfae.cli.compare_tables import DIFFERENCES
from tfae.twins import TWINS

DOCS = Path(__file__).parent.parent / "docs"
RUNS = DOCS / "legacy"
PARITY = DOCS / "parity.json"
IMAGES = 150  # in a batch of the notebook's


class Figure(NamedTuple):
    """A number among the lines of a program.

    Attributes:
        words: Regular expression of what stands before it.
        printed: What the original printed there, or `None` where that is not known.
        label: What it is called in the table.
        at: Which of the lines with these words: the last, as a rule.
        divisor: Number that it is divided by.
    """

    words: str
    printed: str | None = None
    label: str = ""
    at: int = -1
    divisor: int = 1

    def of(self, lines):
        """The number in the lines of a run."""
        # Whatever stands there: a loss that is no number is not passed over.
        pattern = rf"{self.words}:? ?([^\s,]+)"
        found = [re.search(pattern, line) for line in lines]
        return float([one[1] for one in found if one][self.at]) / self.divisor


class Program(NamedTuple):
    """A row of the table: what the program was, and its figures."""

    what: str
    figures: tuple


def _trained(printed, label="last batch", at=-1):
    return Figure("Train MSE", printed, label, at)


_TEST = Figure("Test MSE", None, "test")
_COSTS = (Figure("Cost", None, "last epoch"), Figure("Total cost", None, "test part"))
PROGRAMS = {
    "leaky_relu_stacked": Program(
        "zhoubaohang's `AE_train.py`: 784-256-128-64 leaky-ReLU stack, in file order",
        (
            Figure("epoch 10 loss", None, "last epoch"),
            Figure("images not trained on", None, "not trained on"),
        ),
    ),
    "models_autoencoder": Program(
        "tensorflow/models, 784-200-784, softplus everywhere", _COSTS
    ),
    "models_additive_gaussian_noise": Program(
        "the same, linear outputs, noise of σ .01", _COSTS
    ),
    "models_masking_noise": Program("the same, 5 % of the inputs dropped", _COSTS),
    "models_variational": Program("the same, variational, all linear", _COSTS),
    "notebook_linear_pca": Program(
        "handson-ml chapter 15, 3-2-3 linear", (Figure("Test MSE", None, "test"),)
    ),
    "notebook_stacked": Program(
        "784-300-150-300-784 ELU, L2", (_trained(".01037"), _TEST)
    ),
    "notebook_tied": Program("the same, tied", (_trained(".0156"), _TEST)),
    "notebook_several_graphs": Program(
        "the same, one layer at a time, a graph each",
        (_trained(".0192", "first", 3), _trained(".0044", "second"), _TEST),
    ),
    "notebook_one_graph": Program(
        "the same, in phases of one graph",
        (
            _trained(".0074", "first", 3),
            _trained(".0025", "second"),
            _TEST._replace(printed=".009791"),
        ),
    ),
    "notebook_cached": Program(
        "the same, on cached activations",
        (
            _trained(".0078", "first", 3),
            _trained(".0021", "second"),
            _TEST._replace(printed=".009779"),
        ),
    ),
    "notebook_classifier": Program(
        "784-300-150-10, 20,000 labels",
        (Figure("Test accuracy", ".9494", "test accuracy"),),
    ),
    "notebook_pretrained_classifier": Program(
        "the same, pretrained by `notebook_cached`",
        (Figure("Test accuracy", ".9401", "test accuracy"),),
    ),
    "notebook_denoising_gaussian": Program(
        "784-300-150-300-784 ReLU, noise of σ 1", (_trained(".0408"),)
    ),
    "notebook_denoising_dropout": Program(
        "the same, 30 % of the inputs dropped", (_trained(".0242"),)
    ),
    "notebook_sparse": Program(
        "784-1000-784 sigmoid, KL penalty",
        (_trained(".0245"), Figure(r"Train .*sparsity loss", ".336", "KL")),
    ),
    "notebook_variational_deviation": Program(
        "784-500-500-20 ELU, the second head σ",
        (Figure("Train total loss", "101.0", "last batch, an image", -1, IMAGES),),
    ),
    "notebook_variational": Program(
        "the same, the second head log σ²",
        (Figure("Train total loss", "97.6", "last batch, an image", -1, IMAGES),),
    ),
}


def programs():
    """The README's table: what each printed, and prints today."""
    lines = [
        "| file | what it was | printed | here | recipe |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, program in PROGRAMS.items():
        path = RUNS / f"{name}.json"
        runs = json.loads(path.read_text()) if path.is_file() else []
        printed = "; ".join(
            f"{figure.label} {figure.printed}"
            for figure in program.figures
            if figure.printed
        )
        cells = [f"`{name}.py`", program.what, printed or "–"]
        cells += [measured(program.figures, runs), f"`{TWINS[name].recipe}`"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def measured(figures, runs):
    """The figures of some runs: the mean, with the range where there are several."""
    if not runs:
        return "not run yet"
    cells = []
    for figure in figures:
        values = [figure.of(run["printed"]) for run in runs]
        mean, low, high = (f"{one(values):.4g}" for one in (statistics.mean, min, max))
        spread = "" if low == high else f" ({low}–{high})"
        cells.append(f"{figure.label} {mean}{spread}")
    return f"{'; '.join(cells)}; {len(runs)} run{'s' if runs[1:] else ''}"


def twins():
    """Section of docs/results.md on the twins, from the reports of `compare --all`."""
    lines = [
        "",
        "## Legacy programs and their twins",
        "",
        "The same weights, batches and noise on both sides. Losses: largest relative "
        "difference of a step's; means: difference of the mean losses of an example "
        f"over the first {parity.FIRST_STEPS} steps, in the phase where it is largest; "
        "weights: largest difference of one. In brackets the same difference "
        "between the program and itself with one number rounded otherwise: Adam's β₂ᵗ "
        "before the first step, by one unit in its last place. "
        + parity.ROUNDING
        + " The classifier with "
        "pretraining is the graph of that without. The twin is compared step by step, "
        "as Keras runs it without XLA. What magnifies rounding errors in which program "
        "is told in [migration.md](migration.md#the-proof).",
        "",
        "Times as fast: by the quickest of 5 epochs of each side, in turn, in float32, "
        "past compilation, of all phases (and of each); the program's training steps "
        "fed from memory without its own shuffling and printing, the twin in `fit` as "
        "its recipe compiles it.",
    ]
    for report in json.loads(PARITY.read_text()):
        lines += [
            "",
            f"`{report['command']}`, on {report['cores']} CPU cores, tensorflow "
            f"{report['versions']['tensorflow']}, keras {report['versions']['keras']}, "
            f"commit {report['commit']}:",
            "",
            "| program | agree | losses | means | weights | times as fast |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for row in report["programs"]:
            differences = (
                f"{row[name]:.1e} ({row['itself'][name]:.1e})" for name in DIFFERENCES
            )
            cells = [f"`{row['program']}`", row["verdict"]]
            ratio = f"{row['ratio']:.2f}"
            if row["ratios"][1:]:
                ratio += f" ({', '.join(f'{one:.2f}' for one in row['ratios'])})"
            cells += [*differences, ratio]
            lines.append(f"| {' | '.join(cells)} |")
        remark = report.get("remark", "")  # by who recorded it
        criterion = f"Criterion: {parity.CRITERIA[report['dtype']]}. {remark}".rstrip()
        lines += ["", criterion, ""]
        lines += [
            f"- `{name}` was left out: {reason}"
            for name, reason in report["left_out"].items()
        ]
    return lines
