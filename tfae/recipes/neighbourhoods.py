"""Parametric t-SNE, and an autoencoder with a two-dimensional code for comparison."""

from tfae.recipes import pretrained
from tfae.recipes.recipe import Recipe

PAPER = "van der Maaten 2009"
SIGMOID = {"activation": "sigmoid", "code_activation": "linear", "tie_weights": True}
BY_MACHINES = {**pretrained.MACHINES, "cached": True, "loss": "mse"}
RELU = {"code_activation": "linear", "tie_weights": True}


def _parametric(name, summary, source, **settings):
    settings = {
        "model": "ParametricTSNE",
        "network": "dense",
        "data": "mnist",
        "validation": 5_000,
        "batch_size": 1000,  # each batch is a sample of the neighbourhoods
        "loss": None,
        "decay": "cosine",
        "probes": ("nearest",),
        **settings,
    }
    return Recipe(name=name, summary=summary, source=source, **settings)


REFERENCES = (
    ("nearest_neighbour_error", 0.099, "paper"),
    ("test_trustworthiness", 0.926, "paper"),
)
RECIPES = (
    _parametric(
        "parametric_tsne_mnist",
        "784-500-500-2000-2 ReLU, without pretraining",
        f"{PAPER}, without pretraining",
        network_arguments={"hidden_units": (500, 500, 2000, 2), **RELU},
        epochs=60,
        references=REFERENCES,
    ),
    _parametric(
        "parametric_tsne_pretrained_mnist",
        "784-500-500-2000-2 sigmoid, pretrained by restricted Boltzmann machines",
        PAPER,
        network_arguments={"hidden_units": (500, 500, 2000, 2), **SIGMOID},
        pretraining={**BY_MACHINES, "epochs": 10, "batch_size": 100},
        epochs=60,
        references=REFERENCES,
    ),
    Recipe(
        name="code2d_mnist",
        summary="784-500-500-2000-2 ReLU, an autoencoder with a code in a plane",
        model="Autoencoder",
        source=f"{PAPER}, the autoencoder beside parametric t-SNE",
        network="dense",
        network_arguments={"hidden_units": (500, 500, 2000, 2), **RELU},
        data="mnist",
        validation=5_000,
        epochs=20,
        decay="cosine",
        loss="SummedBinaryCrossentropy",
        probes=("nearest",),
        references=(("nearest_neighbour_error", 0.668, "paper"),),
    ),
    _parametric(
        "parametric_tsne_digits",
        "64-128-128-2 ReLU, without pretraining, on the 8×8 digits",
        "as parametric_tsne_mnist, sized for 1,797 images",
        data="digits",
        validation=None,
        network_arguments={"hidden_units": (128, 128, 2), **RELU},
        arguments={"perplexity": 10.0},
        batch_size=250,
        epochs=100,
        learning_rate=3e-3,
    ),
    _parametric(
        "parametric_tsne_pretrained_digits",
        "64-64-64-2 sigmoid, pretrained as Boltzmann machines, on the 8×8 digits",
        "as parametric_tsne_pretrained_mnist, sized for 1,797 images",
        data="digits",
        validation=None,
        network_arguments={"hidden_units": (64, 64, 2), **SIGMOID},
        arguments={"perplexity": 10.0},
        pretraining={**BY_MACHINES, "epochs": 20, "batch_size": 50},
        batch_size=250,
        epochs=100,
        learning_rate=3e-3,
    ),
)
