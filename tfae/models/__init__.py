"""The autoencoders; importing this package registers every class with Keras."""

from tfae.models.autoencoder import Autoencoder
from tfae.models.classifier import Classifier
from tfae.models.contractive_autoencoder import ContractiveAutoencoder
from tfae.models.denoising_autoencoder import DenoisingAutoencoder
from tfae.models.marginalized_denoising_autoencoder import (
    MarginalizedDenoisingAutoencoder,
)
from tfae.models.nonlinear_marginalized_denoising_autoencoder import (
    NonlinearMarginalizedDenoisingAutoencoder,
)
from tfae.models.restricted_boltzmann_machine import RestrictedBoltzmannMachine
from tfae.models.sparse_autoencoder import SparseAutoencoder
from tfae.models.stacked_autoencoder import StackedAutoencoder
from tfae.models.winner_take_all_autoencoder import WinnerTakeAllAutoencoder

__all__ = [
    "Autoencoder",
    "Classifier",
    "ContractiveAutoencoder",
    "DenoisingAutoencoder",
    "MarginalizedDenoisingAutoencoder",
    "NonlinearMarginalizedDenoisingAutoencoder",
    "RestrictedBoltzmannMachine",
    "SparseAutoencoder",
    "StackedAutoencoder",
    "WinnerTakeAllAutoencoder",
]
