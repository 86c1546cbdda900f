"""The figures and the pictures of a trained model."""

from pathlib import Path

import numpy as np
from scipy.stats import norm

from tfae import evaluation, networks, plots, probes, resuming, saving

SCATTER_POINTS = 2000
JACOBIANS = 50
MANIFOLD = 20  # pictures across and up
TRAVERSED = 10  # codes at most
INTERPOLATED = 5  # pairs
STEPS = np.linspace(-3, 3, 11, dtype="float32")  # of a code


def measure(
    model, split, angle_to_pca=False, wanted_probes=(), likelihood_samples=None
):
    """Figures of `model` on the validation and test parts, beside PCA's.

    The other arguments are the fields of a recipe.

    Returns:
        Dict from `valid_…` and `test_…` names to numbers. `pca_test_mse` is that of
        PCA with as many components as the code has numbers, where PCA can have them.
    """
    figures = {}
    for name in ("valid", "test"):
        for key, value in evaluation.figures(
            model, getattr(split, name).inputs
        ).items():
            figures[f"{name}_{key}"] = value
    if "denoising" in model.reports:
        figures |= evaluation.denoising_figures(
            model, split.test.inputs, split.image_shape
        )
    if likelihood_samples is not None:
        found = evaluation.log_likelihoods(model, split.test.inputs, likelihood_samples)
        figures["test_nll"] = -float(found.mean())
        figures["test_nll_error"] = float(found.std() / np.sqrt(len(found)))
    figures |= probes.measure(model, split, probes.possible(wanted_probes, split))
    train = split.train.inputs.reshape(len(split.train.inputs), -1)
    test = split.test.inputs.reshape(len(split.test.inputs), -1)
    code_size = evaluation.encode(model, split.test.inputs[:1]).size
    if code_size < min(train.shape):
        figures["pca_test_mse"] = evaluation.pca_error(train, test, code_size)
        if angle_to_pca:
            # What a linear decoder makes of each unit code, whatever its layers are.
            corners = np.asarray(model.decode(np.eye(code_size, dtype="float32")))
            origin = np.asarray(model.decode(np.zeros((1, code_size), "float32")))
            figures["angle_to_pca"] = evaluation.pca_angle(train, corners - origin)
    return figures


def of_layers(folder):
    """Last figures of each layer that the run in `folder` has pretrained."""
    figures = {}
    for row in resuming.read_histories(folder):
        if row.get("layer"):
            for name in row.keys() - {"epoch", "layer"}:
                figures[f"layer_{row['layer']:g}_{name}"] = row[name]
    return dict(sorted(figures.items()))


def draw(model, split, folder, title, history=None):
    """Draws the pictures of `model` into `folder/figures`; returns their names.

    The curves are those of the run in the folder `history`, by default `folder`.
    """
    test = split.test
    shown = test.inputs[:10]
    codes = evaluation.encode(model, test.inputs[:SCATTER_POINTS])
    codes = codes.reshape(len(codes), -1)
    labels = None if test.labels is None else test.labels[:SCATTER_POINTS]
    figures = {
        "reconstructions": plots.reconstructions(
            shown, evaluation.reconstruct(model, shown), split.image_shape
        ),
        "codes": plots.code_scatter(codes, labels, f"{title}: codes of the test part"),
    }
    history = resuming.read_histories(history or folder)
    if history:
        names = dict.fromkeys(name for row in history for name in row)
        columns = {name: [row.get(name, np.nan) for row in history] for name in names}
        figures["loss"] = plots.loss_by_term(columns, f"{title}: loss by term")
    kernel = getattr(networks.first_layer(model.encoder), "kernel", None)
    if split.image_shape and kernel is not None:
        figures["filters"] = plots.filters(np.asarray(kernel), split.image_shape)
    for report in model.reports:
        figure = PICTURES[report]({title: model}, split)
        if figure is not None:
            figures[report] = figure
    return _save(figures, folder)


