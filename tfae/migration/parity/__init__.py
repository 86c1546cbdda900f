"""Comparison of legacy graphs with their Keras twins: losses and speeds."""

from tfae.migration.parity.graphs import check
from tfae.migration.parity.speed import Speeds, time_epochs
from tfae.migration.parity.steps import compare
from tfae.migration.parity.verdict import CRITERIA, FIRST_STEPS, ROUNDING, Parity

__all__ = [
    "CRITERIA",
    "FIRST_STEPS",
    "ROUNDING",
    "Parity",
    "Speeds",
    "check",
    "compare",
    "time_epochs",
]
