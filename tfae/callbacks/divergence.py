"""Detection of NaN or infinite losses, and restoration of the last good state."""

import keras
import numpy as np

# Ratio of the sizes of two columns above which scaling is advised.
APART = 1e3


class DivergenceError(ValueError):
    """The training loss or a weight became infinite or NaN."""


class StopOnDivergence(keras.callbacks.Callback):
    """Stops `fit` at a loss or a weight that is infinite or NaN.

    Model and optimizer are restored to their state after the last epoch with finite
    values, or to the initial state.

    Raises:
        DivergenceError: In `fit`, a `ValueError` that names the step of the divergence.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.compile("adam", "mse")
    >>> x, guard = np.random.rand(100, 64), tfae.StopOnDivergence()
    >>> history = model.fit(x, epochs=2, callbacks=[guard], verbose=0)
    """

    def on_train_begin(self, logs=None):
        self._good = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._step = epoch + 1, 0
        # Not earlier, since a backup is restored before the first epoch.
        if self._good is None and self.model.built:
            self._keep(epoch)

    def on_train_batch_end(self, batch, logs=None):
        self._step = batch + 1
        # The terms identify the loss at fault; a closed form has none yet.
        for name in (*getattr(self.model, "term_names", ()), "loss"):
            value = float(logs.get(name, 0.0))
            if not np.isfinite(value):
                self._stop(f"{'the loss' if name == 'loss' else name} is {value}")

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            if not np.isfinite(value):
                self._stop(f"{name} is {value}")
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            self._stop("there are NaN or infinite weights")
        self._keep(epoch + 1)

    def _variables(self):
        model = self.model
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        found = [*model.variables, *model.optimizer.variables]
        for other in _further_optimizers(model):
            found += other.variables
        return found

    def _keep(self, epochs):
        self._good_epochs = epochs
        # In pairs, since an optimizer may create its variables in its first step.
        self._good = [(variable, variable.numpy()) for variable in self._variables()]

    def _stop(self, reason):
        kept = ""
        if self._good is not None:
            for variable, value in self._good:
                variable.assign(value)
            when = f"after epoch {self._good_epochs}" if self._good_epochs else "before"
            kept = f" The model is as it was {when}."
        raise DivergenceError(
            f"Training diverged: {reason} by step {self._step} of epoch {self._epoch}."
            f"{kept} {_advice(self.model)}"
        )


def _advice(model):
    """A remedy, based on the data of `fit` if they are known."""
    usual = "Try a smaller learning rate, or look for outliers in the data."
    known = getattr(model, "given_examples", None)
    examples = None if known is None else known()
    if examples is None or examples.ndim != 2 or examples.dtype.kind not in "biuf":
        return usual
    spoilt = ~np.isfinite(examples).all(axis=0)
    if spoilt.any():
        column = int(np.argmax(spoilt))
        return (
            f"Column {column} of the data holds NaN or infinite values. Replace them."
        )
    if hasattr(model, "unwrapped"):  # the model scales its inputs
        return usual
    sizes = np.abs(examples.astype("float64")).max(axis=0)
    largest = int(np.argmax(sizes))
    smallest = int(np.argmin(np.where(sizes > 0, sizes, np.inf)))
    if sizes[largest] <= APART * sizes[smallest]:
        return usual
    return (
        f"Values of column {largest} of the data are as large as {sizes[largest]:.3g}, "
        f"and those of column {smallest} as large as {sizes[smallest]:.3g}. Scale the "
        'columns alike, by tfae.PreprocessedModel(model, "standard") or '
        "(x - x.mean(axis=0)) / x.std(axis=0), and use a linear output."
    )


def _further_optimizers(model):
    """Optimizers of a model other than the compiled one: attributes, or in a list."""
    for value in vars(model).values():
        kept = value.values() if isinstance(value, dict) else value
        for one in [*kept] if isinstance(value, (dict, list, tuple)) else [kept]:
            compiled = one is model.optimizer
            if isinstance(one, keras.optimizers.Optimizer) and not compiled:
                yield one
