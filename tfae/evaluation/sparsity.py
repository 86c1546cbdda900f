"""Sparsity of codes."""

import numpy as np


def sparsity_figures(codes):
    """Measures of the sparsity of `codes`, `(n, units)`.

    Returns:
        Dict of `mean_activation`; `zero_share`, the share of zero activations;
        `dead_units`, the share of units that hardly vary over the examples (less than a
        thousandth as much as the most variable unit); and `hoyer_sparsity`, from 0 (all
        units equal) to 1 (one active unit per example), averaged over examples.

    Reference:
        Hoyer, "Non-negative Matrix Factorization with Sparseness Constraints", 2004.
    """
    codes = np.asarray(codes, "float64").reshape(len(codes), -1)
    spread = codes.std(axis=0)
    root = np.sqrt(codes.shape[1])
    norms = np.linalg.norm(codes, axis=1)
    ratio = np.abs(codes).sum(axis=1) / np.where(norms > 0, norms, 1)
    hoyer = (root - ratio[norms > 0]) / (root - 1) if root > 1 else np.zeros(1)
    return {
        "mean_activation": float(codes.mean()),
        "zero_share": float((codes == 0).mean()),
        "dead_units": float((spread <= 1e-3 * spread.max()).mean()),
        "hoyer_sparsity": float(hoyer.mean()) if hoyer.size else 0.0,
    }
