"""The autoencoders; importing this package registers every class with Keras."""

from tfae import optimizers as _optimizers  # noqa: F401, for saved models
from tfae.models.adversarial_autoencoder import AdversarialAutoencoder
from tfae.models.autoencoder import Autoencoder
from tfae.models.beta_vae import BetaVAE
from tfae.models.classifier import Classifier
from tfae.models.conditional_vae import ConditionalVAE
from tfae.models.contractive_autoencoder import ContractiveAutoencoder
from tfae.models.convolutional_stacked_autoencoder import (
    ConvolutionalStackedAutoencoder,
)
from tfae.models.denoising_autoencoder import DenoisingAutoencoder
from tfae.models.detector import Detector
from tfae.models.generative_stochastic_network import GenerativeStochasticNetwork
from tfae.models.hard_input_autoencoder import HardInputAutoencoder
from tfae.models.importance_weighted_autoencoder import ImportanceWeightedAutoencoder
from tfae.models.layerwise_autoencoder import LayerwiseAutoencoder
from tfae.models.marginalized_denoising_autoencoder import (
    MarginalizedDenoisingAutoencoder,
)
from tfae.models.nonlinear_marginalized_denoising_autoencoder import (
    NonlinearMarginalizedDenoisingAutoencoder,
)
from tfae.models.parametric_tsne import ParametricTSNE
from tfae.models.pixel_cnn import PixelCNN
from tfae.models.pixel_rnn import PixelRNN
from tfae.models.preprocessed_model import PreprocessedModel
from tfae.models.restricted_boltzmann_machine import RestrictedBoltzmannMachine
from tfae.models.score_matching_autoencoder import ScoreMatchingAutoencoder
from tfae.models.semi_supervised_adversarial_autoencoder import (
    SemiSupervisedAdversarialAutoencoder,
)
from tfae.models.sparse_autoencoder import SparseAutoencoder
from tfae.models.stacked_autoencoder import StackedAutoencoder
from tfae.models.text_autoencoder import TextAutoencoder
from tfae.models.variational_autoencoder import VariationalAutoencoder
from tfae.models.vqvae import VQVAE
from tfae.models.winner_take_all_autoencoder import WinnerTakeAllAutoencoder

__all__ = [
    "VQVAE",
    "AdversarialAutoencoder",
    "Autoencoder",
    "BetaVAE",
    "Classifier",
    "ConditionalVAE",
    "ContractiveAutoencoder",
    "ConvolutionalStackedAutoencoder",
    "DenoisingAutoencoder",
    "Detector",
    "GenerativeStochasticNetwork",
    "HardInputAutoencoder",
    "ImportanceWeightedAutoencoder",
    "LayerwiseAutoencoder",
    "MarginalizedDenoisingAutoencoder",
    "NonlinearMarginalizedDenoisingAutoencoder",
    "ParametricTSNE",
    "PixelCNN",
    "PixelRNN",
    "PreprocessedModel",
    "RestrictedBoltzmannMachine",
    "ScoreMatchingAutoencoder",
    "SemiSupervisedAdversarialAutoencoder",
    "SparseAutoencoder",
    "StackedAutoencoder",
    "TextAutoencoder",
    "VariationalAutoencoder",
    "WinnerTakeAllAutoencoder",
]
