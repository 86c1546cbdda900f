"""Configs of networks that a model builds from its arguments.

The config of a new model holds only the arguments. Networks that were frozen, quantized
or otherwise changed are added to it.
"""

from tfae.layers.own_layers import without
from tfae.layers.pairs import serialize_pair


def as_made(model, given):
    """The reference for `changed`: `None` for networks given by the caller."""
    return None if given else _configs(model)


def changed(model, made):
    """Further items of a config: the networks, if they were changed."""
    now = _configs(model)
    return {} if made and _unshared(now) == _unshared(made) else {"networks": now}


def _configs(model):
    encoder, decoder = serialize_pair(model.encoder, model.decoder)
    return {"encoder": encoder, "decoder": decoder}


def _unshared(config):
    """A config without the ids by which Keras identifies shared objects in a file."""
    return without(config, ("shared_object_id",))
