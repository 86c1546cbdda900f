"""Score matching costs and Langevin dynamics."""

import itertools
import math

import tensorflow as tf
from keras import ops

from tfae import losses, networks
from tfae.arguments import check_positive, plain
from tfae.layers import TiedDense


def falling(noise_levels, method):
    """Noise levels, a number or a decreasing sequence, as a tuple of floats.

    Args:
        noise_levels: Float σ > 0, or a sequence of them for `"denoising"`.
        method: Name of the method that uses them.

    Raises:
        ValueError: If they do not decrease, or there are several for another method.
    """
    levels = plain(noise_levels)
    levels = levels if isinstance(levels, list) else [levels]
    for level in levels:
        check_positive(noise_levels=level)
    several = len(levels) > 1 and method != "denoising"
    if not levels or several or any(a <= b for a, b in itertools.pairwise(levels)):
        raise ValueError(
            '`noise_levels` must be a number, or decrease, for method="denoising". '
            f"Received: noise_levels={noise_levels}, method={method!r}"
        )
    return tuple(map(float, levels))


def costs(score, inputs, directions=None):
    """½‖ψ(x)‖² + tr ∇ψ(x) of each example, or an estimate without its Jacobian.

    Args:
        score: Function ψ of a tensor `(batch, ...)` that returns one of its shape,
            computed separately for each row.
        inputs: Tensor x of shape `(batch, ...)`.
        directions: Tensor of shape `(draws, batch, ...)`, draws of v ~ N(0, I) for the
            mean of vᵀ∇ψ(x)v + ½(vᵀψ(x))²; or `None` for the trace itself.

    Returns:
        Scores, of the shape of `inputs`, and costs, `(batch,)`.
    """
    if directions is None:
        return _explicit(score, inputs)
    found = []
    for direction in tf.unstack(ops.cast(directions, inputs.dtype)):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            scores = score(inputs)
            along = losses.sum_over_features(direction * scores)
        slopes = direction * tape.gradient(along, inputs)
        found.append(losses.sum_over_features(slopes) + ops.square(along) / 2)
    return scores, sum(found) / len(found)


def energy(encoder, decoder, inputs):
    """½‖x‖² − c·x − Σ_j s⁺(W_j·x + b_j), with gradient x − g(f(x)): `(batch,)`.

    Args:
        encoder: One dense layer W, b with a sigmoid.
        decoder: The linear `TiedDense` of it, with the bias c.
        inputs: Tensor of shape `(batch, features)`.

    Raises:
        ValueError: If the networks are of another kind and may have no energy.
    """
    up, down = map(networks.only_dense, (encoder, decoder))
    names = [networks.output_activation(network) for network in (encoder, decoder)]
    if not isinstance(down, TiedDense) or names != ["sigmoid", "linear"]:
        raise ValueError(
            "Only one tied layer, sigmoid to linear, is known to have an energy. "
            f"Received: {encoder.name!r} and {decoder.name!r}"
        )
    given = ops.matmul(inputs, networks.kernel_of(up)) + up.bias
    visible = ops.square(inputs) / 2 - inputs * down.bias
    visible = losses.sum_over_features(visible)
    return visible - losses.sum_over_features(ops.softplus(given))


def langevin(score, values, levels, steps, step_size, draw):
    """Annealed Langevin dynamics: x + α/2 ψ(x) + √α ε, with α = `step_size` σ².

    Args:
        score: Function ψ of a tensor and of σ.
        values: Tensor x to start from.
        levels: Sequence of floats σ, in order.
        steps: Integer, steps at each level.
        step_size: Float > 0.
        draw: Function of the step number that returns ε, of the shape of x.

    Returns:
        Tensor of the shape of `values`.
    """
    for place, level in enumerate(levels):
        share = step_size * level**2

        def step(index, values, share=share, level=level, place=place):
            noise = ops.cast(draw(place * steps + index), values.dtype)
            moved = values + share / 2 * score(values, level)
            return moved + ops.sqrt(ops.cast(share, values.dtype)) * noise

        values = ops.fori_loop(0, steps, step, values)
    return values


def _explicit(score, inputs):
    features = math.prod(inputs.shape[1:])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        scores = score(inputs)
        flat = ops.reshape(scores, (-1, features))
    jacobian = tape.batch_jacobian(flat, inputs)
    traces = tf.linalg.trace(ops.reshape(jacobian, (-1, features, features)))
    return scores, losses.sum_over_features(ops.square(flat)) / 2 + traces
