"""Stochastic neighbour embedding, t-SNE's forerunner, with Gaussians in the map."""

import numpy as np
from scipy.optimize import minimize

MOST_POINTS = 10_000  # all pairs fit into the memory of a small machine
SMALLEST = 1e-30
START = 1e-2  # standard deviation of the map before the first step


def embed(points, start, perplexity=30.0, iterations=300):
    """Map of points that minimizes Σ_i KL(P_i ‖ Q_i), by L-BFGS.

    P_i has the probabilities p(j | i) of `tfae.affinities.conditional`, and

        q(j | i) ∝ exp(−‖y_i − y_j‖²).

    Reference:
        Hinton & Roweis, "Stochastic Neighbor Embedding", NIPS 2002, equations 1 to 5.

    Args:
        points: Array of shape `(n, d)`, of at most 10,000 points.
        start: Array of shape `(n, 2)`: the initial positions.
        perplexity: Float > 1, the effective number of neighbours.
        iterations: Positive integer, largest number of L-BFGS steps.

    Returns:
        Array of the shape of `start`.
    """
    import tensorflow as tf

    from tfae import affinities

    if len(points) > MOST_POINTS:
        raise ValueError(
            f"SNE compares all pairs of at most {MOST_POINTS:,} points. Received: "
            f"{len(points):,}. Give fewer."
        )
    wanted = tf.constant(points, tf.float32)
    wanted = affinities.conditional(affinities.squared_distances(wanted), perplexity)
    both_ways = wanted + tf.transpose(wanted)
    constant = tf.reduce_sum(wanted * tf.math.log(tf.maximum(wanted, SMALLEST)))

    @tf.function(jit_compile=True)
    def cost_and_slope(places):
        gaps = places[:, None] - places[None]
        distances = tf.reduce_sum(gaps**2, axis=-1)
        distances = tf.linalg.set_diag(distances, tf.fill([len(points)], np.inf))
        found = tf.nn.softmax(-distances)
        logarithms = tf.math.log(tf.maximum(found, SMALLEST))
        excess = both_ways - found - tf.transpose(found)
        pull = tf.reduce_sum(excess, axis=1, keepdims=True) * places
        slope = 2 * (pull - tf.matmul(excess, places))
        return constant - tf.reduce_sum(wanted * logarithms), slope

    def objective(flat):
        places = tf.constant(flat.reshape(start.shape), tf.float32)
        cost, slope = cost_and_slope(places)
        return float(cost), slope.numpy().astype("float64").ravel()

    places = START * start / max(float(start.std()), SMALLEST)
    options = {"maxiter": iterations}
    found = minimize(
        objective, places.ravel(), jac=True, method="L-BFGS-B", options=options
    )
    return found.x.reshape(start.shape).astype("float32")
