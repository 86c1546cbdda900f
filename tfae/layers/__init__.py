"""Small serializable layers, one topic a file."""

import keras

from tfae.layers.corruption import (
    MaskingNoise,
    SaltAndPepperNoise,
    SharedGaussianNoise,
)
from tfae.layers.sampling import SCALES, GaussianSampling
from tfae.layers.sparsity import KSparse, LifetimeSparsity
from tfae.layers.tied import TiedDense
from tfae.layers.vector_quantization import VectorQuantizer
from tfae.layers.vectors import AsVectors

__all__ = [
    "SCALES",
    "AsVectors",
    "GaussianSampling",
    "KSparse",
    "LifetimeSparsity",
    "MaskingNoise",
    "SaltAndPepperNoise",
    "SharedGaussianNoise",
    "TiedDense",
    "VectorQuantizer",
    "get",
]


def get(identifier):
    """A layer from itself, or from a dict of its class and arguments.

    Args:
        identifier: Layer, or `{"class_name": …, "config": {…}}` with the name of a
            layer of this package or of Keras, or the config of a serialized layer.

    Raises:
        ValueError: If there is no such layer, or it cannot have the arguments.

    Example:
    >>> tfae.layers.get({"class_name": "MaskingNoise", "config": {"rate": 0.25}}).rate
    0.25
    """
    if isinstance(identifier, keras.layers.Layer):
        return identifier
    if not isinstance(identifier, dict) or "class_name" not in identifier:
        raise ValueError(
            "A layer must be given as itself or as a dict of class_name and config. "
            f"Received: {identifier!r}"
        )
    if "module" in identifier:
        return keras.saving.deserialize_keras_object(identifier)
    name, config = identifier["class_name"], identifier.get("config", {})
    ours = {key: globals()[key] for key in __all__ if key not in ("get", "SCALES")}
    layer = ours.get(name) or getattr(keras.layers, str(name), None)
    if not (isinstance(layer, type) and issubclass(layer, keras.layers.Layer)):
        raise ValueError(
            f"There is no layer {name!r} in Keras, nor in this package, which has "
            f"{', '.join(ours)}."
        )
    try:
        return layer(**config)
    except TypeError as error:
        raise ValueError(f"{name} cannot be made of {config}: {error}") from error
