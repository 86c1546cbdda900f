"""The autoencoders; importing this package registers every class with Keras."""

from tfae.models.autoencoder import Autoencoder
from tfae.models.stacked_autoencoder import StackedAutoencoder

__all__ = ["Autoencoder", "StackedAutoencoder"]
