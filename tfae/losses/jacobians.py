"""Norms of Jacobians."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfae.losses.reductions import sum_over_features
from tfae.types import Activation, Tensor, TensorLike

# Slope of an activation as a function of its output.
SLOPES = {
    keras.activations.linear: ops.ones_like,
    keras.activations.relu: lambda outputs: ops.cast(outputs > 0, outputs.dtype),
    keras.activations.sigmoid: lambda outputs: outputs * (1 - outputs),
    keras.activations.tanh: lambda outputs: 1 - ops.square(outputs),
}
KNOWN_SLOPES = ", ".join(activation.__name__ for activation in SLOPES)


def dense_jacobian_norm(
    codes: TensorLike, kernel: TensorLike, activation: Activation
) -> Tensor:
    """‖∂h/∂x‖²_F of one dense layer h = s(xW + b), in closed form: `(batch,)`.

    Σ_j s'(a_j)² Σ_i W_ij²; with the sigmoid s' = h (1 − h).

    Reference:
        Rifai et al., "Contractive Auto-Encoders", ICML 2011.

    Args:
        codes: Tensor h of shape `(batch, ..., units)`.
        kernel: Tensor W of shape `(features, units)`.
        activation: One of the keys of `SLOPES`.

    Example:
    >>> layer = keras.layers.Dense(3, "sigmoid")
    >>> codes = layer(np.ones((5, 4)))
    >>> tfae.losses.dense_jacobian_norm(codes, layer.kernel, layer.activation).shape
    TensorShape([5])
    """
    slopes = ops.square(SLOPES[activation](codes))
    return sum_over_features(slopes * ops.sum(ops.square(kernel), axis=0))


def jacobian_norm(
    function: Callable[..., Any], inputs: TensorLike
) -> tuple[Tensor, Tensor]:
    """Values of `function`, and ‖∂values/∂inputs‖²_F by automatic differentiation.

    Args:
        function: Differentiable function of `inputs` alone, example by example.
        inputs: Tensor of shape `(batch, ...)`.

    Returns:
        Tensor of shape `(batch, ...)`, and one of shape `(batch,)`. One backward pass
        for each value of an example: for narrow codes.

    Example:
    >>> inputs = keras.ops.ones((5, 4))
    >>> values, norms = tfae.losses.jacobian_norm(lambda x: 2 * x, inputs)
    >>> norms.numpy().tolist()
    [16.0, 16.0, 16.0, 16.0, 16.0]
    """
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        values = function(inputs)
    return values, sum_over_features(ops.square(tape.batch_jacobian(values, inputs)))


def jacobian_norm_estimate(
    function: Callable[..., Any], inputs: TensorLike, directions
) -> tuple[Tensor, Tensor]:
    """As `jacobian_norm`, estimated from random directions in the space of values.

    ‖J‖²_F = E‖vJ‖² where v has independent entries of mean 0 and variance 1: unbiased,
    with one backward pass per direction.

    Reference:
        Hutchinson, "A Stochastic Estimator of the Trace of the Influence Matrix",
        1990, for the trace of JJᵀ.

    Args:
        function: As for `jacobian_norm`.
        inputs: As for `jacobian_norm`.
        directions: Function from the values to a list of draws of v, tensors of their
            shape, or of shape `(1, ...)` for a direction shared by all examples.

    Example:
    >>> signs = keras.ops.ones((1, 4))  # for all examples one vector
    >>> values, norms = tfae.losses.jacobian_norm_estimate(
    ...     lambda x: 2 * x, keras.ops.ones((5, 4)), lambda values: [signs]
    ... )
    >>> norms.numpy().tolist()
    [16.0, 16.0, 16.0, 16.0, 16.0]
    """
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        values = function(inputs)
        projected = [
            ops.sum(values * ops.cast(direction, values.dtype))
            for direction in directions(values)
        ]
    norms = [
        sum_over_features(ops.square(tape.gradient(one, inputs))) for one in projected
    ]
    return values, sum(norms) / len(norms)
