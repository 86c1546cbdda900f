"""Weights of examples and of their parts, for every model of the package.

Weights of examples, `(batch,)` or `(batch, 1)`, multiply each term of the loss, example
by example. Weights of parts, such as time steps, pixels or features, have more of the
axes of the targets; they multiply the loss of each part, for example by 0 for missing
values. They do not change terms with one number per example, such as a divergence of
its code. As in Keras, a mean loss is divided by the number of its terms, not by the sum
of weights.
"""

import keras
from keras import ops

from tfae.losses.reconstruction import SummedBinaryCrossentropy, SummedSquaredError
from tfae.losses.reductions import example_weights, sum_over_features
from tfae.types import ArrayLike, Config, Layer, Loss, Tensor, TensorLike

SUMMED = (SummedBinaryCrossentropy, SummedSquaredError)
# Keras losses that are means of feature losses over the last axis.
ELEMENTWISE = (
    keras.losses.mean_squared_error,
    keras.losses.mean_absolute_error,
    keras.losses.mean_absolute_percentage_error,
    keras.losses.mean_squared_logarithmic_error,
    keras.losses.binary_crossentropy,
    keras.losses.binary_focal_crossentropy,
    keras.losses.huber,
    keras.losses.log_cosh,
    keras.losses.poisson,
)


def check_example_weights(sample_weight: ArrayLike | None):
    """Weights `(batch,)`, or `None`; raises `ValueError` for weights of parts."""
    weights = example_weights(sample_weight)
    if sample_weight is not None and weights is None:
        raise ValueError(
            "`sample_weight` must have the shape (batch,), since the loss is one "
            "number for each example. Received: weights of shape "
            f"{tuple(sample_weight.shape)}. Give a weight for each example."
        )
    return weights


def weights_of_parts(sample_weight: ArrayLike | None, targets: TensorLike):
    """Weights for each part of `targets`, or `None` for weights of examples.

    Args:
        sample_weight: Tensor, or `None`.
        targets: Tensor of shape `(batch, ...)`.

    Returns:
        Tensor of the rank of `targets`, with the same axes or axes of length 1.

    Raises:
        ValueError: If the axes of the weights do not match.
    """
    if sample_weight is None or example_weights(sample_weight) is not None:
        return None
    given, wanted = tuple(sample_weight.shape), tuple(targets.shape)
    ones = (1,) * (len(wanted) - len(given))
    fits = len(given) <= len(wanted) and all(
        one in (1, other) or None in (one, other)
        for one, other in zip(given[1:], wanted[1:], strict=False)
    )
    if not fits:
        raise ValueError(
            "`sample_weight` must have the shape (batch,), or begin with the axes of "
            f"the targets. Received: weights of shape {given} for targets of shape "
            f"{wanted}."
        )
    return ops.reshape(sample_weight, (*ops.shape(sample_weight), *ones))


def weighted_loss(
    compiled,
    loss: Loss,
    targets: TensorLike,
    outputs: TensorLike,
    sample_weight: ArrayLike | None = None,
) -> Tensor:
    """The loss given to `compile`, weighted.

    Args:
        compiled: Function of targets, outputs and weights that Keras makes from `loss`.
        loss: Loss given to `compile`.
        targets: Tensor of shape `(batch, ...)`.
        outputs: Tensor of the shape of the outputs.
        sample_weight: Tensor of weights of examples or of parts, or `None`.

    Returns:
        Scalar.

    Raises:
        ValueError: If the axes of the weights do not match, or the loss is coarser.
    """
    parts = weights_of_parts(sample_weight, targets)
    weights = example_weights(sample_weight)
    if parts is None and weights is None:
        return compiled(targets, outputs)
    if parts is None and len(outputs.shape) < 3:
        return compiled(targets, outputs, weights)
    found = keras.losses.get(loss)
    values = (found.call if isinstance(found, keras.losses.Loss) else found)(
        targets, outputs
    )
    rank = len(values.shape)
    if parts is None:
        # Keras would interpret them as weights of the last axis.
        return compiled(
            targets, outputs, ops.reshape(weights, (-1, *(1,) * (rank - 1)))
        )
    if all(one == 1 for one in parts.shape[rank:]):
        return compiled(targets, outputs, ops.reshape(parts, ops.shape(parts)[:rank]))
    return _of_features(compiled, found, targets, outputs, parts)


def _of_features(compiled, loss, targets, outputs, weights):
    """A loss computed from weighted feature losses."""
    is_sum = isinstance(loss, SUMMED)
    if not is_sum and getattr(loss, "fn", loss) not in ELEMENTWISE:
        name = getattr(loss, "name", getattr(loss, "__name__", loss))
        raise ValueError(
            "`sample_weight` has weights of parts, and the loss has one value for all "
            f"of them. Received: weights of shape {tuple(weights.shape)} and the loss "
            f"{name}. Give "
            'weights of examples, or use a loss of each feature, such as "mse".'
        )
    weights = ops.broadcast_to(weights, ops.shape(targets))
    # As if each feature were a separate example, since Keras averages over examples.
    rows = [ops.reshape(one, (-1, 1)) for one in (targets, outputs)]
    loss = compiled(*rows, ops.reshape(weights, (-1,)))
    if is_sum:
        loss *= ops.cast(ops.size(targets) / ops.shape(targets)[0], loss.dtype)
    return loss


def weighted_log_likelihood(
    likelihood: str | Config | Layer,
    targets: TensorLike,
    parameters: TensorLike,
    sample_weight: ArrayLike | None = None,
) -> Tensor:
    """Log p(x | z) in nats, `(batch,)`, with weighted parts of examples.

    Args:
        likelihood: One of `tfae.likelihoods`.
        targets: Tensor of shape `(batch, ...)`.
        parameters: Tensor of the parameters of the likelihood.
        sample_weight: Tensor of weights of parts. Weights of examples and `None` have
            no effect.

    Raises:
        ValueError: If the axes of the weights do not match, or the likelihood has no
            `log_densities` of separate features.
    """
    weights = weights_of_parts(sample_weight, targets)
    if weights is None:
        return likelihood.log_likelihood(targets, parameters)
    try:
        densities = likelihood.log_densities(targets, parameters)
    except NotImplementedError:
        raise ValueError(
            "`sample_weight` has weights of features, and the likelihood is not split "
            f"by feature. Received: a {type(likelihood).__name__} without "
            "`log_densities`. Give a weight for each example."
        ) from None
    return sum_over_features(densities * ops.cast(weights, densities.dtype))
