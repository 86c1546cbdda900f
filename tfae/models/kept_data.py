"""The iterator and the validation batches that `fit` keeps between epochs.

Keras makes new training and validation iterators for each epoch. For a small model each
iterator costs as much as many steps.
"""

import keras
import numpy as np
import tensorflow as tf
from keras.src.utils.python_utils import pythonify_logs

from tfae import cluster
from tfae.datasets import pipeline
from tfae.models import compiled_steps

MOST_BYTES = 2**26  # of validation data kept as batches
KERAS_BATCH_SIZE = 32


class KeptData:
    """The data and options of one `fit`, in the form that Keras gets.

    Args:
        model: Compiled model.
        x: Arranged data of `fit`.
        options: Dict of further arguments of `fit`; `steps_per_epoch` is set in it if
            an iterator is kept.

    Attributes:
        x: Data that Keras gets in its place.
        steps: Steps per epoch of the kept iterator, or `None`.
        stacked: Number of batches per stack of the iterator, or 0.
    """

    def __init__(self, model, x, options):
        self.x, self.steps, self.stacked = x, None, 0
        self._validation = self._pipeline = self._test = self._made = None
        if not model.compiled or model.takes_first_batch():
            return
        epochs = pipeline.epochs_of(x)
        # A kept iterator would read streams further than the last epoch needs.
        in_memory = epochs is not None and epochs.arrays
        told = ("steps_per_epoch", "class_weight")
        if in_memory and all(options.get(name) is None for name in told):
            self._keep(epochs, model, options)
        if model._distribute_strategy is not None:
            return
        own = type(model).make_test_function is not keras.Model.make_test_function
        if options.get("validation_steps") is None and not own:
            self._validation = _held(options)

    def _keep(self, epochs, model, options):
        compiled = compiled_steps.are_used(model)
        at_once = min(model.steps_per_execution, epochs.steps)
        # Keras itself would take more steps than are left in an epoch.
        whole = epochs.steps % model.steps_per_execution == 0
        if epochs.steps and (compiled or whole):
            self._pipeline, self.steps = epochs, epochs.steps
            self.stacked = at_once if compiled and epochs.stacks else 0
            share = _share(model.distribute_strategy, epochs)
            self.x = epochs.endless(self.stacked) if share is None else share
            options["steps_per_epoch"] = epochs.steps

    def pass_over(self, epochs):
        """Starts the pipeline after `epochs` epochs, if its iterator was kept."""
        if self._pipeline is not None:
            self._pipeline.pass_over(epochs)

    @property
    def validates(self):
        """Whether validation batches are kept."""
        return self._validation is not None

    def validate(self, model, callbacks):
        """Evaluates a model on the validation batches; returns its logs."""
        if isinstance(self._validation, tf.data.Dataset):
            self._validation = [*self._validation]
        model.make_test_function()
        if self._made is not model.test_function:  # a phase of pretraining remakes it
            self._made, self._test = model.test_function, model.test_step
            if not model.run_eagerly:
                self._test = tf.function(model.test_step, reduce_retracing=True)
        callbacks.on_test_begin()
        model.reset_metrics()
        model.stop_evaluating, logs = False, {}
        for step, batch in enumerate(self._validation):
            callbacks.on_test_batch_begin(step)
            logs = self._test(batch)
            callbacks.on_test_batch_end(step, logs)
            if model.stop_evaluating:
                break
        logs = pythonify_logs(model._get_metrics_result_or_logs(logs))
        callbacks.on_test_end(logs)
        return logs


def _share(strategy, epochs):
    """The batches of this worker as a distributed data set, or `None` for one machine.

    TensorFlow would prepare all batches on every worker, to take a part of each.
    """
    workers = cluster.found()
    multiple = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if not multiple or workers is None:
        return None
    if strategy.num_replicas_in_sync != len(workers.addresses):  # several devices each
        return None
    share = epochs.share(workers.index, len(workers.addresses))
    made = strategy.distribute_datasets_from_function
    return None if share is None else made(lambda _: share)


def _held(options):
    """A pipeline of validation data that can be kept, or `None`."""
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
    """Casts floats to `floatx`; returns anything else unchanged."""
    if array is None or array.dtype.kind != "f":
        return array
    return array.astype(keras.config.floatx(), copy=False)
