"""Training of recipes: the model, its figures, its plots and its files."""

from tfae.training.fitting import fit
from tfae.training.provenance import commit, provenance
from tfae.training.running import Run, check_inputs, run
from tfae.training.searching import Search, search

__all__ = [
    "Run",
    "Search",
    "check_inputs",
    "commit",
    "fit",
    "provenance",
    "run",
    "search",
]
