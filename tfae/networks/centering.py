"""Initialization of biases at the mean of the data."""

import keras
import numpy as np

from tfae.networks.inspection import DENSE, first_layer, output_activation
from tfae.types import Array, Layer


def center(encoder: Layer, decoder: Layer, inputs: Array) -> None:
    """Initializes two biases so that the networks are centred at the mean input.

    The encoder's first layer then subtracts the mean of the data, and the decoder's
    last layer adds it, so that training does not have to learn it first.

    Args:
        encoder: Built network whose first layer with a kernel is `Dense`.
        decoder: Built network whose last layer is dense, with a linear activation.
        inputs: Array `(n, features)` of training data.

    Raises:
        ValueError: If the networks have no such layers, or the layers have no biases.

    Example:
    >>> x = tfae.datasets.load("digits").train.inputs
    >>> encoder, decoder = tfae.networks.dense(64, [8], output_activation="linear")
    >>> tfae.networks.center(encoder, decoder, x)
    """
    first, last = first_layer(encoder), getattr(decoder, "layers", [decoder])[-1]
    dense = isinstance(first, keras.layers.Dense) and isinstance(last, DENSE)
    if (
        not (dense and first.use_bias and last.use_bias)
        or output_activation(decoder) != "linear"
    ):
        raise ValueError(
            "Centring needs dense first and last layers with biases, and a linear "
            f"output. Received: encoder={first!r}, decoder={last!r}. Leave it out, or "
            'use output_activation="linear".'
        )
    mean = np.mean(inputs, axis=0, dtype="float64")
    first.bias.assign(-mean @ keras.ops.convert_to_numpy(first.kernel))
    last.bias.assign(mean)
