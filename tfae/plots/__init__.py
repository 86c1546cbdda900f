"""Plots of a model and its training, from arrays or tensors."""

from tfae.plots.codes import activation_histograms, code_scatter
from tfae.plots.curves import errors_by_labels, precision_recall, singular_values
from tfae.plots.detection import detection
from tfae.plots.images import examples, grid, manifold, reconstructions
from tfae.plots.kernels import feature_maps, filters
from tfae.plots.losses import loss_by_model, loss_by_term, losses_by_step
from tfae.plots.maps import maps
from tfae.plots.searches import search

__all__ = [
    "activation_histograms",
    "code_scatter",
    "detection",
    "errors_by_labels",
    "examples",
    "feature_maps",
    "filters",
    "grid",
    "loss_by_model",
    "loss_by_term",
    "losses_by_step",
    "manifold",
    "maps",
    "precision_recall",
    "reconstructions",
    "search",
    "singular_values",
]
