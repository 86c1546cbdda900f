"""Greedy layer-wise pretraining before `fit`, on cached activations."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfae import batch_streams, datasets, evaluation
from tfae.callbacks import divergence, resuming
from tfae.networks import codes_and_switches
from tfae.pretraining import options
from tfae.pretraining.phase import renew
from tfae.types import Array, Callbacks, Layer, Model, PathLike

BATCH_SIZE = 1000  # for computing the hidden activations


def pretrain(
    stack: Model,
    inputs: Array,
    epochs: int | Sequence[int],
    learner=None,
    learning_rate=None,
    loss=None,
    batch_size: int | Sequence[int] | None = None,
    tie_weights: bool = False,
    backup_dir: PathLike | None = None,
    delete_backup: bool = True,
    seed: int = 0,
    verbose: int | str = "auto",
    callbacks: Callbacks | None = None,
) -> list[list[dict[str, Any]]]:
    """Trains the stages of a stack in turn, on activations kept in memory.

    Like `tfae.GreedyPretraining`, with two differences: it runs outside `fit`, and the
    inputs of a stage are computed once, so that the stages below are not run again.
    `inputs` may differ from those of `fit`.

    Args:
        stack: Compiled `tfae.LayerwiseAutoencoder`, such as `tfae.StackedAutoencoder`.
        inputs: Array `(n, ...)` or a stream of batches, which is read into memory; use
            `tfae.GreedyPretraining` if it does not fit.
        epochs: Positive integer, epochs of each stage. This, the next three and
            `batch_size` take one value for all stages, or a list with one for each.
        learner: As for `tfae.GreedyPretraining`, like the next two.
        learning_rate: Float, or `None`.
        loss: Reconstruction loss, or `None`.
        batch_size: Positive integer. Defaults to 128.
        tie_weights: As for `tfae.GreedyPretraining`.
        backup_dir: Folder for the backup that resumes a killed training, or `None`.
        delete_backup: Boolean, whether to delete `backup_dir` after the training.
        seed: Integer, seed of the order of `inputs`.
        verbose: As for `fit`.
        callbacks: List of callbacks for the training of each stage, or `None`.

    Returns:
        List with the rows of each stage's training: dicts of the loss and the other
        metrics of the learner.

    Raises:
        ValueError: If an argument is outside its range or does not fit the number of
            stages; if the model has none, or a learner does not reconstruct its inputs.

    Example:
    >>> stack = tfae.StackedAutoencoder(64, [32, 8])
    >>> stack.compile(optimizer="adam", loss="mse")
    >>> x = np.random.rand(100, 64)
    >>> histories = tfae.pretraining.pretrain(stack, x, epochs=2, verbose=0)
    >>> [len(rows) for rows in histories]
    [2, 2]
    """
    chosen = options.Options(
        epochs, learner, learning_rate, loss, batch_size, tie_weights
    )
    backup = None if backup_dir is None else Path(backup_dir)
    dealt = chosen.dealt(stack)
    rate = options.compiled_rate(stack)
    options.begin(stack)
    phases = chosen.phases(stack, rate)
    hidden, histories = inputs, []
    if batch_streams.is_stream(hidden):
        hidden = evaluation.in_batches(np.asarray, hidden)
    try:
        for index, phase in enumerate(phases):
            own_rate = dealt["learning_rate"][index]
            renew(stack.optimizer, rate if own_rate is None else own_rate)
            histories.append(
                _train(
                    phase,
                    hidden,
                    dealt["epochs"][index],
                    dealt["batch_size"][index] or 128,
                    backup and backup / f"layer_{phase.number}",
                    seed + index,
                    verbose,
                    list(callbacks or ()),
                )
            )
            if index + 1 < len(phases):
                hidden = activations(phase.encoder, hidden)
    finally:  # also after an interruption
        renew(stack.optimizer, rate)
    stack.pretrained = True
    if backup and delete_backup:
        shutil.rmtree(backup, ignore_errors=True)
    return histories


def activations(layer: Layer, inputs: Array) -> Array:
    """The outputs of a layer for an array of inputs, computed batch by batch.

    Example:
    >>> layer = keras.layers.Dense(8)
    >>> tfae.pretraining.activations(layer, np.random.rand(100, 64)).shape
    (100, 8)
    """
    slices = range(0, len(inputs), BATCH_SIZE)
    found = [codes_and_switches(layer(inputs[s : s + BATCH_SIZE]))[0] for s in slices]
    return np.concatenate(found)


def _train(phase, hidden, epochs, batch_size, backup, seed, verbose, callbacks):
    """Trains one stage on the activations before it; returns the rows of its epochs."""
    stack, learner = phase.model, phase.learner
    learner.compile(
        stack.optimizer,
        learner.loss,
        auto_scale_loss=False,
        run_eagerly=stack.run_eagerly,
        jit_compile=stack.jit_compile and not stack.run_eagerly,
        steps_per_execution=stack.steps_per_execution,
    )
    rows, start = [], 0
    callbacks = [divergence.StopOnDivergence(), *callbacks]
    if backup:
        start = resuming.repair_backup(backup)
        rows = resuming.read_history(backup / "history.csv")[:start]
        backup.mkdir(parents=True, exist_ok=True)
        callbacks += [
            resuming.HistoryFile(backup / "history.csv"),
            resuming.Backup(backup),
        ]
    history = learner.fit(
        datasets.batches(
            hidden,
            min(batch_size, len(hidden)),
            drop_remainder=True,
            seed=seed,
            first_epoch=start,
        ),
        epochs=epochs,
        shuffle=False,
        callbacks=callbacks,
        verbose=verbose,
    )
    phase.unroll()
    return rows + [
        {"epoch": epoch + 1, **{k: v[i] for k, v in history.history.items()}}
        for i, epoch in enumerate(history.epoch)
    ]
