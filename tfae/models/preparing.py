"""Conversion of user inputs for a preprocessing layer."""

import numpy as np
import tensorflow as tf

from tfae import batch_streams
from tfae.arguments import has
from tfae.models import checks


def columns(preprocessing, inputs):
    """Tensors of the columns of a table by name, for the preprocessing."""
    found = preprocessing.rows(inputs)
    return {name: tf.constant(column) for name, column in found.items()}


def prepared(preprocessing, inputs):
    """The output of a preprocessing layer for user inputs."""
    if hasattr(preprocessing, "rows"):
        inputs = columns(preprocessing, inputs)
    return preprocessing(inputs)


def of_arrays(model, inputs, targets=None, *weights):
    """Arguments of `fit` of the inner model, as arrays of prepared values.

    Raises:
        ValueError: If the inputs are a stream of batches.
    """
    checks.check_given(None if inputs is None else ())
    if batch_streams.is_stream(inputs):
        raise ValueError(
            f"A {type(model.model).__name__} trains on arrays through its scaling. "
            "Received: a stream of batches. Give arrays, or call `model.model.fit` "
            "with batches of scaled values."
        )
    if targets is not None and model.rebuilds and not model.takes_labels:
        targets = np.asarray(model.prepared(targets))
    return (np.asarray(model.prepared(inputs)), targets, *weights)


def shapes(inputs):
    """Shape of a batch, or a dict of the shapes of its columns."""
    if isinstance(inputs, dict):
        return {name: tuple(one.shape) for name, one in inputs.items()}
    return tuple(inputs.shape)


def as_tensors(batch):
    """A batch of examples as a tensor, or a dict of the tensors of columns."""
    if isinstance(batch, dict):
        return {name: tf.convert_to_tensor(column) for name, column in batch.items()}
    return tf.convert_to_tensor(batch)


def specs_of(batch):
    """Specs of batches of any size, for the tensors of a batch."""
    return tf.nest.map_structure(
        lambda one: tf.TensorSpec((None, *one.shape[1:]), one.dtype), batch
    )


def inner_of(model):
    """The inner model of a model of raw inputs, or the model itself."""
    return model.model if has(model, "unwrapped") else model


def takes_others(model):
    """Whether a model takes anything other than one array of numbers."""
    return any(getattr(model, name, False) for name in ("takes_pairs", "takes_texts"))


def prepared_for(model, inputs):
    """A batch of inputs prepared for `inner_of(model)`."""
    preprocessing = preprocessing_of(model)
    return inputs if preprocessing is None else preprocessing(inputs)


def preprocessing_of(model):
    """The preprocessing of a model of raw inputs, or `None`."""
    return model.preprocessing if has(model, "unwrapped") else None


def by_columns(encoding, parts):
    """Contributions of the columns of a table, summed over their features."""
    columns = np.eye(len(encoding.names), dtype="float32")[encoding.groups]
    return parts @ tf.cast(columns, parts.dtype)


def check_finite(x, first=0):
    """`x`, or `ValueError` unless its values are finite float32.

    Rows count from `first` in the message.
    """
    with np.errstate(over="ignore"):
        finite = np.isfinite(x.astype("float32"))
    if not finite.all():
        row = first + int(np.argwhere(~finite)[0][0])
        raise ValueError(
            "Examples must hold finite numbers of float32. Received: NaN or infinite "
            f"values, the first in row {row}. Fill or remove them, or use a table, "
            "whose missing values are imputed."
        )
    return x
