"""The classic autoencoders as Keras 3 models that train with `compile` and `fit`.

Public names are imported when they are first used, so that ``import tfae`` and
``tfae --help`` do not load TensorFlow.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    **dict.fromkeys(
        (
            "Autoencoder",
            "BetaVAE",
            "Classifier",
            "ConditionalVAE",
            "ContractiveAutoencoder",
            "DenoisingAutoencoder",
            "ImportanceWeightedAutoencoder",
            "MarginalizedDenoisingAutoencoder",
            "NonlinearMarginalizedDenoisingAutoencoder",
            "RestrictedBoltzmannMachine",
            "SparseAutoencoder",
            "StackedAutoencoder",
            "VariationalAutoencoder",
            "VQVAE",
            "WinnerTakeAllAutoencoder",
        ),
        "tfae.models",
    ),
    "GradualUnfreezing": "tfae.fine_tuning",
    "GreedyPretraining": "tfae.pretraining",
    "StopOnDivergence": "tfae.divergence",
    "TiedDense": "tfae.layers",
    "batches": "tfae.datasets",
    "load": "tfae.saving",
    "run": "tfae.training",
}
_MODULES = (
    "building",
    "datasets",
    "evaluation",
    "export",
    "few_labels",
    "fine_tuning",
    "layers",
    "likelihoods",
    "losses",
    "models",
    "networks",
    "parity",
    "plots",
    "pretraining",
    "probes",
    "recipes",
    "saving",
    "servability",
    "serving",
    "serving_config",
    "tf1_checkpoints",
    "training",
)

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:
        return import_module(f"tfae.{name}")
    raise AttributeError(f"module 'tfae' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
