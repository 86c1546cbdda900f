"""The training itself: callbacks, pipeline, pretraining and resumption."""

import keras
import numpy as np

from tfae import arguments, datasets, evaluation
from tfae.callbacks import divergence, resuming
from tfae.fine_tuning import few_labels
from tfae.pretraining import GreedyPretraining, pretrain
from tfae.training import workers
from tfae.training.folder import LAYERS

BOARD = keras.callbacks.TensorBoard


def fit(model, recipe, split, folder, start=0, seed=0, verbose="auto", watching=()):
    """Trains the compiled `model`; `folder` holds the files for a resumption.

    The callbacks `watching` are used in each training: of layers, model and prior.
    TensorBoard's is used in that of the model.
    """
    # A board shows one training: that of the model.
    inner = [one for one in watching if not isinstance(one, BOARD)]
    history, best = folder / "history.csv", folder / "best.weights.h5"
    callbacks = [divergence.StopOnDivergence(), resuming.HistoryFile(history)]
    if recipe.pretraining.get("cached"):
        if not start:
            _pretrain(model, recipe, split, folder, seed, verbose, inner)
    elif recipe.pretraining:
        # Called first, since it adds values to the row of an epoch.
        options = {"cached": False, **recipe.pretraining}
        del options["cached"]
        callbacks.insert(0, GreedyPretraining(**options))
    past = resuming.read_history(history)[:start]
    if len(past) < start:
        raise ValueError(
            f"{history} holds {len(past)} of {start} epochs, and so the training "
            "cannot be resumed. Use resume=False to train from the beginning."
        )
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
    # Workers read each other's variables to save theirs, and so save at the same time.
    seconds = 0 if workers.among(model.distribute_strategy) else None
    callbacks += [resuming.Backup(folder / "backup", seconds), *watching]
    told = known_labels(recipe, split, seed)
    if told is not None and arguments.has(model, "remember"):
        # A pipeline drops partial batches and redraws pixels.
        known = np.flatnonzero(told >= 0)
        model.remember(split.train.inputs[known], told[known])
    over = resuming.patience_is_over(past, recipe.patience)
    model.fit(
        datasets.batches(
            split.train.inputs,
            recipe.batch_size,
            told,
            shuffle=recipe.shuffle,
            seed=seed,
            # Whole batches only, as in the legacy loops, so that XLA compiles one
            # shape.
            drop_remainder=True,
            first_epoch=start,
            draw=recipe.binarize == "dynamic",
            passes=recipe.passes or 1,
        ),
        validation_data=datasets.batches(
            split.valid.inputs,
            evaluation.at_once(model),
            None if told is None else split.valid.labels,
            shuffle=False,
        ),
        epochs=start if over else recipe.epochs,
        shuffle=False,  # the pipeline shuffles
        callbacks=callbacks,
        verbose=verbose,
    )
    if recipe.patience is not None:
        model.load_weights(best)
    if recipe.prior:
        fit_prior = arguments.optional(model, "fit_prior", "Leave `prior` out.")
        fit_prior(split.train.inputs, verbose=verbose, callbacks=inner, **recipe.prior)


def known_labels(recipe, split, seed):
    """Labels of the training part, -1 for those that the recipe hides from the model.

    Returns:
        Array of integers, or `None` if the recipe uses no labels.

    Raises:
        ValueError: If the data have no labels, or too few.
    """
    if recipe.labels is None:
        return None
    chosen = few_labels.subsets(split, [recipe.labels], [seed])
    (indices,) = chosen.values()
    labels = np.full(len(split.train.labels), -1)
    labels[indices] = split.train.labels[indices]
    return labels


def _pretrain(model, recipe, split, folder, seed, verbose, watching):
    """Pretrains the layers before `fit` as set in the recipe, and writes their rows."""
    options = dict(recipe.pretraining)
    del options["cached"]
    inputs = split.train.inputs
    if options.pop("validation", False):
        inputs = np.concatenate([inputs, split.valid.inputs])
    histories = pretrain(
        model,
        inputs,
        seed=seed,
        verbose=verbose,
        # Kept until the end of the run, which may be killed after the last layer.
        backup_dir=folder / LAYERS,
        delete_backup=False,
        callbacks=watching,
        **options,
    )
    rows = [
        {"layer": layer, **row}
        for layer, rows in enumerate(histories, start=1)
        for row in rows
    ]
    resuming.write_history(folder / "pretraining.csv", rows)
