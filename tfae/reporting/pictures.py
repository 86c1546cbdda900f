"""The plots of a trained model."""

from pathlib import Path

import numpy as np

from tfae import evaluation, files, plots
from tfae.arguments import has
from tfae.callbacks import resuming
from tfae.evaluation import probes
from tfae.plots import values as of_values
from tfae.reporting import beside, units
from tfae.types import Model, PathLike

SCATTER_POINTS = 2000
JACOBIANS = 50
TRAVERSED = 10  # codes at most
INTERPOLATED = 5  # pairs
STYLES = 10
CHAIN = 100  # steps
COMPLETED, COMPLETIONS = 10, 3  # examples, and completions of each
STEPS = np.linspace(-3, 3, 11, dtype="float32")  # of a code


def draw(model: Model, split, folder: PathLike, title: str, history=None) -> list[str]:
    """Draws the plots of `model` into `folder/figures`; returns their names.

    They are the model's `reports` and the training curves of the run in the folder
    `history`, by default `folder`.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> tfae.reporting.draw(model, split, "pictures", "A stack")[0]
    'figures/reconstructions.png'
    """
    told = units.of(getattr(model, "preprocessing", None))
    if has(model, "unwrapped"):
        model, split = model.unwrapped(split)
    figures = {}
    columns = resuming.columns_of(resuming.read_histories(history or folder))
    if "loss" in columns:
        figures["loss"] = plots.loss_by_term(columns, f"{title}: loss by epoch")
    for name, report in model.reports.items():
        figures[name] = units.told(report(model, split, title), told)
    return save(figures, folder)


def reconstructions(model, split, title):
    """Test examples over the reconstructions of the model and of PCA."""
    shown = split.test.inputs[:10]
    outputs = evaluation.reconstruct(model, shown)
    if outputs.shape != shown.shape:
        return None  # such as colours for grey images
    pca = beside.of_pca(model, split, shown)
    shown, outputs, *others = (
        beside.shaped(split, one) for one in (shown, outputs, *pca.values())
    )
    return plots.reconstructions(
        shown,
        outputs,
        split.image_shape,
        beside=dict(zip(pca, others, strict=True)),
        names=split.feature_names,
    )


def codes(model, split, title):
    """The codes of the test part as points."""
    test = split.test
    found = evaluation.encode(model, test.inputs[:SCATTER_POINTS])
    labels = (
        split.named(test.labels[:SCATTER_POINTS]) if test.labels is not None else None
    )
    return plots.code_scatter(found, labels, f"{title}: codes of the test part")


def denoising(model, split, title):
    """Test examples, corrupted as in training, and their reconstructions.

    Of a table, the errors of both, feature by feature, in the validation part.
    """
    of_columns = split.image_shape is None and len(split.test.inputs.shape) == 2
    clean = split.test.inputs[:10]
    if of_columns and len(split.valid.inputs):  # without the anomalies of a detector
        clean = split.valid.inputs[:SCATTER_POINTS]
    corrupted = np.asarray(model.corrupt(clean, seed=0))
    if np.array_equal(corrupted, clean):
        return None
    denoised = evaluation.reconstruct(model, corrupted)
    if of_columns:  # single rows show little
        errors = {
            label: ((values - clean) ** 2).mean(axis=0)
            for label, values in (("corrupted", corrupted), ("denoised", denoised))
        }
        title = f"{title}: denoising\n{len(clean)} examples"
        return of_values.by_feature(errors, title, split.feature_names)
    rows = {"original": clean, "corrupted": corrupted, "denoised": denoised}
    return _examples(rows, split, f"{title}: denoising")


def samples(model, split, title):
    """Samples of the model."""
    drawn = beside.shaped(split, model.sample(64, seed=0))
    return plots.grid(drawn, split.image_shape, f"{title}: samples")


def samples_of_prior(model, split, title):
    """Samples from the prior of codes, if the model has one."""
    return None if model.prior is None else samples(model, split, title)


def chain(model, split, title):
    """Successive steps of a Markov chain, row by row."""
    states = model.sample(CHAIN, steps=1, burn_in=0, seed=0)
    states = beside.shaped(split, states)
    title = f"{title}: steps of a Markov chain, row by row"
    return plots.grid(states, split.image_shape, title, columns=10)


def completions(model, split, title):
    """Test examples, and completions of their upper halves by the model."""
    shown = split.test.inputs[:COMPLETED]
    kept = shown.shape[1] // 2
    rows = {"original": shown}
    for seed in range(COMPLETIONS):
        rows[f"completed {seed + 1}"] = np.asarray(model.complete(shown, kept, seed))
    return _examples(rows, split, f"{title}: the lower half drawn", COMPLETED)


