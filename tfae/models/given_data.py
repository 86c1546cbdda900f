"""Conversion of the data of `fit`, `evaluate` and `predict` for Keras."""

import keras
import numpy as np
import tensorflow as tf

from tfae.datasets.pipeline import epochs_of
from tfae.models import call_options, checks, compiled_steps, ranges
from tfae.models.batch import Batch
from tfae.models.devices import OfDevices
from tfae.models.kept_data import KeptData
from tfae.models.python_batches import (
    Given,
    as_array,
    for_keras,
    is_of_python,
    of_python,
)
from tfae.types import History


class TakesData(OfDevices):
    """Mixin that converts the data of a model's methods for Keras and the steps.

    Arrays may be lists of numbers. Generators and a `PyDataset` may yield bare arrays,
    and `None` for the targets. If the inputs are also the targets, they are passed as
    targets where Keras would otherwise drop the weights of examples. Values outside the
    domain of the loss are rejected in every kind of data. The class precedes
    `keras.Model` among the base classes.
    """

    takes_labels = False  # as targets
    takes_texts = False
    takes_pairs = False  # of inputs and conditions
    # While `fit` runs: its data, and what it keeps between epochs.
    _given = _kept = None
    rebuilds_inputs = True  # false if targets are known to have another shape

    def target_range(self):
        """The `tfae.models.ranges.Range` of targets, or `None` for any values."""
        return None

    def told_input_shape(self):
        """Shape of a batch of inputs as specified by the networks, or `None`."""
        known = getattr(getattr(self, "encoder", None), "inputs", None)
        if not isinstance(known, (list, tuple)) or len(known) != 1:
            return None
        shape = tuple(known[0].shape[1:])
        return None if None in shape else (None, *shape)

    def build_from_config(self, config):
        # A saved model may have been trained on targets of another shape.
        self.rebuilds_inputs = False
        super().build_from_config(config)

    def fit(self, x=None, y=None, *args, **kwargs) -> History:
        options = call_options.named(keras.Model.fit, (x, y, *args), kwargs)
        call_options.check_fit(options)
        self._refuse_classes(options)
        weights = as_array(options.pop("sample_weight", None))
        x, y, weights = self.arranged(options.pop("x"), options.pop("y"), weights)
        given = options.get("validation_data")
        if given is not None:
            arrays = isinstance(given, (list, tuple))
            data = Batch.of(given)[:3] if arrays else (given,)
            data = self.arranged(*data, training=False)
            options["validation_data"] = data if arrays else data[0]
        kept, outer = KeptData(self, x, options), (self._given, self._kept)
        self._given, self._kept = Given(x), kept
        before = getattr(self, "history", None)
        try:
            with ranges.in_words():
                history = super().fit(kept.x, y, sample_weight=weights, **options)
            kept.pass_over(len(history.epoch))
        except BaseException:
            begun = getattr(self, "history", None)
            if begun is not before and hasattr(begun, "epoch"):
                kept.pass_over(len(begun.epoch) + 1)
            raise
        finally:
            self._given, self._kept = outer  # of a `fit` whose callback called this one
        return checks.check_trained(history)

    def kept_steps(self):
        """Steps per epoch of the iterator that `fit` keeps, and the size of its stacks.

        Returns:
            Pair of the number of steps or `None`, and the number of batches per stack,
            or 0.
        """
        kept = self._kept
        return (None, 0) if kept is None else (kept.steps, kept.stacked)

    def given_examples(self):
        """Array of the examples of `fit`, or of the first ones, while it runs."""
        return None if self._given is None else self._given.examples()

    def is_counted(self):
        """Whether the number of batches of `fit` is known, while it runs."""
        return self._given is None or self._given.is_counted()

    def evaluate(self, x=None, y=None, *args, **kwargs):
        options = call_options.named(keras.Model.evaluate, (x, y, *args), kwargs)
        call_options.check_counts(options)
        x, y = options.pop("x"), options.pop("y")
        # Inside `fit`, which has arranged them.
        if "_use_cached_eval_dataset" in options:
            if self._kept is not None and self._kept.validates:
                return self._kept.validate(self, options["callbacks"])
        else:
            call_options.check_reading(x, options.get("steps"), name="steps")
            weights = options.pop("sample_weight", None)
            data = self.arranged(x, y, weights, training=False)
            x, y, options["sample_weight"] = data
        with ranges.in_words():
            return super().evaluate(x, y, **options)

    def predict(self, x, *args, **kwargs):
        options = call_options.named(keras.Model.predict, (x, *args), kwargs)
        call_options.check_reading(x, options.get("steps"), name="steps")
        return super().predict(self._one_kind(x), *args, **kwargs)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        options = call_options.named(keras.Model.train_on_batch, (x, y, *args), kwargs)
        self._refuse_classes(options)
        weights = options.pop("sample_weight", None)
        data = self.arranged(options.pop("x"), options.pop("y"), weights)
        return super().train_on_batch(*data, **options)

    def test_on_batch(self, x, y=None, sample_weight=None, **kwargs):
        data = self.arranged(x, y, sample_weight, training=False)
        return super().test_on_batch(*data, **kwargs)

    def check_first(self, data):
        """Raises `ValueError` if a batch of a stream has values out of range."""
        allowed, batch = self.target_range(), Batch.of(data)
        values = None if allowed is None else self._compared(batch)
        if values is not None:
            allowed.check(values)

    def arranged(self, x, y=None, sample_weight=None, training=True):
        """Inputs, targets and weights of examples in the form Keras takes."""
        x, y = for_keras(x, self.takes_labels), as_array(y)
        self.rebuilds_inputs = self.built or _of_one_shape(x, y)
        x = self._one_kind(x)
        if isinstance(y, (list, tuple, dict)):
            raise ValueError(
                "The model rebuilds one tensor. Received: targets that are a "
                f"{type(y).__name__} of {len(y)}. Concatenate them into one array."
            )
        checks.check_lengths(x, y)
        is_array = hasattr(x, "shape") or isinstance(x, (list, tuple, dict))
        if is_array and y is None and sample_weight is not None:
            y = keras.tree.flatten(x)[0]
        allowed = self.target_range()
        if allowed is None or (allowed.of_training and not training):
            return x, y, sample_weight
        allowed = allowed if training else allowed.loosened()
        if is_array:
            values = self._compared(Batch(x, y, sample_weight))
            if values is not None:
                allowed.check(values)
        elif epochs_of(x) and epochs_of(x).arrays:
            values = self._compared(Batch(*epochs_of(x).arrays))
            if values is not None:
                allowed.check(values)
        elif isinstance(x, tf.data.Dataset) and not (training and self._sees_first):
            x = allowed.checked(x, self._compared)
        elif is_of_python(x):
            x = of_python(x, self.check_first)
        return x, y, sample_weight

    def _compared(self, batch):
        """The values to compare the outputs with, or `None` if some are masked."""
        weights = batch.sample_weight
        if weights is not None and len(np.shape(weights)) > 1:
            return None
        values = batch.targets
        if values is None or self.takes_labels:
            values = keras.tree.flatten(batch.inputs)[0]
        # Labels are rejected later, by their shape.
        return values if len(values.shape) > 1 else None

    @property
    def _sees_first(self):
        """Whether the training function calls `check_first` itself."""
        return self.compiled and self.steps_in_parts and compiled_steps.are_faster(self)

    def _one_kind(self, x):
        """Inputs as an array, a structure of arrays, or a stream of batches."""
        checks.check_given(x)
        checks.build_as_told(self)
        x = for_keras(x, self.takes_labels)
        if isinstance(x, tf.distribute.DistributedDataset):
            return x
        if isinstance(x, tf.data.Dataset):
            checks.check_stream(self, x)
            return x
        if is_of_python(x):
            return of_python(x, labels=self.takes_labels)
        if self.takes_pairs:
            listed = isinstance(x, (list, tuple))
            return tuple(map(as_array, x)) if listed else x
        x = as_array(x)
        if isinstance(x, (list, tuple, dict)):
            raise ValueError(
                "The model takes one tensor of inputs. Received: a "
                f"{type(x).__name__} of {len(x)}. Concatenate them into one array, or "
                "let the first layers of the encoder split it."
            )
        checks.check_array(x)
        checks.check_kind(x, self.takes_texts)
        return x

    def _refuse_classes(self, options):
        """Raises `ValueError` for class weights if the targets are not classes."""
        given = options.get("class_weight")
        if given is not None and not self.takes_labels:
            raise ValueError(
                "`class_weight` weighs labels, and the targets are no labels. "
                f"Received: class_weight={given}. Give a weight for each example, "
                "sample_weight=np.array([weights[label] for label in labels])."
            )


def _of_one_shape(x, y):
    """Whether targets have the shape of the inputs, as far as they are known."""
    if isinstance(x, tf.data.Dataset):
        x, y, *_ = Batch.of(x.element_spec)
    if y is None:
        return not is_of_python(x)
    shapes = [getattr(one, "shape", None) for one in (x, y)]
    return None in shapes or tuple(shapes[0][1:]) == tuple(shapes[1][1:])
