"""Builders of (encoder, decoder) pairs of Keras models, and what these are."""

from tfae.networks.centering import center
from tfae.networks.fully_connected import dense, mirror
from tfae.networks.inspection import (
    build,
    dense_layers,
    first_layer,
    kernel_of,
    only_dense,
    output_activation,
)
from tfae.networks.quantized import quantized
from tfae.networks.variational import variational

__all__ = [
    "build",
    "center",
    "dense",
    "dense_layers",
    "first_layer",
    "kernel_of",
    "mirror",
    "only_dense",
    "output_activation",
    "quantized",
    "variational",
]
