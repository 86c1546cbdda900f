"""A training whose loss is no number any more, and what is saved of it."""

import keras
import numpy as np


class DivergenceError(ValueError):
    """The loss of a training became infinite or NaN."""


class StopOnDivergence(keras.callbacks.Callback):
    """Ends `fit` at a loss that is infinite or NaN, with the last good weights.

    The model is given the weights it had at the end of the last epoch in which all was
    finite, or those it began with.

    Raises:
        DivergenceError: In `fit`, a `ValueError` that says at which step it happened.

    Example:
    >>> model.fit(x, epochs=5, callbacks=[tfae.StopOnDivergence()])
    """

    def on_train_begin(self, logs=None):
        self._good, self._good_epoch, self._epoch = self.model.get_weights(), None, 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        loss = float(logs["loss"])
        if np.isfinite(loss):
            return
        self.model.set_weights(self._good)
        when = "before the training"
        if self._good_epoch is not None:
            when = f"after epoch {self._good_epoch}"
        raise DivergenceError(
            f"Training diverged: the loss is {loss} by step {batch + 1} of epoch "
            f"{self._epoch}. The model has the weights of {when} again. Try a smaller "
            "learning rate, or look for outliers in the data."
        )

    def on_epoch_end(self, epoch, logs=None):
        weights = self.model.get_weights()
        if all(np.isfinite(weight).all() for weight in weights):
            self._good, self._good_epoch = weights, epoch + 1
