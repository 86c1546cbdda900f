"""What `fit` keeps from one epoch to the next: an iterator, and validation batches.

Keras makes new iterators for each epoch, of training and of validation. For a small
model each of them costs as much as many steps.
"""

import keras
import numpy as np
import tensorflow as tf

from tfae.datasets import pipeline
from tfae.models import compiled_steps

MOST_BYTES = 2**26  # of validation data, which are held in batches
KERAS_BATCH_SIZE = 32


class KeptData:
    """The data of one `fit`, and its options, as Keras gets them.

    Args:
        model: Compiled model.
        x: What `fit` got, arranged.
        options: Dict of further arguments of `fit`, in which `steps_per_epoch` is set
            where an iterator is kept.

    Attributes:
        x: What Keras gets in its place.
        steps: Number of steps in an epoch of an iterator that is kept, or `None`.
        stacked: Number of batches that it gives at once, stacked, or 0.
    """

    def __init__(self, model, x, options):
        self.x, self.steps, self.stacked = x, None, 0
        self._validation = self._pipeline = None
        if not model.compiled or model._distribute_strategy is not None:
            return  # which takes a batch of its own to build the model
        epochs = pipeline.epochs_of(x)
        # Of streams it would read ahead what no epoch is left for.
        in_memory = epochs is not None and epochs.arrays
        if in_memory and options.get("steps_per_epoch") is None:
            self._keep(epochs, model, options)
        if options.get("validation_steps") is None:
            self._validation = _held(options)

    def _keep(self, epochs, model, options):
        compiled = compiled_steps.are_used(model)
        at_once = min(model.steps_per_execution, epochs.steps)
        # Keras itself would take more than are left of an epoch.
        if compiled or epochs.steps % model.steps_per_execution == 0:
            self._pipeline, self.steps = epochs, epochs.steps
            self.stacked = at_once if compiled and epochs.stacks else 0
            self.x = epochs.endless(self.stacked)
            options["steps_per_epoch"] = epochs.steps

    def pass_over(self, epochs):
        """Lets the pipeline begin after so many epochs, where its iterator was kept."""
        if self._pipeline is not None:
            self._pipeline.pass_over(epochs)

    @property
    def validates(self):
        """Whether validation batches are held."""
        return self._validation is not None

    def validate(self, model, callbacks):
        """Evaluates a model on the validation batches; returns its logs."""
        if isinstance(self._validation, tf.data.Dataset):
            self._validation = [*self._validation]
        callbacks.on_test_begin()
        model.make_test_function()
        model.reset_metrics()
        model.stop_evaluating, logs = False, {}
        for step, batch in enumerate(self._validation):
            callbacks.on_test_batch_begin(step)
            logs = model.test_batch(batch)
            callbacks.on_test_batch_end(step, logs)
            if model.stop_evaluating:
                break
        logs = {name: np.asarray(value).tolist() for name, value in logs.items()}
        callbacks.on_test_end(logs)
        return logs


def _held(options):
    """A pipeline of the validation data that can be held, or `None`."""
    given = options.get("validation_data")
    epochs = pipeline.epochs_of(given)
    if epochs is not None:
        small = epochs.arrays and sum(one.nbytes for one in epochs.arrays) <= MOST_BYTES
        return given if epochs.fixed and small else None
    if not isinstance(given, (list, tuple)):
        return None
    inputs, targets, weights = (*given, None, None)[:3]
    arrays = [one for one in (inputs, targets) if one is not None]
    if weights is not None or not all(isinstance(one, np.ndarray) for one in arrays):
        return None
    if not arrays or sum(one.nbytes for one in arrays) > MOST_BYTES:
        return None
    sizes = (options.get("validation_batch_size"), options.get("batch_size"))
    size = next(filter(None, sizes), KERAS_BATCH_SIZE)
    inputs, targets = (_as_keras_takes(one) for one in (inputs, targets))
    return pipeline.batches(inputs, size, targets, shuffle=False)


def _as_keras_takes(array):
    """Fractions as `floatx`; anything else as it is."""
    if array is None or array.dtype.kind != "f":
        return array
    return array.astype(keras.config.floatx(), copy=False)
