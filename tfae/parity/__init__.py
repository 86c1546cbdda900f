"""Legacy graphs beside their Keras twins: the same losses, and how fast they train."""

from tfae.parity.graphs import check
from tfae.parity.speed import Speeds, time_epochs
from tfae.parity.steps import compare
from tfae.parity.verdict import CRITERIA, FIRST_STEPS, ROUNDING, Parity

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
