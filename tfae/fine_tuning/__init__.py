"""From a trained autoencoder to a classifier."""

from tfae.fine_tuning.transfer import (
    GradualUnfreezing,
    classifier,
    copy_encoder,
    count_layers,
    trainable_layers,
)

__all__ = [
    "GradualUnfreezing",
    "classifier",
    "copy_encoder",
    "count_layers",
    "trainable_layers",
]
