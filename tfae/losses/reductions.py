"""Sums over features and means over examples."""

import keras
from keras import ops


def sum_over_features(values):
    """Sums `(batch, ...)` over all axes but the first: `(batch,)`."""
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))


def mean_over_batch(values, sample_weight=None):
    """Mean of `(batch, ...)` over the batch, each example by its weight: `(...)`."""
    if sample_weight is not None:
        shape = (-1, *(1 for _ in values.shape[1:]))
        values = values * ops.reshape(ops.cast(sample_weight, values.dtype), shape)
    return ops.mean(values, axis=0)


def spread_weights(loss, targets, outputs, sample_weight):
    """Weights of examples in the axes of the values that a loss gives.

    Keras multiplies a loss of `(batch, height, width)` by them, for which `(batch,)`
    has the wrong axes, or, should a batch be as wide as an image, the last one.

    Args:
        loss: What `compile` got.
        targets: Tensor of shape `(batch, ...)`.
        outputs: Tensor of the same shape.
        sample_weight: Tensor of shape `(batch,)`, or of weights of the values, or
            `None`.
    """
    weights_examples = sample_weight is not None and len(sample_weight.shape) == 1
    if not weights_examples or len(outputs.shape) < 3:
        return sample_weight
    found = keras.losses.get(loss)
    values = (found.call if isinstance(found, keras.losses.Loss) else found)(
        targets, outputs
    )
    return ops.reshape(sample_weight, (-1, *(1 for _ in values.shape[1:])))
