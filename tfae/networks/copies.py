"""Copies of networks, with what their layers took from data ahead of training.

Such a state is more than weights: a `keras.layers.Normalization` computes with
constants that `set_weights` leaves as they were, and a `keras.layers.StringLookup`
keeps its vocabulary in a table.
"""

import copy
import tempfile

from tfae.types import Layer, Model


def copied(network: Layer) -> Model:
    """A copy of a built network with all of its state, as a file would hold it."""
    return copy.deepcopy(network)


def copy_adapted(source: Layer, target: Layer) -> None:
    """Gives the layers of `target` what those of `source` took from data by `adapt`.

    Args:
        source: Built Keras model or layer.
        target: Another one of the same layers, whose weights otherwise stay as they
            are.
    """
    layers = (one._flatten_layers(include_self=True) for one in (source, target))
    for ours, theirs in zip(*layers, strict=True):
        # A model adapts its layers, which come by themselves.
        if hasattr(ours, "adapt") and not hasattr(ours, "layers"):
            _copy_state(ours, theirs)


def _copy_state(source, target):
    """The state of a layer, by the methods that write it to a file and read it."""
    variables = {}
    source.save_own_variables(variables)
    target.load_own_variables(variables)
    if not hasattr(source, "save_assets"):  # which few layers have
        return
    with tempfile.TemporaryDirectory() as folder:
        source.save_assets(folder)
        target.load_assets(folder)
