"""Callbacks that watch any `fit`."""

from tfae.callbacks.divergence import DivergenceError, StopOnDivergence

__all__ = ["DivergenceError", "StopOnDivergence"]
