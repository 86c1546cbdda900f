"""Training of recipes: the model, its figures, its plots and its files."""

from tfae.training.fitting import fit
from tfae.training.provenance import commit, provenance
from tfae.training.running import Run, check_inputs, run

__all__ = ["Run", "check_inputs", "commit", "fit", "provenance", "run"]
