"""Comparisons of samples of a model with the data."""

import numpy as np

from tfae.arguments import check_integers

# Candidate standard deviations of the Parzen window.
WIDTHS = tuple(np.linspace(0.1, 0.5, 9).round(2).tolist())
AT_ONCE = 500  # examples
NEIGHBOURS = 3


def parzen_log_likelihoods(samples, inputs, width):
    """Log of the mean of N(x; s, σ²I) over samples s, for each example x, in nats.

    Args:
        samples: Array of shape `(m, ...)`.
        inputs: Array of shape `(n, ...)`.
        width: Float σ > 0.

    Returns:
        Array of shape `(n,)`.
    """
    from scipy.special import logsumexp

    samples, inputs = (_flat(array) for array in (samples, inputs))
    squares, found = (samples**2).sum(axis=1), []
    for first in range(0, len(inputs), AT_ONCE):
        part = inputs[first : first + AT_ONCE]
        distances = (part**2).sum(axis=1)[:, None] + squares - 2 * part @ samples.T
        found.append(logsumexp(-distances / (2 * width**2), axis=1))
    constant = np.log(len(samples)) + inputs.shape[1] * np.log(
        width * np.sqrt(2 * np.pi)
    )
    return np.concatenate(found) - constant


def parzen(samples, split, widths=WIDTHS):
    """Parzen-window log-likelihood of the test part, from samples of a model.

    A poor measure, provided for comparison with papers: blurred samples, or the centres
    of k-means, may score better than the data themselves.

    Reference:
        Breuleux, Bengio & Vincent, 2011; Theis, van den Oord & Bethge, "A Note on the
        Evaluation of Generative Models", ICLR 2016, section 3.2, for the warning.

    Args:
        samples: Array of shape `(m, ...)`; papers draw 10,000.
        split: `tfae.datasets.Split`; the width is chosen on its validation part.
        widths: Standard deviations to choose from.

    Returns:
        Dict of `test_parzen`, in nats, its standard error `test_parzen_error`, and
        `parzen_width`, chosen on the validation part.
    """
    valid = {
        width: parzen_log_likelihoods(samples, split.valid.inputs, width).mean()
        for width in widths
    }
    width = max(valid, key=valid.get)
    found = parzen_log_likelihoods(samples, split.test.inputs, width)
    return {
        "test_parzen": float(found.mean()),
        "test_parzen_error": float(found.std() / np.sqrt(len(found))),
        "parzen_width": width,
    }


def frechet_distance(features, others):
    """‖μ − μ′‖² + tr(Σ + Σ′ − 2 (ΣΣ′)^½) of Gaussians fitted to two sets of features.

    Reference:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
        Nash Equilibrium", NIPS 2017, equation 6, of features of another network.

    Args:
        features: Array of shape `(n, features)`.
        others: Array of shape `(m, features)`.
    """
    ours, theirs = (_flat(array).astype("float64") for array in (features, others))
    gap = ours.mean(axis=0) - theirs.mean(axis=0)
    one, other = (np.atleast_2d(np.cov(array.T)) for array in (ours, theirs))
    # The trace of the root of a product is the sum of the roots of its eigenvalues.
    roots = np.sqrt(np.maximum(np.linalg.eigvals(one @ other).real, 0))
    return float(gap @ gap + np.trace(one) + np.trace(other) - 2 * roots.sum())


def precision_and_recall(samples, inputs, neighbours=NEIGHBOURS):
    """Precision and recall: shares of samples near the data, and of data near samples.

    A point is near a set if its distance to some member is at most that of the member's
    k-th neighbour within the set.

    Reference:
        Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing
        Generative Models", NeurIPS 2019, equations 1 and 2.

    Args:
        samples: Array of shape `(m, ...)`, of features or of the examples themselves.
        inputs: Array of shape `(n, ...)`.
        neighbours: Positive integer k.

    Returns:
        Pair of floats in [0, 1].
    """
    check_integers(neighbours=neighbours)
    samples, inputs = (_flat(array) for array in (samples, inputs))
    return _share_among(samples, inputs, neighbours), _share_among(
        inputs, samples, neighbours
    )


def classes_visited(labels, least=1):
    """Number of classes with `least` samples or more among the classes of samples."""
    _, counts = np.unique(labels, return_counts=True)
    return int((counts >= least).sum())


def mixing(labels):
    """Share of the steps of a chain that lead to another class."""
    labels = np.asarray(labels)
    return float((labels[1:] != labels[:-1]).mean())


def _share_among(points, others, neighbours):
    from sklearn.neighbors import NearestNeighbors

    # The nearest point of a member is itself.
    search = NearestNeighbors(n_neighbors=neighbours + 1, algorithm="brute").fit(others)
    radii, inside = search.kneighbors(others)[0][:, -1], []
    for first in range(0, len(points), AT_ONCE):
        part = points[first : first + AT_ONCE]
        squares = (part**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
        distances = np.sqrt(np.maximum(squares - 2 * part @ others.T, 0))
        inside.append((distances <= radii).any(axis=1))
    return float(np.concatenate(inside).mean())


def _flat(array):
    array = np.asarray(array)
    if array.dtype.kind != "f":
        array = array.astype("float32")
    return array.reshape(len(array), -1)
