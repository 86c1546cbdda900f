"""Copies of networks, with the state that layers adapted before training.

This state is more than weights: a `keras.layers.Normalization` computes with constants
that `set_weights` does not update, and a `keras.layers.StringLookup` keeps its
vocabulary in a table.
"""

import copy
import tempfile

from tfae.types import Layer, Model


def copied(network: Layer) -> Model:
    """A copy of a built network with all state that a file would hold."""
    return copy.deepcopy(network)


def copy_adapted(source: Layer, target: Layer) -> None:
    """Copies the state set by `adapt` from the layers of `source` to `target`.

    Args:
        source: Built Keras model or layer.
        target: Model or layer with the same layers; its other weights stay unchanged.
    """
    layers = (one._flatten_layers(include_self=True) for one in (source, target))
    for ours, theirs in zip(*layers, strict=True):
        # A model only adapts its layers, which are copied separately.
        if hasattr(ours, "adapt") and not hasattr(ours, "layers"):
            _copy_state(ours, theirs)


def _copy_state(source, target):
    """Copies the state of a layer by its methods for saving and loading."""
    variables = {}
    source.save_own_variables(variables)
    target.load_own_variables(variables)
    if not hasattr(source, "save_assets"):  # few layers have it
        return
    with tempfile.TemporaryDirectory() as folder:
        source.save_assets(folder)
        target.load_assets(folder)
