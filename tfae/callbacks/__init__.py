"""Callbacks for the `fit` of any model."""

from tfae.callbacks.divergence import DivergenceError, StopOnDivergence
from tfae.callbacks.tensorboard import TensorBoard

__all__ = ["DivergenceError", "StopOnDivergence", "TensorBoard"]
