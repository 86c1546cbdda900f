"""Legacy graphs beside their Keras twins: the same losses, and how fast they train."""

from tfae.parity.speed import Speeds, time_epochs
from tfae.parity.steps import Parity, compare

__all__ = ["Parity", "Speeds", "compare", "time_epochs"]
