"""The public names, as type checkers and editors read them.

`tfae/__init__.py` imports each when it is first used.
"""

from tfae import (
    callbacks,
    datasets,
    evaluation,
    export,
    fine_tuning,
    layers,
    likelihoods,
    losses,
    migration,
    models,
    networks,
    optimizers,
    plots,
    presets,
    pretraining,
    priors,
    recipes,
    reporting,
    saving,
    serving,
    training,
)
from tfae.callbacks import (
    StopOnDivergence,
)
from tfae.datasets import (
    batches,
)
from tfae.estimators import (
    AutoencoderOutlierDetector,
    AutoencoderTransformer,
)
from tfae.evaluation import (
    probes,
)
from tfae.export import (
    servability,
    serving_config,
)
from tfae.fine_tuning import (
    GradualUnfreezing,
    few_labels,
)
from tfae.layers import (
    TiedDense,
)
from tfae.migration import (
    checkpoints as tf1_checkpoints,
)
from tfae.migration import (
    parity,
)
from tfae.models import (
    VQVAE,
    AdversarialAutoencoder,
    Autoencoder,
    BetaVAE,
    Classifier,
    ConditionalVAE,
    ContractiveAutoencoder,
    ConvolutionalStackedAutoencoder,
    DenoisingAutoencoder,
    Detector,
    GenerativeStochasticNetwork,
    HardInputAutoencoder,
    ImportanceWeightedAutoencoder,
    LayerwiseAutoencoder,
    MarginalizedDenoisingAutoencoder,
    NonlinearMarginalizedDenoisingAutoencoder,
    ParametricTSNE,
    PixelCNN,
    PixelRNN,
    PreprocessedModel,
    RestrictedBoltzmannMachine,
    ScoreMatchingAutoencoder,
    SemiSupervisedAdversarialAutoencoder,
    SparseAutoencoder,
    StackedAutoencoder,
    TextAutoencoder,
    VariationalAutoencoder,
    WinnerTakeAllAutoencoder,
)
from tfae.models.presets import (
    from_preset,
)
from tfae.pretraining import (
    GreedyPretraining,
)
from tfae.recipes import (
    building,
)
from tfae.saving import (
    load,
)
from tfae.training import (
    run,
)

__version__: str
__all__ = [
    "VQVAE",
    "AdversarialAutoencoder",
    "Autoencoder",
    "AutoencoderOutlierDetector",
    "AutoencoderTransformer",
    "BetaVAE",
    "Classifier",
    "ConditionalVAE",
    "ContractiveAutoencoder",
    "ConvolutionalStackedAutoencoder",
    "DenoisingAutoencoder",
    "Detector",
    "GenerativeStochasticNetwork",
    "GradualUnfreezing",
    "GreedyPretraining",
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
    "StopOnDivergence",
    "TextAutoencoder",
    "TiedDense",
    "VariationalAutoencoder",
    "WinnerTakeAllAutoencoder",
    "batches",
    "building",
    "callbacks",
    "datasets",
    "evaluation",
    "export",
    "few_labels",
    "fine_tuning",
    "from_preset",
    "layers",
    "likelihoods",
    "load",
    "losses",
    "migration",
    "models",
    "networks",
    "optimizers",
    "parity",
    "plots",
    "presets",
    "pretraining",
    "priors",
    "probes",
    "recipes",
    "reporting",
    "run",
    "saving",
    "servability",
    "serving",
    "serving_config",
    "tf1_checkpoints",
    "training",
]
