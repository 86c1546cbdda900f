"""Small serializable layers, one topic per file."""

import keras

from tfae.layers.binary_codes import BinaryCodes
from tfae.layers.class_codes import ClassCodes
from tfae.layers.corruption import (
    MaskingNoise,
    SaltAndPepperNoise,
    SharedGaussianNoise,
)
from tfae.layers.diagonal_bilstm import DiagonalBiLSTM
from tfae.layers.documents import BagOfWords, TfIdf
from tfae.layers.feature_scaling import FeatureScaling
from tfae.layers.finite_scalar_quantization import FiniteScalarQuantizer
from tfae.layers.gated_block import GatedPixelBlock
from tfae.layers.masked_convolution import MaskedConv2D
from tfae.layers.row_lstm import RowLSTM
from tfae.layers.sampling import SCALES, GaussianSampling
from tfae.layers.sparsity import KSparse, LifetimeSparsity
from tfae.layers.steps import AtSteps, CoarseSteps, Steps
from tfae.layers.table_encoding import TableEncoding
from tfae.layers.tied import TiedDense
from tfae.layers.tied_convolution import TiedConv2DTranspose
from tfae.layers.unpooling import (
    MaxPoolingWithSwitches2D,
    MaxUnpooling2D,
    NearestUnpooling2D,
)
from tfae.layers.vector_quantization import VectorQuantizer
from tfae.layers.vectors import AsVectors
from tfae.objects import from_dict

__all__ = [
    "SCALES",
    "AsVectors",
    "AtSteps",
    "BagOfWords",
    "BinaryCodes",
    "ClassCodes",
    "CoarseSteps",
    "DiagonalBiLSTM",
    "FeatureScaling",
    "FiniteScalarQuantizer",
    "GatedPixelBlock",
    "GaussianSampling",
    "KSparse",
    "LifetimeSparsity",
    "MaskedConv2D",
    "MaskingNoise",
    "MaxPoolingWithSwitches2D",
    "MaxUnpooling2D",
    "NearestUnpooling2D",
    "RowLSTM",
    "SaltAndPepperNoise",
    "SharedGaussianNoise",
    "Steps",
    "TableEncoding",
    "TfIdf",
    "TiedConv2DTranspose",
    "TiedDense",
    "VectorQuantizer",
    "get",
]


def get(identifier):
    """A layer from an object, or from a dict of its class and arguments.

    Args:
        identifier: Layer, or `{"class_name": …, "config": {…}}` with the name of a
            layer of this package or of Keras, or the config of a serialized layer; or
            a list of these, which are called in order.

    Raises:
        ValueError: If there is no such layer, or it does not take the arguments.

    Example:
    >>> tfae.layers.get({"class_name": "MaskingNoise", "config": {"rate": 0.25}}).rate
    0.25
    """
    if isinstance(identifier, keras.layers.Layer):
        return identifier
    if isinstance(identifier, (list, tuple)):
        return keras.layers.Pipeline([get(one) for one in identifier])
    ours = {key: globals()[key] for key in __all__ if key not in ("get", "SCALES")}
    return from_dict(identifier, ours, "layer", _of_keras)


def _of_keras(name):
    found = getattr(keras.layers, name, None)
    is_layer = isinstance(found, type) and issubclass(found, keras.layers.Layer)
    return found if is_layer else None
