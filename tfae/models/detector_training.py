"""The training of a detector's models, on examples in memory or a stream."""

import numpy as np

from tfae import batch_streams, datasets
from tfae.models.preparing import as_tensors, inner_of, prepared_for

BATCH_SIZE = 32  # of Keras


def train(model, x, batches, epochs, options):
    """Trains a model of a detector.

    Args:
        model: Model, compiled or not. By default it is compiled with Adam, and with the
            squared error if it has no likelihood.
        x: Examples in memory, or a stream of batches, or `tfae.datasets.Images`.
        batches: Function of examples in memory that returns batches of them.
        epochs: Integer, passes over the examples.
        options: Dict of further arguments of the model's `fit`.
    """
    inner = inner_of(model)
    if inner is not model and not model.preprocessing.adapted:
        model.adapt(x)
    if not model.compiled:
        with_loss = getattr(inner, "likelihood", None) is None
        model.compile("adam", loss="mse" if with_loss else None)
    if isinstance(x, datasets.Images):
        options = dict(options)
        x = datasets.batches(x, options.pop("batch_size", None) or BATCH_SIZE)
    if batch_streams.is_stream(x):
        model.fit(x, epochs=epochs, **{"shuffle": False, **options})
        return
    # Scaled once instead of in every epoch.
    scaled = [np.asarray(prepared_for(model, as_tensors(one))) for one in batches(x)]
    inner.fit(np.concatenate(scaled), epochs=epochs, **options)
