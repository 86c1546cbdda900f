"""Networks that a model makes of its arguments, in its config where they were changed.

Networks that were frozen, quantized or otherwise changed are more than the arguments,
which alone are in the config of a model as it was made.
"""

from tfae.layers.own_layers import without
from tfae.layers.pairs import serialize_pair


def as_made(model, given):
    """What `changed` compares with: `None` for networks that were given."""
    return None if given else _configs(model)


def changed(model, made):
    """Further items of a config: the networks, unless they are as they were made."""
    now = _configs(model)
    return {} if made and _unshared(now) == _unshared(made) else {"networks": now}


def _configs(model):
    encoder, decoder = serialize_pair(model.encoder, model.decoder)
    return {"encoder": encoder, "decoder": decoder}


def _unshared(config):
    """A config without the numbers by which Keras tells shared objects in a file."""
    return without(config, ("shared_object_id",))
