"""The table of legacy_tf1_ports/README.md, from recorded runs."""

import json
import re
import statistics
from pathlib import Path
from typing import NamedTuple

from tfae.migration.twins import TWINS

RUNS = Path(__file__).parent.parent / "docs" / "legacy"
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
        # Whatever stands there: a NaN or infinite loss is not passed over.
        pattern = rf"{self.words}:? ?([^\s,]+)"
        found = [re.search(pattern, line) for line in lines]
        return float([one[1] for one in found if one][self.at]) / self.divisor


class Program(NamedTuple):
    """A row of the table: the program, where it comes from, its quirks and figures."""

    source: str
    what: str
    quirks: str
    figures: tuple


def _trained(printed, label="last batch", at=-1):
    return Figure("Train MSE", printed, label, at)


def _notebook(section, what, figures, quirks="–"):
    return Program(f"handson-ml chapter 15, {section}", what, quirks, figures)


def _models(runner, what, quirks):
    costs = (
        Figure("Cost", None, "last epoch"),
        Figure("Total cost", None, "test part"),
    )
    quirks = f"summed over the batch; batches are blocks of neighbours; {quirks}"
    return Program(f"tensorflow/models, `{runner}Runner`", what, quirks, costs)


_TEST = Figure("Test MSE", None, "test")
_LAST_IMAGE = Figure("Train total loss", None, "last batch, an image", -1, IMAGES)
_REDRAWN = "each batch drawn anew from all examples"
_ONE_ADAM = "phase 2 goes on with phase 1's Adam: first steps three times as long"
_VECTOR = f"the loss is a vector: gradients are batch sums; {_REDRAWN}"
PROGRAMS = {
    "leaky_relu_stacked": Program(
        "zhoubaohang, `AE_train.py`",
        "784-256-128-64 leaky ReLU, sigmoid out",
        "in file order, never shuffled",
        (
            Figure("epoch 10 loss", None, "last epoch"),
            Figure("images not trained on", None, "not trained on"),
        ),
    ),
    "models_autoencoder": _models(
        "Autoencoder",
        "784-200-784 softplus, standardized",
        "softplus outputs, which cannot be negative as standardized inputs are",
    ),
    "models_additive_gaussian_noise": _models(
        "AdditiveGaussianNoise",
        "784-200-784 softplus, linear out, noise of σ .01",
        "one noise vector for the whole batch, in the measurement, too; the decoder "
        "begins at 0",
    ),
    "models_masking_noise": _models(
        "MaskingNoise",
        "784-200-784 softplus, linear out, 5 % of the inputs dropped",
        "`dropout_probability` .95 is that of keeping; the decoder begins at 0",
    ),
    "models_variational": _models(
        "Variational",
        "784-200-784, variational, all linear, scaled to [0, 1]",
        "the divergence averaged while the error is summed: it weighs 1/128; the "
        "decoder begins at 0",
    ),
    "notebook_linear_pca": _notebook("linear PCA", "3-2-3 linear", (_TEST,)),
    "notebook_stacked": _notebook(
        "stacked",
        "784-300-150-300-784 ELU, linear out, L2",
        (_trained(".01037"), _TEST),
    ),
    "notebook_tied": _notebook(
        "tying weights", "the same, tied", (_trained(".0156"), _TEST)
    ),
    "notebook_several_graphs": _notebook(
        "one at a time, several graphs",
        "784-300-784, then 300-150-300 on its codes",
        (_trained(".0192", "first", 3), _trained(".0044", "second"), _TEST),
        f"ELU outputs in the second; {_REDRAWN}",
    ),
    "notebook_one_graph": _notebook(
        "one at a time, one graph",
        "the outer layers, then the inner ones, frozen outside",
        (
            _trained(".0074", "first", 3),
            _trained(".0025", "second"),
            _TEST._replace(printed=".009791"),
        ),
        _ONE_ADAM,
    ),
    "notebook_cached": _notebook(
        "one at a time, cached",
        "the same, phase 2 on cached activations",
        (
            _trained(".0078", "first", 3),
            _trained(".0021", "second"),
            _TEST._replace(printed=".009779"),
        ),
        f"{_ONE_ADAM}; in phase 2 {_REDRAWN}",
    ),
    "notebook_classifier": _notebook(
        "unsupervised pretraining, without",
        "784-300-150-10 ELU, 20,000 labels",
        (Figure("Test accuracy", ".9494", "test accuracy"),),
        _VECTOR,
    ),
    "notebook_pretrained_classifier": _notebook(
        "unsupervised pretraining",
        "the same, layers 1 and 2 from `notebook_cached`",
        (Figure("Test accuracy", ".9401", "test accuracy"),),
        _VECTOR,
    ),
    "notebook_denoising_gaussian": _notebook(
        "denoising, Gaussian",
        "784-300-150-300-784 ReLU, noise of σ 1",
        (_trained(".0408"),),
        "printed with noise on",
    ),
    "notebook_denoising_dropout": _notebook(
        "denoising, dropout",
        "the same, 30 % of the inputs dropped",
        (_trained(".0242"),),
        "printed for uncorrupted inputs",
    ),
    "notebook_sparse": _notebook(
        "sparse",
        "784-1000-784 sigmoid, linear out, KL penalty",
        (_trained(".0245"), Figure(r"Train .*sparsity loss", ".336", "KL")),
        "the divergence is of the batch's own means",
    ),
    "notebook_variational_deviation": _notebook(
        "variational, σ",
        "784-500-500-20 ELU, the second head σ",
        (_LAST_IMAGE._replace(printed="101.0"),),
        "σ of either sign, with 1e-10 in its logarithm; summed over the batch",
    ),
    "notebook_variational": _notebook(
        "variational, γ",
        "the same, the second head γ = log σ²",
        (_LAST_IMAGE._replace(printed="97.6"),),
        "summed over the batch",
    ),
}