def hard_inputs(model, split, title):
    """Test examples, adversarial versions of them, and their reconstructions."""
    shown = split.test.inputs[:10]
    hard = np.asarray(model.hard_inputs(shown))
    rows = {"inputs": shown, "hard inputs": hard}
    for name, values in [*rows.items()]:
        rows[f"reconstruction of {name}"] = evaluation.reconstruct(model, values)
    return _examples(rows, split, f"{title}: hard inputs")


def styles(model, split, title):
    """Draws of the style, each in all classes."""
    with model.seeded(0):
        noise = np.asarray(model.noise(STYLES))
    rows = {}
    for index in range(model.num_classes):
        codes = model.codes_of(noise, np.full(STYLES, index))
        rows[f"class {split.named([index])[0]}"] = np.asarray(model.decode(codes))
    title = f"{title}: one style in each column, one class in each row"
    return _examples(rows, split, title, STYLES)


def traversals(model, split, title):
    """The effect of each code unit, the most active ones first."""
    found = evaluation.encode(model, split.test.inputs[:SCATTER_POINTS])
    first, found = found[:1], found.reshape(len(found), -1)
    most_active = np.argsort(-found.var(axis=0), kind="stable")[:TRAVERSED]
    rows = {}
    for index in most_active:
        changed = np.repeat(first.reshape(1, -1), len(STEPS), axis=0)
        changed[:, index] = STEPS
        shape = (len(STEPS), *first.shape[1:])
        rows[f"code {index + 1}"] = np.asarray(model.decode(changed.reshape(shape)))
    title = f"{title}: one code changed, the others kept"
    columns = [f"{step:.1f}" for step in STEPS]
    return _examples(rows, split, title, len(STEPS), columns)


def interpolations(model, split, title):
    """Interpolations between the codes of test examples."""
    examples = split.test.inputs[: 2 * INTERPOLATED]
    if len(examples) < 2:
        return None
    codes = evaluation.encode(model, examples)
    shares = np.linspace(0, 1, len(STEPS), dtype="float32")
    shares = shares.reshape(-1, *(1 for _ in codes.shape[1:]))
    rows = {}
    for index in range(0, len(codes) - 1, 2):
        first, last = index, index + 1
        between = (1 - shares) * codes[first] + shares * codes[last]
        # The examples themselves are shown at both ends.
        rows[f"{first + 1} to {last + 1}"] = np.stack(
            [examples[first], *np.asarray(model.decode(between)), examples[last]]
        )
    title = f"{title}: codes between those of two test examples, decoded"
    columns = ["example", *(f"{share:.1f}" for share in shares.ravel()), "example"]
    return _examples(rows, split, title, len(STEPS) + 2, columns)


def activations(model, split, title):
    """The activations of the code units."""
    return activations_of({title: model}, split)


def singular_values(model, split, title):
    """The singular values of the Jacobian of the codes."""
    return singular_values_of({title: model}, split)


def _examples(rows, split, title, count=10, columns=None):
    """Rows of examples, plotted like those of a split."""
    rows, names = beside.rows(split, rows), split.feature_names
    return plots.examples(rows, split.image_shape, title, count, columns, names)


def activations_of(models, split):
    """The activations of the code units of several models, a dict by name."""
    inputs = split.test.inputs[:SCATTER_POINTS]
    codes = {name: evaluation.encode(model, inputs) for name, model in models.items()}
    aiming = [model for model in models.values() if has(model, "target_activation")]
    targets = {model.target_activation for model in aiming}
    targets.discard(None)
    target = targets.pop() if len(targets) == 1 else None
    return plots.activation_histograms(codes, target)


def singular_values_of(models, split):
    """The singular values of the Jacobian of several models, a dict by name."""
    inputs = split.test.inputs[:JACOBIANS]
    if not probes.has_numbers(inputs):
        return None
    return plots.singular_values(
        {
            units.of_raw(name, model): np.linalg.svd(
                probes.jacobians(model, evaluation.taken(model, inputs)),
                compute_uv=False,
            )
            for name, model in models.items()
        }
    )


def save(figures, folder):
    """Writes the figures that are not `None`; returns the names of their files."""
    names = []
    for name, figure in figures.items():
        if figure is not None:
            names.append(f"figures/{name}.png")
            with files.atomic(Path(folder) / names[-1]) as beside:
                figure.savefig(beside, dpi=120)
    return names
