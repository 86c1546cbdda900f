"""Greedy layer-wise pretraining of stacked autoencoders, as a callback of `fit`."""

import itertools
import shutil
import warnings
from collections.abc import Sequence

import keras

from tfae.pretraining import options
from tfae.pretraining.cached import pretrain
from tfae.pretraining.phase import renew
from tfae.types import Array, Callbacks, PathLike


class GreedyPretraining(keras.callbacks.Callback):
    """Trains the stages of a stack in turn before it is trained as a whole.

    The encoding and the decoding part of stage k form a shallow autoencoder, the
    `learner`. It learns to reconstruct the codes of stages 1 … k − 1, which stay
    unchanged. The first epochs of `fit` are phases, one for each stage; the remaining
    epochs train the whole stack. `tfae.pretraining.pretrain` does the same before
    `fit`, on activations that are computed once.

    Each stage, and the training of the whole, starts with a reset copy of the optimizer
    given to `compile`. Dropout between the stages is inactive during pretraining. A
    model that was trained before is pretrained from its current weights, with a
    warning.

    An epoch reports the metrics of its learner, and as `layer` the number of its stage,
    or 0. In the history every name has a value for each epoch, NaN if there is none.

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural
        Networks", Science 313, 2006; Bengio et al., "Greedy Layer-Wise Training of Deep
        Networks", NIPS 2006.

    Args:
        epochs: Positive integer, epochs of each stage. This and the next three take one
            value for all stages, or a list with one for each, from the outermost.
        learner: The shallow autoencoder: a class such as `tfae.SparseAutoencoder`, a
            function of an encoder and a decoder layer that returns a model, or a dict
            of `class_name` and `config`. Defaults to `tfae.Autoencoder`.
        learning_rate: Float, or `None` for that of the stack's optimizer.
        loss: Reconstruction loss of the learner, or `None` for that of the stack.
        tie_weights: Boolean, whether the decoders of the learners are tied, as those of
            a `RestrictedBoltzmannMachine` must be. A stack with untied weights is
            unrolled: once a stage is trained, its decoder layer gets the transposed
            kernel. Defaults to `False`.
        inputs, batch_size, backup_dir, delete_backup, seed, verbose, callbacks:
            Deprecated: arguments of `tfae.pretraining.pretrain`, which is called with
                them at the start of `fit`, in place of phases.

    Attributes:
        histories: List with the rows of each stage's training: dicts of the loss and
            the other metrics of the learner.

    Raises:
        ValueError: If an argument is outside its range or does not fit the number of
            stages; in `fit`, if the model has no stages, a learner does not reconstruct
            its inputs, or there are fewer epochs than the phases need.

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
        epochs: int | Sequence[int],
        learner=None,
        learning_rate=None,
        loss=None,
        batch_size=None,
        tie_weights: bool = False,
        inputs: Array | None = None,
        backup_dir: PathLike | None = None,
        delete_backup: bool = True,
        seed: int = 0,
        verbose: int | str = "auto",
        callbacks: Callbacks | None = None,
    ) -> None:
        super().__init__()
        stages = {
            "epochs": epochs,
            "learner": learner,
            "learning_rate": learning_rate,
            "loss": loss,
            "batch_size": batch_size,
            "tie_weights": tie_weights,
        }
        self._options = options.Options(**stages)
        ahead = (batch_size, backup_dir, callbacks or None)
        if inputs is None and any(one is not None for one in ahead):
            raise ValueError(
                "`batch_size`, `backup_dir` and `callbacks` are for layers that are "
                "trained on `inputs`, and there are none. Give them to "
                "tfae.pretraining.pretrain, or to fit."
            )
        self.histories = []
        self._phases, self._rows = None, []
        self._ahead = None
        if inputs is not None:
            warnings.warn(
                "`inputs` of GreedyPretraining is deprecated. Call "
                "tfae.pretraining.pretrain(stack, inputs, …) before fit.",
                DeprecationWarning,
                stacklevel=2,
            )
            self._backup = backup_dir if delete_backup else None
            self._ahead = {
                **stages,
                "inputs": inputs,
                "backup_dir": backup_dir,
                "delete_backup": False,
                "seed": seed,
                "verbose": verbose,
                "callbacks": callbacks,
            }

    def set_model(self, model):
        super().set_model(model)
        self._dealt = self._options.dealt(model)
        # As set by compile(); a restored backup has the rate of its phase.
        self._rate = options.compiled_rate(model)
        self._ends = list(itertools.accumulate(self._dealt["epochs"]))

    def on_train_begin(self, logs=None):
        resumed = bool(self.model._initial_epoch)
        if self._ahead is not None:
            if not resumed:
                self.histories = pretrain(self.model, **self._ahead)
            return
        if self.params["epochs"] < self._ends[-1]:
            raise ValueError(
                f"The phases of pretraining take {self._ends[-1]} epochs. Received: "
                f"epochs={self.params['epochs']}. Give fit at least {self._ends[-1]}."
            )
        options.begin(self.model, resumed)
        self._phases = self._options.phases(self.model, self._rate)
        self.histories = [[] for _ in self._phases]
        self._rows = []
        self.model.pretrained = True

    def on_train_end(self, logs=None):
        if self._ahead is not None:
            if self._backup is not None:
                shutil.rmtree(self._backup, ignore_errors=True)
            return
        # From a fit that ended in a phase, which a resumed fit may not enter.
        if self.params["epochs"] == self._ends[-1]:
            renew(self.model.optimizer, self._rate)
        self._fill_history()

    def on_epoch_begin(self, epoch, logs=None):
        if self._ahead is not None:
            return
        index = sum(epoch >= end for end in self._ends)
        whole = index == len(self._ends)
        phase = None if whole else self._phases[index]
        if epoch in (0, *self._ends):
            if index:
                # A backup may have been written before the end of the last epoch.
                self._phases[index - 1].unroll()
            rate = None if whole else self._dealt["learning_rate"][index]
            renew(self.model.optimizer, self._rate if rate is None else rate)
        if phase:
            phase.start_epoch(epoch)
        if self.model.phase is not phase:
            self._enter(phase)

    def on_epoch_end(self, epoch, logs):
        if self._ahead is not None:
            return
        phase = self.model.phase
        logs["layer"] = 0 if phase is None else phase.number
        self._rows.append(logs)
        if phase:
            phase.unroll()
            self.histories[phase.number - 1].append(dict(logs))

    def _enter(self, phase):
        self.model.phase = phase
        # The train function was traced for the previous phase.
        self.model.make_train_function(force=True)
        self.model.make_test_function(force=True)

    def _fill_history(self):
        """Pads the history of `fit` to one value per epoch for every name."""
        names = dict.fromkeys(name for row in self._rows for name in row)
        self.model.history.history = {
            name: [row.get(name, float("nan")) for row in self._rows] for name in names
        }
