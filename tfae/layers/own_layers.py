"""Layers that a model or layer builds from its arguments."""

import copy
import json
from types import MappingProxyType

import keras

from tfae.types import Config


class OwnLayers:
    """Mixin for a model or layer that builds layers from its arguments.

    Its config holds the layers that were frozen, quantized or otherwise changed since,
    which the arguments alone do not describe. It precedes the other base class.
    """

    def __init__(self, *args, own_layers=None, **kwargs):
        super().__init__(*args, **kwargs)
        # Keras would wrap nested dicts in its own type.
        self._given_layers = MappingProxyType(own_layers or {})
        self._made_layers = {}

    def own(self, name, make, /, *arguments, **options):
        """The layer, or list of layers, for the attribute `name`.

        Args:
            name: Name of the attribute.
            make: Class or function that creates it, unless the config holds it.
            *arguments: Positional arguments of `make`.
            **options: Keyword arguments of `make`.
        """
        if name in self._given_layers:
            config = copy.deepcopy(self._given_layers[name])
            return keras.saving.deserialize_keras_object(config)
        layers = make(*arguments, **options)
        self._made_layers[name] = json.dumps(_unbuilt(layers))
        return layers

    def get_config(self) -> Config:
        changed = dict(self._given_layers)  # `build` will create some of them
        for name in (*self._given_layers, *self._made_layers):
            layers = getattr(self, name)
            config = None if layers is None else _unbuilt(layers)
            if config and self._made_layers.get(name) != json.dumps(config):
                changed[name] = config
        own = {"own_layers": changed} if changed else {}
        return {**super().get_config(), **own}


def _unbuilt(layers):
    """Config of layers without their built shapes."""
    config = keras.saving.serialize_keras_object(layers)
    return without(config, ("shared_object_id", "build_config", "build_input_shape"))


def without(config, names):
    """A config without items of some names, and without input layers."""
    if isinstance(config, dict):
        return {
            name: without(value, names)
            for name, value in config.items()
            if name not in names
        }
    if not isinstance(config, list):
        return config
    return [without(one, names) for one in config if not _is_input(one)]


def _is_input(config):
    return isinstance(config, dict) and config.get("class_name") == "InputLayer"
