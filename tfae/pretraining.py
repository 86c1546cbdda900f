"""Greedy layer-wise pretraining of stacked autoencoders, as a callback of `fit`."""

import itertools
import shutil
import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfae import datasets, divergence, resuming
from tfae.phase import Phase, inner, renew

BATCH_SIZE = 1000  # of the hidden activations that are computed ahead


class GreedyPretraining(keras.callbacks.Callback):
    """Trains a stack's layers one after the other before it is trained as a whole.

    Layer pair k, an encoder layer and the decoder layer that undoes it, makes up a
    shallow autoencoder of its own, the `learner`. It learns to rebuild the activations
    of hidden layer k − 1, which layers 1 … k − 1 compute as they are: nothing but pair
    k changes. There are two ways to it:

    - Without `inputs` the first epochs of `fit` are phases, one a layer, on the data of
      `fit`; those left over train the whole stack.
    - With `inputs` all layers are trained before the first epoch of `fit`, on the
      hidden activations of these inputs, which are computed once a layer and kept in
      memory: the layers below are not run again, and the data may be others than
      those of `fit`. `fit(…, epochs=0)` leaves the stack at that.

    Each layer begins with a fresh optimizer of the kind that `compile` got, and so does
    the training of the whole. Dropout between the layers rests meanwhile. A model that
    has been trained before is pretrained from where it is, and a warning says so.

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural
        Networks", Science 313, 2006; Bengio et al., "Greedy Layer-Wise Training of Deep
        Networks", NIPS 2006.

    Args:
        epochs: Positive integer, epochs of each layer. This and the next four take one
            value for all layers, or a list of one for each, from the outermost.
        learner: The shallow autoencoder: a class such as `tfae.SparseAutoencoder`, a
            function of an encoder and a decoder layer that returns a model of them, or
            a dict of `class_name` and `config`. Defaults to `tfae.Autoencoder`.
        learning_rate: Float, or `None` for that of the stack's optimizer.
        loss: Reconstruction loss of the learner, or `None` for that of the stack.
        tie_weights: Boolean, whether the decoders of the learners are tied, as those of
            a `RestrictedBoltzmannMachine` must be. A stack whose own are not is
            unrolled: when a layer is trained, its decoder layer gets the transposed
            kernel. Defaults to `False`.
        batch_size: Positive integer, of layers trained on `inputs`. Defaults to 128.
        inputs: Array `(n, features)` or `tf.data.Dataset` of batches to train on ahead
            of `fit`, or `None` to train within it.
        backup_dir: Folder for what a killed training ahead of `fit` needs to go on, or
            `None`. Training within it is backed up by `BackupAndRestore`, as any is.
        delete_backup: Boolean, whether `backup_dir` goes when `fit` has ended.
        seed: Integer, of the order of `inputs`.
        verbose: As for `fit`, of layers trained on `inputs`.
        callbacks: List of callbacks of layers trained on `inputs`, or `None`; those
            trained within `fit` meet its own.

    Attributes:
        histories: List with the rows of each layer's training: dicts of its loss, and
            of all that the learner reports.

    Raises:
        ValueError: If an argument is outside its range or does not fit the number of
            layers; in `fit`, if the model has no layer pairs, a learner does not
            rebuild its layer's inputs, or there are fewer epochs than the phases need.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.compile(optimizer="adam", loss="mse")
    >>> pretraining = tfae.GreedyPretraining(epochs=2)
    >>> x = np.random.rand(100, 64)
    >>> history = model.fit(x, epochs=5, callbacks=[pretraining], verbose=0)
    >>> history.history["layer"]
    [1, 1, 2, 2, 0]
    """

    def __init__(
        self,
        epochs,
        learner=None,
        learning_rate=None,
        loss=None,
        batch_size=None,
        tie_weights=False,
        inputs=None,
        backup_dir=None,
        delete_backup=True,
        seed=0,
        verbose="auto",
        callbacks=None,
    ):
        super().__init__()
        for name, value in (("epochs", epochs), ("batch_size", batch_size)):
            for one in _each(value):
                unset = (name, one) == ("batch_size", None)
                if not unset and (type(one) is not int or one < 1):
                    raise ValueError(
                        f"`{name}` must be a positive integer, or a list of them. "
                        f"Received: {name}={value!r}"
                    )
        for rate in _each(learning_rate):
            real = isinstance(rate, float | int) and not isinstance(rate, bool)
            if rate is not None and not (real and 0 < rate < float("inf")):
                raise ValueError(
                    "`learning_rate` must be a number > 0, or a list of them. "
                    f"Received: learning_rate={learning_rate!r}"
                )
        ahead = (batch_size, backup_dir, callbacks or None)
        if inputs is None and any(one is not None for one in ahead):
            raise ValueError(
                "`batch_size`, `backup_dir` and `callbacks` are for layers that are "
                "trained on `inputs`, and there are none. Give `inputs`, or give them "
                "to fit."
            )
        self.epochs = epochs
        self.learner = learner
        self.learning_rate = learning_rate
        self.loss = loss
        self.batch_size = batch_size
        self.tie_weights = tie_weights
        self.inputs = inputs
        self.backup_dir = None if backup_dir is None else Path(backup_dir)
        self.delete_backup = delete_backup
        self.callbacks = list(callbacks or ())
        self.seed = seed
        self.verbose = verbose
        self.histories = []
        self._phases = None

    def set_model(self, model):
        super().set_model(model)
        pairs = getattr(model, "layer_pairs", None)
        if not pairs:
            raise ValueError(
                "Greedy pretraining takes a model with `layer_pairs`, such as "
                f"StackedAutoencoder. Received: {type(model).__name__}"
            )
        self._options = {
            name: _one_each(name, getattr(self, name), len(pairs))
            for name in ("epochs", "learner", "learning_rate", "loss", "batch_size")
        }
        # As compile() left it; a backup that is restored has the rate of its phase.
        self._rate = inner(model.optimizer).get_config()["learning_rate"]
        rates = [rate for rate in self._options["learning_rate"] if rate is not None]
        if rates and not isinstance(self._rate, float):
            raise ValueError(
                "`learning_rate` cannot replace a schedule. Received: learning_rate="
                f"{self.learning_rate!r}. Compile with a plain learning rate."
            )

    def on_train_begin(self, logs=None):
        model = self.model
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        resumed = bool(model._initial_epoch)
        trained = model.pretrained or int(model.optimizer.iterations.numpy())
        if trained and not resumed:
            warnings.warn(
                "The model has been trained before: its layers are pretrained from the "
                "weights they have, with a new optimizer.",
                stacklevel=2,
            )
        self.histories = [[] for _ in model.layer_pairs]
        self._phases = [
            Phase(
                model,
                index,
                self._options["learner"][index],
                self._loss(index),
                self.tie_weights,
                self._rate,
            )
            for index in range(len(model.layer_pairs))
        ]
        if self.inputs is None:
            needed = sum(self._options["epochs"])
            if self.params["epochs"] < needed:
                raise ValueError(
                    f"The phases of pretraining take {needed} epochs. Received: "
                    f"epochs={self.params['epochs']}. Give fit at least {needed}."
                )
        elif not resumed:
            try:
                self._train_ahead()
            finally:  # of an interrupted training, too
                renew(model.optimizer, self._rate)
        model.pretrained = True

    def on_train_end(self, logs=None):
        if self.inputs is None:
            # Of a fit that ended in a phase, which a resumed one may not even enter.
            if self.params["epochs"] == sum(self._options["epochs"]):
                renew(self.model.optimizer, self._rate)
        elif self.backup_dir and self.delete_backup:
            shutil.rmtree(self.backup_dir, ignore_errors=True)

    def on_epoch_begin(self, epoch, logs=None):
        if self.inputs is not None:
            return
        ends = list(itertools.accumulate(self._options["epochs"]))
        index = sum(epoch >= end for end in ends)
        begins = epoch in (0, *ends)
        whole = index == len(ends)
        phase = None if whole else self._phases[index]
        if begins:
            if index:
                # A backup may have been written before the end of the last epoch.
                self._phases[index - 1].unroll()
            rate = None if whole else self._options["learning_rate"][index]
            renew(self.model.optimizer, self._rate if rate is None else rate)
        if phase:
            phase.start_epoch(epoch)
        if self.model.phase is not phase:
            self._enter(phase)

    def on_epoch_end(self, epoch, logs):
        if self.inputs is not None:
            return
        phase = self.model.phase
        logs["layer"] = 0 if phase is None else phase.number
        if phase:
            phase.unroll()
            self.histories[phase.number - 1].append(dict(logs))

    def _enter(self, phase):
        self.model.phase = phase
        # What fit calls was traced for the phase before.
        self.model.make_train_function(force=True)
        self.model.make_test_function(force=True)

    def _loss(self, index):
        loss = self._options["loss"][index]
        return self.model.loss if loss is None else loss

    def _train_ahead(self):
        model, hidden = self.model, self.inputs
        if isinstance(hidden, tf.data.Dataset):
            hidden = np.concatenate([_first(batch) for batch in hidden])
        for index, phase in enumerate(self._phases):
            learner, epochs = phase.learner, self._options["epochs"][index]
            rate = self._options["learning_rate"][index]
            renew(model.optimizer, self._rate if rate is None else rate)
            learner.compile(
                model.optimizer,
                learner.loss,
                auto_scale_loss=False,
                run_eagerly=model.run_eagerly,
                jit_compile=model.jit_compile and not model.run_eagerly,
                steps_per_execution=model.steps_per_execution,
            )
            size = min(self._options["batch_size"][index] or 128, len(hidden))
            rows, start = [], 0
            callbacks = [divergence.StopOnDivergence(), *self.callbacks]
            if self.backup_dir:
                folder = self.backup_dir / f"layer_{index + 1}"
                start = resuming.repair_backup(folder)
                rows = resuming.read_history(folder / "history.csv")[:start]
                folder.mkdir(parents=True, exist_ok=True)
                callbacks += [
                    resuming.HistoryFile(folder / "history.csv"),
                    keras.callbacks.BackupAndRestore(
                        folder, double_checkpoint=True, delete_checkpoint=False
                    ),
                ]
            history = learner.fit(
                datasets.batches(
                    hidden,
                    size,
                    drop_remainder=True,
                    seed=self.seed + index,
                    first_epoch=start,
                ),
                epochs=epochs,
                shuffle=False,
                callbacks=callbacks,
                verbose=self.verbose,
            )
            self.histories[index] = rows + [
                {"epoch": epoch + 1, **{k: v[i] for k, v in history.history.items()}}
                for i, epoch in enumerate(history.epoch)
            ]
            phase.unroll()
            if index + 1 < len(self._phases):
                hidden = activations(phase.encoder, hidden)


def activations(layer, inputs):
    """What a layer makes of an array of inputs, computed batch by batch."""
    slices = range(0, len(inputs), BATCH_SIZE)
    return np.concatenate([layer(inputs[s : s + BATCH_SIZE]) for s in slices])


def _each(value):
    return value if isinstance(value, (list, tuple)) else [value]


def _one_each(name, value, count):
    values = _each(value)
    if not isinstance(value, (list, tuple)):
        values = values * count
    if len(values) != count:
        raise ValueError(
            f"`{name}` must be one value, or one for each of {count} layers. Received: "
            f"{name}={value!r}"
        )
    return list(values)


def _first(batch):
    return np.asarray(batch[0] if isinstance(batch, tuple) else batch)
