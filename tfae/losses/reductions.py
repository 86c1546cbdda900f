"""Sums over features and means over examples."""

from keras import ops

from tfae.types import ArrayLike, Tensor, TensorLike


def sum_over_features(values: TensorLike) -> Tensor:
    """Sums `(batch, ...)` over all axes but the first: `(batch,)`.

    Example:
    >>> tfae.losses.sum_over_features(np.ones((2, 3, 4))).numpy().tolist()
    [12.0, 12.0]
    """
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))


def example_weights(sample_weight: ArrayLike | None):
    """Weights `(batch,)` if they are weights of examples, otherwise `None`."""
    if sample_weight is None or any(one != 1 for one in sample_weight.shape[1:]):
        return None
    return ops.reshape(sample_weight, (-1,))


def mean_over_batch(
    values: TensorLike, sample_weight: ArrayLike | None = None
) -> Tensor:
    """Mean of `(batch, ...)` over the batch, weighted by example: `(...)`.

    Weights of parts of examples have no effect; see `tfae.losses.weights`.

    Example:
    >>> values, weights = np.array([1.0, 3.0]), np.array([0.0, 2.0])
    >>> float(tfae.losses.mean_over_batch(values))
    2.0
    >>> float(tfae.losses.mean_over_batch(values, weights))
    3.0
    """
    weights = example_weights(sample_weight)
    if weights is not None:
        shape = (-1, *(1 for _ in values.shape[1:]))
        values = values * ops.reshape(ops.cast(weights, values.dtype), shape)
    return ops.mean(values, axis=0)
