"""Log-likelihoods of examples under a trained model."""

import numpy as np

from tfae.arguments import check_integers, optional
from tfae.types import Array, Model


def check(model, inputs):
    """Raises `ValueError` if there is no likelihood to estimate, as `log_weights` does.

    Args:
        model: Built model.
        inputs: Array of examples, or the pair of the model's input arrays; the
            likelihood is that of the first.
    """
    import keras

    remedy = "Leave `likelihood_samples` out, or train a VariationalAutoencoder."
    weigh = optional(model, "log_weights", remedy)
    weigh(keras.tree.map_structure(lambda array: array[:1], inputs), seed=0)


def log_likelihoods(
    model: Model,
    inputs: Array,
    samples: int = 5000,
    seed: int = 0,
    batch_size: int = 100,
    at_once: int = 50,
) -> Array:
    """Importance-weighted estimates of log p(x), one per example, in nats.

    log 1/k Σ_i p(x, z_i) / q(z_i | x), with k codes drawn from q(z | x): a lower bound
    in expectation, which becomes tighter with k.

    Reference:
        Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016,
        who report its mean with k = 5,000.

    Args:
        model: Model with a `log_weights` method, such as
            `tfae.VariationalAutoencoder`.
        inputs: Array of shape `(n, ...)`, or the pair of the model's input arrays.
        samples: Positive integer k.
        seed: Integer, seed of the draws.
        batch_size: Positive integer, number of examples in a batch.
        at_once: Positive integer, number of draws of an example at once.

    Returns:
        Array of shape `(n,)`.

    Raises:
        ValueError: If the model has no likelihood, or cannot evaluate it at the inputs.

    Example:
    >>> networks = tfae.networks.variational(16, [8], latent_dim=2)
    >>> model = tfae.VariationalAutoencoder(*networks)
    >>> x = np.random.rand(5, 16)
    >>> tfae.evaluation.log_likelihoods(model, x, samples=10).shape
    (5,)
    """
    import keras
    import tensorflow as tf

    check_integers(samples=samples)
    check(model, inputs)  # here, so that an error is one line

    @tf.function(jit_compile=True)
    def log_sums(batch, seed, draws):
        return tf.reduce_logsumexp(model.log_weights(batch, draws, seed), axis=0)

    found = []

    def rows(chosen):
        return keras.tree.map_structure(lambda array: array[chosen], inputs)

    for start in range(0, len(keras.tree.flatten(inputs)[0]), batch_size):
        batch = rows(slice(start, start + batch_size))
        sums = []
        for first in range(0, samples, at_once):
            # Different draws for each batch and each part of its draws.
            number = tf.constant([seed, start * samples + first], tf.int64)
            draws = min(at_once, samples - first)
            sums.append(np.asarray(log_sums(batch, number, draws), "float64"))
        found.append(np.logaddexp.reduce(sums, axis=0) - np.log(samples))
    return np.concatenate(found)
