"""Similarities of points: probabilities of neighbours at a given perplexity."""

from keras import ops

from tfae.arguments import is_real

ITERATIONS = 16
# Bounds of log β, for squared distances of mean 1 and minimum 0: from almost uniform
# probabilities to the nearest neighbour only.
LOWEST, HIGHEST, START = -10.0, 50.0, 2.0  # in natural logarithms
SMALLEST = 1e-30  # smaller similarities count as 0


def squared_distances(points):
    """Squared Euclidean distances between points `(n, d)`: `(n, n)`."""
    # Differences of large squares would lose precision in float32.
    exact = ops.cast(points, "float64")
    squares = ops.sum(ops.square(exact), axis=-1)
    products = ops.matmul(exact, ops.transpose(exact))
    found = ops.maximum(squares[:, None] + squares[None] - 2 * products, 0.0)
    return ops.cast(found, points.dtype)


def conditional(distances, perplexity):
    """p(j | i), the probability that point i would choose point j as its neighbour.

    p(j | i) ∝ exp(−β_i d_ij²) for j ≠ i, where β_i is such that the entropy of row i is
    log(perplexity). It is found by Newton steps in log β, or by bisection if a step
    leaves the bounds.

    Reference:
        Hinton & Roweis, "Stochastic Neighbor Embedding", NIPS 2002, equation 1.

    Args:
        distances: Tensor of shape `(n, n)`: squared distances.
        perplexity: Float > 1, the effective number of neighbours. For few points it is
            reduced to a third of the others.

    Returns:
        Tensor of shape `(n, n)`, whose rows sum to 1, with a diagonal of 0.
    """
    count = ops.shape(distances)[0]
    apart = 1 - ops.eye(count, dtype=distances.dtype)
    others = ops.maximum(ops.cast(count - 1, distances.dtype), 1)
    wanted = ops.log(ops.maximum(ops.minimum(perplexity, others / 3), 1))
    # Relative to the nearest point, so that no row underflows, and scaled to mean 1.
    far = ops.max(distances) * (1 - apart)
    gaps = distances - ops.min(distances + far, axis=1, keepdims=True)
    gaps = ops.maximum(gaps, 0.0) * apart
    mean = ops.sum(gaps, axis=1, keepdims=True) / others
    gaps = gaps / ops.where(mean > 0, mean, 1.0)

    def similarities(logarithm):
        values = apart * ops.exp(-ops.exp(logarithm) * gaps)
        return values, ops.maximum(ops.sum(values, axis=1, keepdims=True), SMALLEST)

    def narrow(_, state):
        low, high, guess = state
        values, total = similarities(guess)
        shares, scaled_gaps = values / total, ops.exp(guess) * gaps
        mean_gap = ops.sum(shares * scaled_gaps, axis=1, keepdims=True)
        spread = ops.sum(
            shares * ops.square(scaled_gaps - mean_gap), axis=1, keepdims=True
        )
        excess = ops.log(total) + mean_gap - wanted  # of the entropy
        low, high = (
            ops.where(excess > 0, guess, low),
            ops.where(excess > 0, high, guess),
        )
        # The entropy falls by `spread` for 1 in log β.
        newton = guess + excess / ops.maximum(spread, SMALLEST)
        inside = (newton >= low) & (newton <= high)  # at a bound when converged
        return low, high, ops.where(inside, newton, (low + high) / 2)

    bounds = [ops.full_like(mean, one) for one in (LOWEST, HIGHEST, START)]
    _, _, found = ops.fori_loop(0, ITERATIONS, narrow, tuple(bounds))
    values, total = similarities(found)
    return values / total


def joint(points, perplexity):
    """p_ij = (p(j | i) + p(i | j)) / 2n of points `(n, d)`: `(n, n)`, of sum 1.

    Reference:
        van der Maaten & Hinton, "Visualizing Data using t-SNE", JMLR 2008, section 3.1.
    """
    points = ops.reshape(points, (ops.shape(points)[0], -1))
    one_way = conditional(squared_distances(points), perplexity)
    total = 2 * ops.cast(ops.shape(one_way)[0], one_way.dtype)
    return (one_way + ops.transpose(one_way)) / total


def divergences(similarities, codes, degrees_of_freedom):
    """Contribution of each point to KL(P ‖ Q), `(n,)`; the sum is the divergence.

    q_ij ∝ (1 + d_ij²/α)^(−(α + 1)/2), of Student's t-distribution.

    Args:
        similarities: Tensor of shape `(n, n)`: P, of sum 1.
        codes: Tensor of shape `(n, dimensions)`.
        degrees_of_freedom: Float α > 0.
    """
    alpha = degrees_of_freedom
    # Not by matrix products, whose rounding errors reach 1 for distant codes.
    gaps = codes[:, None] - codes[None]
    kernel = -(alpha + 1) / 2 * ops.log1p(ops.sum(ops.square(gaps), axis=-1) / alpha)
    apart = 1 - ops.eye(ops.shape(codes)[0], dtype=codes.dtype)
    total = ops.maximum(ops.sum(apart * ops.exp(kernel)), SMALLEST)
    logarithms = ops.log(ops.maximum(similarities, SMALLEST))
    terms = similarities * (logarithms - kernel + ops.log(total))
    return ops.sum(terms, axis=1)


def check_perplexity(perplexity, count=None, name="points"):
    """Raises `ValueError` if the perplexity is too large for the number of points.

    Args:
        perplexity: Number > 1.
        count: Integer, number of points, or `None` for any.
        name: Noun for the points in the message.
    """
    if not (is_real(perplexity) and 1 < perplexity < float("inf")):
        raise ValueError(
            "`perplexity` must be a number > 1: how many neighbours a point has. "
            f"Received: perplexity={perplexity!r}"
        )
    if count is not None and 3 * perplexity > count - 1:
        raise ValueError(
            "`perplexity` must be at most a third of the other points. Received: "
            f"perplexity={perplexity:g} for {count} {name}. Give at least "
            f"{3 * perplexity + 1:.6g} {name}, or a lower perplexity."
        )
