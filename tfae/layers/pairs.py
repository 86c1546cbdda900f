"""Serialization of an encoder and a decoder tied to it.

Keras does not keep an object shared by two networks shared when they are loaded. The
config of a tied layer therefore holds the path in the encoder of the layer that owns
its kernel.
"""

import contextlib
import contextvars

import keras

# Paths of an encoder's layers by their ids, while a decoder tied to them is serialized.
_paths = contextvars.ContextVar("paths", default=None)


@contextlib.contextmanager
def _paths_of(network):
    paths = {}
    for path, layer in _walk(network):
        paths.setdefault(id(layer), list(path))
    token = _paths.set(paths)
    try:
        yield
    finally:
        _paths.reset(token)


def serialize_owner(layer):
    """Config of a layer that owns a kernel, with its path within `serialize_pair`.

    The path is a list of indices among the layers of each nested network, or `None` for
    a layer outside the encoder.
    """
    config = keras.saving.serialize_keras_object(layer)
    paths = _paths.get()
    return config if paths is None else {**config, "path": paths.get(id(layer))}


def serialize_pair(encoder, decoder):
    """Configs of an encoder and of a decoder, which may be tied to it or `None`."""
    config = keras.saving.serialize_keras_object(encoder)
    with _paths_of(encoder):
        return config, keras.saving.serialize_keras_object(decoder)


def revive_pair(encoder, decoder):
    """Encoder and decoder from their configs, with ties restored.

    Raises:
        ValueError: If the layer of the encoder that owns a kernel is ambiguous.
    """
    encoder = keras.saving.deserialize_keras_object(encoder)
    decoder = _bind(decoder, [*_walk(encoder)])
    return encoder, keras.saving.deserialize_keras_object(decoder)


def _bind(config, layers):
    """`config` with layers in place of the serialized copies of tied layers."""
    if isinstance(config, list):
        return [_bind(item, layers) for item in config]
    if not isinstance(config, dict):
        return config
    return {
        key: _owner(value, layers)
        if key == "tied_to" and isinstance(value, dict)
        else _bind(value, layers)
        for key, value in config.items()
    }


def _owner(config, layers):
    name = config["config"]["name"]
    if "path" in config:
        path = config["path"]
        found = [] if path is None else [one for at, one in layers if [*at] == path]
        lost = path is not None and not found
    else:  # a file of version 0.1
        found = list({id(one): one for _, one in layers if one.name == name}.values())
        lost = len(found) > 1
    if lost:
        raise ValueError(
            f"The decoder is tied to the layer {name!r} of the encoder. Received: an "
            f"encoder with {len(found)} such layers. Build the model anew and load the "
            "file by its load_weights."
        )
    return found[0] if found else config


def _walk(network, path=()):
    """Pairs of the path to a layer and the layer, at any depth."""
    yield path, network
    # A file keeps not the names of layers of a subclass, but their order.
    if isinstance(network, keras.Model):
        layers = network.layers
    else:
        layers = network._flatten_layers(include_self=False, recursive=False)
    for index, layer in enumerate(layers):
        yield from _walk(layer, (*path, index))
