"""Autoencoders of texts."""

from tfae.recipes.recipe import Recipe

PAPER = "Hinton & Salakhutdinov 2006"


def _texts(name, summary, source, **settings):
    settings = {
        "model": "TextAutoencoder",
        "network": "bag_of_words",
        "data": "newsgroups",
        "validation": 1_000,
        "loss": "MultinomialCrossentropy",
        "epochs": 20,
        "decay": "cosine",
        "jit_compile": False,  # XLA does not support strings
        **settings,
    }
    return Recipe(name=name, summary=summary, source=source, **settings)


RECIPES = (
    _texts(
        "text_newsgroups",
        "2000-500-250-125-10 ReLU, half of the words masked",
        f"{PAPER}, documents, 2000-500-250-125-10, with masking in place of RBMs",
        network_arguments={"hidden_units": (500, 250, 125, 10)},
    ),
    _texts(
        "text_linear_newsgroups",
        "2000-128 linear, TF-IDF, half of the words masked",
        "the linear case, beside latent semantic analysis",
        network_arguments={"hidden_units": (128,), "output_activation": "linear"},
        arguments={"targets": "tf_idf"},
        loss="mse",
    ),
    _texts(
        "text_binary_newsgroups",
        "2000-128 bits, half of the words masked",
        "Salakhutdinov & Hinton 2009, with rounding in place of noise",
        network_arguments={"hidden_units": (128,), "code_noise": 0.0},
    ),
)
