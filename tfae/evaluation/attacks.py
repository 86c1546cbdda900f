"""Inputs near given ones with the largest reconstruction errors."""

import numpy as np

from tfae.arguments import check_integers, check_positive
from tfae.evaluation.errors import BATCH_SIZE, check_comparable


def worst_case_errors(model, inputs, bound, steps=40, starts=5, seed=0):
    """Largest squared errors found around inputs by projected gradient ascent.

    It maximizes the error of reconstructing x from x + δ over ‖δ‖₂ <= ε: starting at
    random points of the sphere, by steps of 2.5 ε/steps along the normalized gradient,
    each followed by a projection onto the ball.

    Reference:
        Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks",
        ICLR 2018, section 2.1.

    Args:
        model: Model from inputs to outputs of their shape.
        inputs: Array of shape `(n, ...)`.
        bound: Float ε > 0.
        steps: Positive integer, steps from each start.
        starts: Positive integer, random starts of each example.
        seed: Integer, seed of the starts.

    Returns:
        Array of shape `(n,)`: the largest squared error, averaged over the features, of
        all starts.
    """
    import tensorflow as tf

    check_positive(bound=bound)
    check_integers(steps=steps, starts=starts)
    axes = tuple(range(1, np.ndim(inputs)))

    def norms(change):
        return tf.sqrt(tf.reduce_sum(change**2, axes, keepdims=True)) + 1e-12

    def errors(examples, change):
        outputs = tf.cast(model(examples + change, training=False), examples.dtype)
        check_comparable(examples, outputs)
        return tf.reduce_mean((outputs - examples) ** 2, axes)

    @tf.function(reduce_retracing=True)
    def attack(examples, change):
        change = bound * change / norms(change)
        worst = errors(examples, change)
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(change)
                total = tf.reduce_sum(errors(examples, change))
            slope = tape.gradient(total, change)
            change += 2.5 * bound / steps * slope / norms(slope)
            change *= tf.minimum(1.0, bound / norms(change))
            worst = tf.maximum(worst, errors(examples, change))
        return worst

    generator, found = np.random.default_rng(seed), []
    for first in range(0, len(inputs), BATCH_SIZE):
        examples = tf.constant(inputs[first : first + BATCH_SIZE], tf.float32)
        worst = None
        for _ in range(starts):
            change = generator.standard_normal(examples.shape, "float32")
            errors_found = attack(examples, tf.constant(change))
            worst = errors_found if worst is None else np.maximum(worst, errors_found)
        found.append(np.asarray(worst))
    return np.concatenate(found)
