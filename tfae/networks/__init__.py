"""Builders of (encoder, decoder) pairs of Keras models, and their inspection."""

from tfae.networks.biases import bias_identifier
from tfae.networks.centering import center
from tfae.networks.convolutional import convolutional, residual
from tfae.networks.convolutional_quantized import convolutional_quantized
from tfae.networks.convolutional_stages import convolutional_stages
from tfae.networks.convolutional_variational import convolutional_variational
from tfae.networks.copies import copied, copy_adapted
from tfae.networks.discriminators import discriminator, onto
from tfae.networks.documents import bag_of_words
from tfae.networks.feature_maps import feature_maps
from tfae.networks.fully_connected import dense, mirror
from tfae.networks.inspection import (
    build,
    codes_and_switches,
    dense_layers,
    dense_stages,
    first_layer,
    kernel_of,
    only_dense,
    output_activation,
    trainable_variables,
)
from tfae.networks.padding import keep_padding
from tfae.networks.quantized import quantized
from tfae.networks.sequence import sequence
from tfae.networks.sequence_variational import sequence_variational
from tfae.networks.variational import variational

__all__ = [
    "bag_of_words",
    "bias_identifier",
    "build",
    "center",
    "codes_and_switches",
    "convolutional",
    "convolutional_quantized",
    "convolutional_stages",
    "convolutional_variational",
    "copied",
    "copy_adapted",
    "dense",
    "dense_layers",
    "dense_stages",
    "discriminator",
    "feature_maps",
    "first_layer",
    "keep_padding",
    "kernel_of",
    "mirror",
    "only_dense",
    "onto",
    "output_activation",
    "quantized",
    "residual",
    "sequence",
    "sequence_variational",
    "trainable_variables",
    "variational",
]
