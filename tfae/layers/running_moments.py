"""Mean and spread of rows, collected block by block."""

import numpy as np

# Beyond this ratio float32 cannot distinguish values of a feature.
MOST_OFFSET = 1e5


class RunningMoments:
    """Mean and spread of the rows seen so far, in double precision.

    Blocks are joined as by Chan, Golub & LeVeque, "Updating Formulae and a Pairwise
    Algorithm for Computing Sample Variances", 1979, which keeps small variances of
    values far from zero.

    Args:
        crossed: Boolean, whether the spread is the matrix of products of all features
            instead of the squares of each.

    Attributes:
        count: Number of rows.
        mean: Array `(features,)`.
        spread: Array of the sums of squares about the mean, `(features,)`, or
            of products, `(features, features)`.
    """

    def __init__(self, crossed: bool = False) -> None:
        self._crossed = crossed
        self.count, self.mean, self.spread = 0, 0.0, 0.0

    def add(self, rows):
        """Adds a block of rows, `(n, features)`, of float64."""
        mean = rows.sum(axis=0) / len(rows)
        total = self.count + len(rows)
        apart = mean - self.mean
        share = self.count * len(rows) / total
        self.spread = self.spread + self._squares(rows - mean)
        if self.count:
            self.spread = self.spread + share * self._squares(apart[np.newaxis])
            mean = self.mean + apart * (len(rows) / total)
        self.mean, self.count = mean, total

    def _squares(self, rows):
        return rows.T @ rows if self._crossed else (rows**2).sum(axis=0)


def check_finite(low, high):
    """Raises `ValueError` unless the lowest and highest values are finite."""
    wrong = np.flatnonzero(~(np.isfinite(low) & np.isfinite(high)))
    if wrong.size:
        raise ValueError(
            "Examples must hold finite numbers. Received: NaN or infinite values in "
            f"feature {wrong[0]}. Remove or fill them."
        )


def check_resolution(center, extent):
    """Raises `ValueError` if float32 cannot resolve the extent of a feature."""
    wrong = np.flatnonzero((extent > 0) & (np.abs(center) > MOST_OFFSET * extent))
    if wrong.size:
        feature = wrong[0]
        raise ValueError(
            f"Feature {feature} varies by {extent[feature]:.3g} around "
            f"{center[feature]:.10g}, which float32 does not tell apart. Subtract an "
            "offset, such as its first value."
        )
