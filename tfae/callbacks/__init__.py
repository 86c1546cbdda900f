"""Callbacks for the `fit` of any model."""

from tfae.callbacks.divergence import DivergenceError, StopOnDivergence

__all__ = ["DivergenceError", "StopOnDivergence"]
