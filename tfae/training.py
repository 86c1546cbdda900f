"""From a recipe to a trained, measured, drawn and saved model."""

import dataclasses
import json
import os
import shutil
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfae import (
    building,
    datasets,
    divergence,
    evaluation,
    few_labels,
    networks,
    pretraining,
    probes,
    reporting,
    resuming,
    saving,
)

LAYERS = "backup_of_layers"  # in the folder of a training under way
LAST_GOOD = "last_good.keras"  # of one that diverged


@dataclasses.dataclass(frozen=True)
class Run:
    """What `run` leaves: the model, its figures, and the files it wrote."""

    model: keras.Model
    metrics: dict
    files: tuple


def run(recipe, output, split=None, seed=0, resume=False, verbose="auto"):
    """Trains `recipe` and writes model, figures and pictures into the folder `output`.

    Until it is done, all it writes is in `output/unfinished`: an interruption leaves
    what an earlier run put into `output` as it was.

    Args:
        recipe: A `tfae.recipes.Recipe`.
        output: Folder, made where it is missing.
        split: `tfae.datasets.Split` to train on. Defaults to the recipe's data.
        seed: Integer, seed of weights, batches and dropout.
        resume: Boolean, whether to go on with the unfinished training in `output`.
        verbose: As for `keras.Model.fit`.

    Returns:
        A `Run`.

    Raises:
        ValueError: If the recipe's settings do not fit each other or the data, or if
            there is nothing to resume.
        OSError: If `output` cannot be written to.

    Example:
    >>> run = tfae.run(tfae.recipes.get("leaky_relu_digits"), "saved_models/digits")
    """
    output = Path(output)
    probes.check(recipe.probes)
    if split is None:
        split = datasets.load(recipe.data, recipe.validation)
    if split.scaling and not recipe.scaling:  # by the caller: what reads it must know
        recipe = dataclasses.replace(recipe, scaling=split.scaling)
    else:
        split = datasets.scale(split, recipe.scaling)
    split = datasets.binarize(split, recipe.binarize)
    keras.utils.set_random_seed(seed)
    if recipe.fine_tuning:  # refused now, and not after the training
        few_labels.subsets(split, recipe.fine_tuning["counts"], [seed])
    try:
        model = building.build(recipe, split.train.inputs.shape[1:])
    except (TypeError, MemoryError, tf.errors.OpError) as error:
        # An argument of the wrong kind or size, noticed deep in Keras.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"{recipe.name} cannot be built: {reason}") from error
    check_inputs(model, split)
    if recipe.likelihood_samples and getattr(model, "likelihood", None) is None:
        raise ValueError(
            f"{recipe.name} is measured by its likelihood, and the model has none. "
            "Leave likelihood as it is."
        )
    if recipe.center:
        networks.center(model.encoder, model.decoder, split.train.inputs)
    steps = len(split.train.inputs) // recipe.batch_size * (recipe.passes or 1)
    building.compile_model(model, recipe, steps)
    unfinished = output / "unfinished"
    settings = json.loads(json.dumps({**dataclasses.asdict(recipe), "seed": seed}))
    with saving.new_folder(output):
        start = resuming.open_folder(unfinished, settings, resume)
        started = time.perf_counter()
        try:
            fit(model, recipe, split, unfinished, start, seed, verbose)
        except divergence.DivergenceError as error:
            saving.save(model, output / LAST_GOOD)
            message = f"{error} That model is {output / LAST_GOOD}."
            raise ValueError(message) from error
        except ValueError:
            begun = ("history.csv", LAYERS)
            if not any((unfinished / name).exists() for name in begun):
                shutil.rmtree(unfinished)  # refused at once: nothing to resume
            raise
    seconds = time.perf_counter() - started
    saving.save(model, unfinished / "model.keras")
    figures = {
        **reporting.of_layers(unfinished),
        **reporting.measure(
            model,
            split,
            recipe.angle_to_pca,
            recipe.probes,
            recipe.likelihood_samples,
        ),
        **_fine_tune(model, recipe, split, unfinished, seed, verbose),
    }
    metrics = {
        "recipe": recipe.name,
        "figures": figures,
        "references": settings["references"],
        "epochs": len(resuming.read_history(unfinished / "history.csv")),
        "seconds": round(seconds, 1),  # since the last resumption
        "examples": [
            len(part.inputs) for part in (split.train, split.valid, split.test)
        ],
        "settings": settings,
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("tfae", "keras", "tensorflow")},
        "commit": commit(),
    }
    (unfinished / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    pictures = reporting.draw(model, split, unfinished, recipe.name)
    # All of it is there: now each file takes the place of an earlier run's.
    files = []
    tables = [*resuming.HISTORIES, "fine_tuning.csv"]
    written = ["model.keras", *tables, "metrics.json", *pictures]
    for name in written:
        if not (unfinished / name).exists():
            (output / name).unlink(missing_ok=True)  # a table of an earlier run
            continue
        files.append(output / name)
        files[-1].parent.mkdir(exist_ok=True)
        (unfinished / name).replace(files[-1])
    shutil.rmtree(unfinished)
    (output / LAST_GOOD).unlink(missing_ok=True)
    return Run(model, metrics, tuple(files))


def check_inputs(model, split):
    """Raises `ValueError` if the model cannot take or rebuild the examples."""
    shape = split.train.inputs.shape[1:]
    wanted = getattr(model, "example_shape", None) or shape
    if shape != tuple(wanted):
        raise ValueError(
            f"The model takes examples of shape {tuple(wanted)}. Received: "
            f"{split.name} with examples of shape {shape}. Train a model on data of "
            "this shape."
        )
    parts = [part.inputs for part in (split.train, split.valid, split.test)]
    if getattr(model, "likelihood", None) is not None:
        for inputs in parts:
            model.likelihood.check(inputs)
    low, high = min(x.min() for x in parts), max(x.max() for x in parts)
    bounds = getattr(model, "bounds", None)  # a classifier rebuilds nothing
    if bounds and (low < bounds[0] or high > bounds[1]):
        raise ValueError(
            f"The model's outputs lie in {list(bounds)}. Received: {split.name} with "
            f"values from {low:g} to {high:g}. Scale the data, or use a linear output "
            "(--set output_activation=linear)."
        )


def fit(model, recipe, split, folder, start=0, seed=0, verbose="auto"):
    """Trains the compiled `model`; `folder` holds what a resumed training needs."""
    history, best = folder / "history.csv", folder / "best.weights.h5"
    callbacks = [divergence.StopOnDivergence(), resuming.HistoryFile(history)]
    greedy = _pretraining(recipe, split, folder, seed, verbose)
    if greedy is not None:
        callbacks.insert(0, greedy)  # what it adds to an epoch's row must be there
    past = resuming.read_history(history)[:start]
    if recipe.patience is not None:
        losses = [row["val_loss"] for row in past]
        callbacks += [
            keras.callbacks.ModelCheckpoint(
                best,
                save_best_only=True,
                save_weights_only=True,
                initial_value_threshold=min(losses, default=None),
            ),
            resuming.ResumableEarlyStopping(past, patience=recipe.patience),
        ]
    callbacks.append(
        keras.callbacks.BackupAndRestore(
            folder / "backup", double_checkpoint=True, delete_checkpoint=False
        )
    )
    over = resuming.patience_is_over(past, recipe.patience)
    model.fit(
        datasets.batches(
            split.train.inputs,
            recipe.batch_size,
            shuffle=recipe.shuffle,
            seed=seed,
            # As the legacy loops: whole batches only, and XLA compiles one shape.
            drop_remainder=True,
            first_epoch=start,
            draw=recipe.binarize == "dynamic",
            passes=recipe.passes or 1,
        ),
        validation_data=datasets.batches(
            split.valid.inputs, evaluation.BATCH_SIZE, shuffle=False
        ),
        epochs=start if over else recipe.epochs,
        shuffle=False,  # the pipeline does
        callbacks=callbacks,
        verbose=verbose,
    )
    if greedy is not None and greedy.inputs is not None:
        rows = [
            {"layer": layer, **row}
            for layer, rows in enumerate(greedy.histories, start=1)
            for row in rows
        ]
        if rows:
            resuming.write_history(folder / "pretraining.csv", rows)
    if recipe.patience is not None:
        model.load_weights(best)


def _pretraining(recipe, split, folder, seed, verbose):
    """The callback that pretrains as the recipe says, or `None`."""
    if not recipe.pretraining:
        return None
    options = dict(recipe.pretraining)
    if options.pop("cached", False):
        inputs = split.train.inputs
        if options.pop("validation", False):
            inputs = np.concatenate([inputs, split.valid.inputs])
        options |= {"inputs": inputs, "seed": seed, "verbose": verbose}
        # Until the run is over, which may be killed after the last layer.
        options |= {"backup_dir": folder / LAYERS, "delete_backup": False}
    return pretraining.GreedyPretraining(**options)


def _fine_tune(model, recipe, split, folder, seed, verbose):
    """Errors of the classifiers that the recipe makes of the model, or nothing."""
    if not recipe.fine_tuning:
        return {}
    rows = few_labels.compare(
        model, split, seeds=[seed], verbose=verbose, **recipe.fine_tuning
    )
    resuming.write_history(folder / "fine_tuning.csv", rows)
    return {
        f"{name}_error_{row['labels']}": row[name]
        for row in rows
        for name in ("pretrained", "scratch")
    }


def commit():
    """Commit of the checkout that the package runs from, or `None`."""
    checkout = Path(__file__).parent.parent
    if not (checkout / "pyproject.toml").is_file():
        return None
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    command += ["--abbrev=10", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return answer.stdout.strip() or None
