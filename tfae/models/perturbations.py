"""Perturbations of inputs within a ball."""

import keras
import tensorflow as tf
from keras import ops

from tfae import losses

TINY = 1e-12  # added to squared norms


def near(inputs, changes, bound):
    """Inputs `(batch, ...)` plus changes δ, clipped to the norm ‖δ‖ = `bound`."""
    # In half precision the norms of small and large changes under- and overflow.
    changes = ops.cast(changes, keras.config.floatx())
    changes *= bound / ops.maximum(_norms(changes), bound)
    return inputs + ops.cast(changes, inputs.dtype)


def ascend(cost, inputs, start, bound, steps):
    """Inputs after projected gradient ascent in steps of length 2.5 ε/steps.

    Reference:
        Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks",
        ICLR 2018, section 2.1.

    Args:
        cost: Function of inputs that returns a scalar, a mean over the batch.
        inputs: Tensor of shape `(batch, ...)`: the centres of the balls.
        start: Tensor of the same shape: inputs within the balls.
        bound: Float ε > 0, radius of the balls.
        steps: Integer >= 0.
    """
    found = start
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(found)
            # The gradients of a mean over many examples would be near `TINY`.
            total = cost(found) * ops.cast(ops.shape(found)[0], found.dtype)
        slopes = ops.cast(tape.gradient(total, found), keras.config.floatx())
        changes = ops.cast(found - inputs, slopes.dtype)
        changes += 2.5 * bound / steps * slopes / _norms(slopes)
        found = near(inputs, changes, bound)
    return found


def _norms(changes):
    """Euclidean norms, in a shape that broadcasts to the changes."""
    found = ops.sqrt(losses.sum_over_features(ops.square(changes)) + TINY)
    return ops.reshape(found, (-1, *(1 for _ in changes.shape[1:])))