def compare(models, split, folder):
    """Draws what several models' codes have in common and what not; returns the names.

    Args:
        models: Dict from the name of a model to the model.
        split: `tfae.datasets.Split` whose test part they are compared on.
        folder: Folder to write `figures/….png` to.
    """
    figures = {
        "activations": _activations(models, split),
        "singular_values": _singular_values(models, split),
    }
    return _save(figures, folder)


def _denoising(models, split):
    (model,) = models.values()
    clean = split.test.inputs[:10]
    corrupted = np.asarray(model.corrupt(clean, seed=0))
    if np.array_equal(corrupted, clean):
        return None
    denoised = evaluation.reconstruct(model, corrupted)
    rows = {"corrupted": corrupted, "denoised": denoised, "clean": clean}
    return plots.examples(rows, split.image_shape, "Denoising")


def _samples(models, split):
    (model,) = models.values()
    return plots.grid(model.sample(64, seed=0), split.image_shape, "Prior samples")


def _manifold(models, split):
    (model,) = models.values()
    if model.code_shape != (2,) or not split.image_shape:
        return None
    # The same share of the prior lies between any two.
    values = norm.ppf(np.linspace(0.04, 0.96, MANIFOLD)).astype("float32")
    codes = [(across, up) for up in values[::-1] for across in values]
    return plots.manifold(model.decode(np.array(codes)), values, split.image_shape)


def _traversals(models, split):
    (model,) = models.values()
    codes = evaluation.encode(model, split.test.inputs[:SCATTER_POINTS])
    first, codes = codes[:1], codes.reshape(len(codes), -1)
    most_active = np.argsort(-codes.var(axis=0), kind="stable")[:TRAVERSED]
    rows = {}
    for index in most_active:
        changed = np.repeat(first.reshape(1, -1), len(STEPS), axis=0)
        changed[:, index] = STEPS
        shape = (len(STEPS), *first.shape[1:])
        rows[f"code {index + 1}"] = np.asarray(model.decode(changed.reshape(shape)))
    title = f"One code from {STEPS[0]:g} to {STEPS[-1]:g}, the others as they are"
    return plots.examples(rows, split.image_shape, title, len(STEPS))


def _interpolations(models, split):
    (model,) = models.values()
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
        # The examples themselves stand at both ends.
        rows[f"{first + 1} to {last + 1}"] = np.stack(
            [examples[first], *np.asarray(model.decode(between)), examples[last]]
        )
    title = "From one test example to another, by their codes"
    return plots.examples(rows, split.image_shape, title, len(STEPS) + 2)


def _activations(models, split):
    inputs = split.test.inputs[:SCATTER_POINTS]
    codes = {name: evaluation.encode(model, inputs) for name, model in models.items()}
    targets = {getattr(model, "target_activation", None) for model in models.values()}
    targets.discard(None)
    return plots.activation_histograms(
        {name: values.reshape(-1, values.shape[-1]) for name, values in codes.items()},
        targets.pop() if len(targets) == 1 else None,
    )


def _singular_values(models, split):
    inputs = split.test.inputs[:JACOBIANS]
    return plots.singular_values(
        {
            name: np.linalg.svd(probes.jacobians(model, inputs), compute_uv=False)
            for name, model in models.items()
        }
    )


# Pictures of what is peculiar to a model, by the names that its `reports` lists.
PICTURES = {
    "denoising": _denoising,
    "samples": _samples,
    "manifold": _manifold,
    "traversals": _traversals,
    "interpolations": _interpolations,
    "activations": _activations,
    "singular_values": _singular_values,
}


def _save(figures, folder):
    names = [f"figures/{name}.png" for name in figures]
    for name, figure in zip(names, figures.values(), strict=True):
        with saving.atomic(Path(folder) / name) as beside:
            figure.savefig(beside, dpi=120)
    return names
