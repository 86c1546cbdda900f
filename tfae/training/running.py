"""Runs a recipe: trains, measures, plots and saves its model."""

import dataclasses
import json
import time

import keras
import tensorflow as tf

from tfae import arguments, datasets, networks, reporting, saving, sizes
from tfae.callbacks import divergence, resuming
from tfae.evaluation import likelihood, measures
from tfae.fine_tuning import few_labels
from tfae.models import protocol
from tfae.recipes import building
from tfae.recipes.longer import changed
from tfae.recipes.recipe import Recipe
from tfae.recipes.settings import changes
from tfae.training import delivering, devices, fitting, folder, longer, workers
from tfae.training.preparing import prepare
from tfae.training.provenance import provenance
from tfae.types import Callbacks, Model, PathLike

# Errors that Keras raises internally for an argument of the wrong type or size.
UNBUILDABLE = (
    sizes.TooLargeError,
    AttributeError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OverflowError,
    TypeError,
    tf.errors.OpError,
)


@dataclasses.dataclass(frozen=True)
class Run:
    """Result of `run`: the model, its figures, and the files it wrote."""

    model: keras.Model
    metrics: dict
    files: tuple


def run(
    recipe: Recipe,
    output: PathLike,
    split=None,
    seed: int = 0,
    resume: bool = False,
    verbose: int | str = "auto",
    callbacks: Callbacks = (),
    tensorboard: PathLike | None = None,
    replicas: int | None = None,
) -> Run | None:
    """Trains `recipe` and writes the model, figures and plots to the folder `output`.

    The files of an earlier run are replaced at the end, all together or none.

    Args:
        recipe: A `tfae.recipes.Recipe`.
        output: Folder, created if missing.
        split: `tfae.datasets.Split` to train on. Defaults to the recipe's data.
        seed: Integer, seed of weights, batches and dropout.
        resume: Boolean, whether to continue the training in `output`. A finished run is
            returned, or continued if `recipe` has more epochs.
        verbose: As for `keras.Model.fit`.
        callbacks: Keras callbacks of the training.
        tensorboard: Folder for `tfae.callbacks.TensorBoard`, or `None`.
        replicas: Number of GPUs, or parts of the processor, to train on, or `None`.

    Returns:
        A `Run`, or `None` for a worker of `TF_CONFIG` that is not the chief.

    Raises:
        ValueError: If the recipe's settings do not fit each other or the data, there is
            nothing to resume, or the run cannot replace the files in `output`.
        OSError: If `output` is not writable, or another run writes to it.

    Example:
    >>> run = tfae.run(tfae.recipes.get("marginalized_digits"), "trained", verbose=0)
    """
    watched = (verbose, callbacks, tensorboard)
    job = prepare(recipe, output, split, seed, *watched, replicas)
    if ended := _ended(job, resume):
        return ended[0]
    model = build(job)
    with devices.begin(job, resume) as (unfinished, start):
        seconds = fit(model, job, unfinished, start)
        if not workers.writes(job.strategy):
            return None
        model = workers.delivered(model, job.strategy, unfinished)
        whole = delivering.whole(model, job)
        figures = measure(model, whole, job, unfinished)
        return keep(whole, job, unfinished, figures, seconds)


def build(job):
    """The untrained, compiled model of a job, built for its data."""
    recipe, inputs = job.recipe, job.split.train.inputs
    keras.utils.set_random_seed(job.seed)
    with devices.scope(job.strategy):
        return _built(job, recipe, inputs)


def _built(job, recipe, inputs):
    try:
        with sizes.limited_weights():
            model = building.build(recipe, inputs.shape[1:])
    except UNBUILDABLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        chosen = changes(recipe)
        with_these = f" with {chosen}" if chosen else ""
        raise ValueError(
            f"{recipe.name} cannot be built{with_these}: {reason}"
        ) from error
    protocol.check(
        model, f"{recipe.name} trains", "tfae.models.protocol says what these are."
    )
    check_inputs(model, job.split)
    if arguments.has(model, "adapt"):
        model.adapt(inputs)
    if recipe.likelihood_samples:
        likelihood.check(model, inputs)
    if recipe.center:
        remedy = "Its networks cannot be centred. Use center=False."
        encoder = arguments.optional(model, "encoder", remedy)
        decoder = arguments.optional(model, "decoder", remedy)
        networks.center(encoder, decoder, inputs)
    steps = len(inputs) // recipe.batch_size * (recipe.passes or 1)
    building.compile_model(model, recipe, steps)
    return model


