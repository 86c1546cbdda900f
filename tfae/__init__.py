"""The classic autoencoders as Keras 3 models that train with `compile` and `fit`.

Public names are imported on first use, so that ``import tfae`` and ``tfae --help`` do
not load TensorFlow. If Keras is already loaded, ``import tfae`` registers the classes
for ``keras.saving.load_model``; otherwise ``import tfae.models`` registers them.

Examples in docstrings start with ``import keras``, ``import numpy as np`` and
``import tfae``.
"""

import sys
from importlib import import_module

__version__ = "0.1.0"

# Modules of the public names; names stay the same when their modules move.
_HOME = {
    **dict.fromkeys(
        (
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
            "VQVAE",
            "WinnerTakeAllAutoencoder",
        ),
        "tfae.models",
    ),
    "AutoencoderOutlierDetector": "tfae.estimators",
    "AutoencoderTransformer": "tfae.estimators",
    "GradualUnfreezing": "tfae.fine_tuning",
    "GreedyPretraining": "tfae.pretraining",
    "StopOnDivergence": "tfae.callbacks",
    "TiedDense": "tfae.layers",
    "batches": "tfae.datasets",
    "from_preset": "tfae.models.presets",
    "load": "tfae.saving",
    "run": "tfae.training",
}
_MODULES = {
    **{
        name: f"tfae.{name}"
        for name in (
            "callbacks",
            "datasets",
            "evaluation",
            "export",
            "fine_tuning",
            "layers",
            "likelihoods",
            "losses",
            "migration",
            "models",
            "networks",
            "optimizers",
            "plots",
            "presets",
            "pretraining",
            "priors",
            "recipes",
            "reporting",
            "saving",
            "serving",
            "training",
        )
    },
    "building": "tfae.recipes.building",
    "few_labels": "tfae.fine_tuning.few_labels",
    "parity": "tfae.migration.parity",
    "probes": "tfae.evaluation.probes",
    "servability": "tfae.export.servability",
    "serving_config": "tfae.export.serving_config",
    "tf1_checkpoints": "tfae.migration.checkpoints",
}

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:
        return import_module(_MODULES[name])
    raise AttributeError(f"module 'tfae' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])


if "keras" in sys.modules:
    import_module("tfae.models")  # registers the classes for loading files
