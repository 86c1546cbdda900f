"""Two-dimensional maps of codes, and how well they preserve neighbourhoods."""

import importlib
import math
import warnings

import numpy as np

from tfae.arguments import check_choice, check_integers, check_seed

NEIGHBOURS = 12  # of trustworthiness and continuity, as van der Maaten 2009
MOST_JUDGED = 6_000  # points; all pairs are ranked
FEW = 2_000  # points; fewer make the threads of t-SNE wait


def project(codes, method="tsne", pca_first=50, seed=0, perplexity=30.0, neighbours=12):
    """A map of codes in two dimensions.

    All methods except `"sne"` are from scikit-learn, or from the package of that name:

    - `"pca"`: principal components, the only linear method;
    - `"lle"`: locally linear embedding, Roweis & Saul 2000;
    - `"laplacian"`: Laplacian eigenmaps, Belkin & Niyogi 2003;
    - `"sne"`: stochastic neighbour embedding, Hinton & Roweis 2002;
    - `"tsne"`: t-SNE, van der Maaten & Hinton 2008, by Barnes and Hut's approximation;
    - `"opentsne"`: the same by interpolation, for many points, which needs the package
      openTSNE;
    - `"umap"`: McInnes et al. 2018, which needs the package umap-learn.

    Only `"pca"` can map new points without a new fit. Otherwise use
    `tfae.ParametricTSNE`.

    Args:
        codes: Array of shape `(n, ...)`, one example a row.
        method: One of `METHODS`.
        pca_first: Positive integer, number of principal components to which longer
            codes are reduced before the other methods, or `None` for no reduction.
        seed: Integer, seed of the random numbers.
        perplexity: Float > 1, effective number of neighbours for `"sne"`, `"tsne"` and
            `"opentsne"`.
        neighbours: Positive integer, number of neighbours for `"lle"`, `"laplacian"`
            and `"umap"`, without the point itself.

    Returns:
        Array of shape `(n, 2)`.

    Raises:
        ValueError: If an argument is outside its range, codes are not finite or all
            equal, or there are too few or too many of them.
        ImportError: If the method's package is not installed.
    """
    from tfae import affinities  # which imports Keras

    check_choice(tuple(METHODS), method=method)
    check_seed(seed=seed)
    check_integers(neighbours=neighbours)
    points = checked(codes)
    if method in _BY_PERPLEXITY:
        affinities.check_perplexity(perplexity, len(points), "codes")
    elif method != "pca" and neighbours >= len(points):
        raise ValueError(
            "`neighbours` must be fewer than the codes. Received: neighbours="
            f"{neighbours} for {len(points)} codes."
        )
    if pca_first is not None:
        check_integers(pca_first=pca_first)
    scale = np.abs(points).max()  # so that no square overflows or underflows
    points = points / scale
    if method == "pca":
        return (scale * _pca(points, seed)).astype("float32")
    if pca_first is not None and pca_first < min(points.shape):
        points = _pca(points, seed, count=pca_first)
    options = {"perplexity": perplexity, "neighbours": neighbours}
    return METHODS[method](points, seed, **options).astype("float32")


def checked(codes):
    """Codes as rows of numbers, checked for a map.

    Raises:
        ValueError: If codes are not finite, all equal, or fewer than three.
    """
    points = np.asarray(codes)
    if not points.ndim or points.dtype.kind not in "biuf":
        raise ValueError(
            "Codes must be an array of numbers, one example a row. Received: type "
            f"{points.dtype} and shape {points.shape}."
        )
    points = points.astype("float32")
    points = points.reshape(len(points), math.prod(points.shape[1:]))
    if len(points) < 3:
        raise ValueError(
            f"A map needs at least 3 codes. Received: {len(points)}. Give more."
        )
    bad = int((~np.isfinite(points)).any(axis=1).sum())
    if bad:
        raise ValueError(
            f"Codes must be finite. Received: {bad} of {len(points)} with NaN or "
            "infinite numbers. Look at the model's training."
        )
    if (points == points[0]).all():
        raise ValueError(
            f"Codes must differ. Received: {len(points)} equal ones. The model "
            "has collapsed, or was not trained."
        )
    return points