def fit(model, job, unfinished, start=0):
    """Trains the model of a job; returns the seconds since it was last resumed."""
    started = time.perf_counter()
    try:
        with datasets.refusing_changes(job.split.train.inputs, job.split.name):
            fitting.fit(
                model,
                job.recipe,
                job.split,
                unfinished,
                start,
                job.seed,
                job.verbose,
                job.callbacks,
            )
    except divergence.DivergenceError as error:
        last_good = job.output / folder.LAST_GOOD
        saving.save(delivering.of_raw(model, job), last_good)
        raise ValueError(f"{error} That model is {last_good}.") from error
    return time.perf_counter() - started


def measure(model, whole, job, unfinished):
    """Figures of the saved model, of its layers, and of classifiers built on it."""
    saving.save(whole, unfinished / "model.keras")
    return {
        **measures.of_layers(unfinished),
        **measures.measure(
            whole,
            job.raw,
            job.recipe.angle_to_pca,
            job.recipe.probes,
            job.recipe.likelihood_samples,
        ),
        **_fine_tune(model, job, unfinished),
    }


def keep(whole, job, unfinished, figures, seconds):
    """Writes figures and plots, and moves all files of the run to `output`."""
    settings = job.settings
    rows = resuming.read_history(unfinished / "history.csv")
    pictures = reporting.draw(whole, job.raw, unfinished, job.recipe.name)
    tables = [name for name in folder.TABLES if (unfinished / name).exists()]
    written = ["model.keras", *tables, folder.METRICS, *pictures]
    metrics = {
        "recipe": job.recipe.name,
        "figures": figures,
        "references": settings["references"],
        "epochs": len(rows),
        "seconds": round(seconds, 1),  # since the last resumption
        "examples": settings["examples"],
        "settings": settings,
        "read": {
            "full_scale": job.raw.full_scale,
            "columns": getattr(job.raw.train, "names", None),
        },
        "files": written,
        **provenance(),
    }
    (unfinished / folder.METRICS).write_text(json.dumps(metrics, indent=2) + "\n")
    return Run(whole, metrics, folder.finish(job.output, written))


def check_inputs(model: Model, split) -> None:
    """Raises `ValueError` if the model cannot take or rebuild the examples."""
    for part in (split.train, split.valid, split.test):
        model.check_inputs(part.inputs, split.name)


def _ended(job, resume):
    """A finished run in a tuple, `None` in it on further workers; or an empty tuple."""
    writes = workers.writes(job.strategy)
    found = _finished(job) if resume and writes else None
    return (found,) if workers.agreed(job.strategy, found is not None) else ()


def _finished(job):
    """The `Run` of a finished job, or `None`.

    A finished run of fewer epochs is prepared for continuation.
    """
    metrics = folder.finished(job.output)
    if metrics is None:
        return None
    before = metrics.get("settings")
    if not isinstance(before, dict) or changed(before, job.settings):
        longer.reopen(job)
        return None
    names = metrics.get("files")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        names = ["model.keras", folder.METRICS]  # written by an earlier version
    files = tuple(job.output / name for name in names)
    return Run(saving.load(job.output), metrics, files)


def _fine_tune(model, job, unfinished):
    """Errors of the classifiers that the recipe fine-tunes, or nothing."""
    if not job.recipe.fine_tuning:
        return {}
    options = job.recipe.fine_tuning
    rows = few_labels.compare(
        model, job.split, seeds=[job.seed], verbose=job.verbose, **options
    )
    resuming.write_history(unfinished / "fine_tuning.csv", rows)
    return {
        f"{name}_error_{row['labels']}": row[name]
        for row in rows
        for name in ("pretrained", "scratch")
    }