def _script(source, what, quirks, *figures):
    """A program whose lines tell the last batch of an epoch, and the test part."""
    lasts = [
        Figure(rf"Epoch .*?{words}", None, f"last batch{label}", -1, divisor)
        for words, label, divisor in figures
    ]
    tests = [
        Figure(rf"Test .*?{words}", None, f"test{label}", -1, divisor)
        for words, label, divisor in figures
    ]
    return Program(source, what, quirks, (*lasts, *tests))


PROGRAMS |= {
    "examples_autoencoder": _script(
        "TensorFlow-Examples, autoencoder",
        "784-256-128-256-784 sigmoid",
        "weights and biases of N(0, 1); RMSProp, whose mean squares begin at one",
        ("Minibatch Loss", "", 1),
    ),
    "examples_variational": _script(
        "TensorFlow-Examples, variational autoencoder",
        "784-512-2 tanh, probabilities, the second head log σ²",
        "RMSProp, as above; biases as wide as weights; 1e-10 in the logarithms, which "
        "is lost in 1e-10 + 1 − p in float32",
        ("Loss", "", 1),
    ),
    "tutorials_convolutional": _script(
        "pkmital's tensorflow_tutorials, convolutional autoencoder",
        "28×28-10-10-10 leaky ReLU of stride 2, the same kernels transposed back",
        "summed over the batch; the mean image subtracted; leaky outputs",
        ("cost", ", an image", 100),
    ),
    "course_convolutional": _script(
        "Udacity's deep-learning, convolutional autoencoder",
        "28×28-16-8-8 ReLU, max pooling, nearest values resized back",
        "4 rows become 7 by corners, not centres: 0 0 1 1 2 2 3",
        ("Training loss", "", 1),
    ),
    "boltzmann_machine": _script(
        "restricted Boltzmann machines of many repositories",
        "784-500 binary, CD-1 by `assign_add`",
        "no optimizer; hidden units drawn, visible ones not; the error printed is of "
        "hidden means",
        ("Train error", "", 1),
    ),
    "adversarial_autoencoder": _script(
        "adversarial autoencoders of many repositories",
        "784-256-128-2 ReLU, a discriminator 2-256-128-1",
        "three Adams, each by `session.run` and on its `var_list`",
        ("Autoencoder Loss", " MSE", 1),
        ("Discriminator Loss", ", discriminator", 1),
    ),
}


def programs():
    """The README's table: what each printed, and prints today."""
    heads = "file", "where it comes from", "what it was", "quirks", "printed", "here"
    lines = [f"| {' | '.join(heads)} | recipe |", "| --- " * 7 + "|"]
    for name, program in PROGRAMS.items():
        path = RUNS / f"{name}.json"
        runs = json.loads(path.read_text()) if path.is_file() else []
        printed = "; ".join(
            f"{figure.label} {figure.printed}"
            for figure in program.figures
            if figure.printed
        )
        cells = [f"`{name}.py`", program.source, program.what, program.quirks]
        cells += [
            printed or "–",
            measured(program.figures, runs),
            f"`{TWINS[name].recipe}`",
        ]
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