def kept(points, mapped, neighbours=NEIGHBOURS):
    """How well a map preserves the neighbourhoods of points.

    Args:
        points: Array of shape `(n, ...)`; only the first 6,000 are evaluated.
        mapped: Array of shape `(n, dimensions)`.
        neighbours: Positive integer, below n/2. Reduced for fewer points.

    Returns:
        Dict of `trustworthiness`, 1 if all neighbours in the map are neighbours, and
        `continuity`, 1 if all neighbours are neighbours in the map.

    Reference:
        Venna & Kaski, "Neighborhood Preservation in Nonlinear Projection Methods",
        ICANN 2001, equations 1 and 2.
    """
    from sklearn.manifold import trustworthiness

    points, mapped = (
        np.asarray(one, "float32").reshape(len(one), -1)[:MOST_JUDGED]
        for one in (points, mapped)
    )
    neighbours = min(neighbours, (len(points) - 1) // 2)
    if neighbours < 1:
        return {}
    return {
        "trustworthiness": float(
            trustworthiness(points, mapped, n_neighbors=neighbours)
        ),
        "continuity": float(trustworthiness(mapped, points, n_neighbors=neighbours)),
    }


def nearest_neighbour_error(mapped, labels):
    """Share of points whose nearest neighbour has another label."""
    from sklearn.neighbors import NearestNeighbors

    labels = np.asarray(labels)
    if len(labels) != len(mapped):
        raise ValueError(
            f"`labels` must be one a point. Received: {len(labels)} of {len(mapped)}."
        )
    nearest = NearestNeighbors(n_neighbors=1).fit(mapped)
    found = nearest.kneighbors(return_distance=False)[:, 0]
    return float((labels[found] != labels).mean())


def _pca(points, seed, count=2, **_):
    from sklearn.decomposition import PCA

    count = min(count, *points.shape)
    found = PCA(count, random_state=seed).fit_transform(points)
    return np.pad(found, ((0, 0), (0, max(0, 2 - count))))


def _lle(points, seed, neighbours, **_):
    from sklearn.manifold import LocallyLinearEmbedding

    return LocallyLinearEmbedding(
        n_neighbors=neighbours, random_state=seed
    ).fit_transform(points)


def _laplacian(points, seed, neighbours, **_):
    from sklearn.manifold import SpectralEmbedding

    found = SpectralEmbedding(
        affinity="nearest_neighbors",
        n_neighbors=neighbours + 1,  # includes the point itself
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Disconnected groups of points, which the map shows apart from the others.
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        return found.fit_transform(points)


def _sne(points, seed, perplexity, **_):
    from tfae.evaluation import sne

    return sne.embed(points, _pca(points, seed), perplexity)


def _tsne(points, seed, perplexity, **_):
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    start = _pca(points, seed)
    start *= 1e-4 / start[:, 0].std()
    method = TSNE(init=start, perplexity=perplexity, random_state=seed)
    with threadpool_limits(1 if len(points) < FEW else None, user_api="openmp"):
        return method.fit_transform(points)


def _opentsne(points, seed, perplexity, **_):
    package = _package("openTSNE", "openTSNE")
    return np.asarray(
        package.TSNE(perplexity=perplexity, random_state=seed, n_jobs=-1).fit(points)
    )


def _umap(points, seed, neighbours, **_):
    package = _package("umap", "umap-learn")
    return package.UMAP(
        n_neighbors=neighbours + 1, random_state=seed, n_jobs=1
    ).fit_transform(points)


def _package(module, name):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"This method needs the package {name}: pip install 'tfae[maps]'."
        ) from error


METHODS = {
    "pca": _pca,
    "lle": _lle,
    "laplacian": _laplacian,
    "sne": _sne,
    "tsne": _tsne,
    "opentsne": _opentsne,
    "umap": _umap,
}
_BY_PERPLEXITY = ("sne", "tsne", "opentsne")
