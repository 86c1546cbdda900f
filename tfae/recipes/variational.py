"""Variational autoencoders and related models."""

from tfae.recipes import plain
from tfae.recipes.recipe import Recipe


def _variational(
    name, summary, network, source, model="VariationalAutoencoder", **rest
):
    settings = {"data": "mnist", "validation": 5_000, "loss": None, **rest}
    return Recipe(
        name=name,
        summary=summary,
        model=model,
        network="variational",
        network_arguments=network,
        source=source,
        **settings,
    )


def _notebook(name, scale, what, references):
    return _variational(
        name,
        f"784-500-500-20 ELU, the second head giving {what}",
        {
            "hidden_units": (500, 500),
            "latent_dim": 20,
            "activation": "elu",
            "kernel_initializer": "he_normal",
            "scale": scale,
        },
        f"handson-ml chapter 15, variational autoencoder, {what}",
        references=references,
        **{**plain.NOTEBOOK, "loss": None, "learning_rate": 1e-3, "epochs": 50},
    )


def _burda(name, model, what, arguments, references):
    return _variational(
        name,
        f"784-200-200-50 tanh, {what}, dynamic binarization",
        {"hidden_units": (200, 200), "latent_dim": 50, "activation": "tanh"},
        "Burda, Grosse & Salakhutdinov 2016, one stochastic layer, fewer epochs",
        model=model,
        arguments=arguments,
        binarize="dynamic",
        epochs=100,
        # Chosen on the validation part after 20 epochs: 1e-3 is slower, and 6e-3 leaves
        # codes unused.
        batch_size=50,
        learning_rate=2e-3,
        decay="cosine",
        likelihood_samples=5_000,
        references=references,
    )


def _quick(variant, model, summary, **settings):
    return Recipe(
        name=f"{variant}_digits",
        summary=f"64-100-{summary}, on the 8×8 digits",
        model=model,
        data="digits",
        epochs=100,
        batch_size=64,
        jit_compile=False,  # which would take longer than the training
        **settings,
    )


SMALL = {"hidden_units": (100,), "latent_dim": 8}

RECIPES = (
    _notebook(
        "variational_mnist",
        "log_variance",
        "log σ²",
        (("valid_loss", 97.6, "printed, training batch"),),
    ),
    _notebook(
        "variational_deviation_mnist",
        "deviation",
        "σ",
        (("valid_loss", 101.0, "printed, training batch"),),
    ),
    _variational(
        "variational_wide_mnist",
        "784-256-256-128 ReLU, binarized once, 9,750 steps",
        {"hidden_units": (256, 256), "latent_dim": 128},
        "altosaar's variational-autoencoder, not quite its first 10,000 steps",
        binarize="fixed",
        validation=10_000,
        epochs=25,
        references=(("valid_loss", 108.5, "public trace at 10,000 steps"),),
    ),
    _variational(
        "variational_2d_mnist",
        "784-500-500-2 ReLU, codes in a plane",
        {"hidden_units": (500, 500), "latent_dim": 2},
        "Kingma & Welling 2014, the manifold of their figure 4",
        epochs=50,
        decay="cosine",
    ),
    _variational(
        "variational_linear_mnist",
        "784-200-784 linear, KL divergence weighted by 1/128",
        {"hidden_units": (), "latent_dim": 200, "decoder_initializer": "zeros"},
        "tensorflow/models research/autoencoder, VariationalAutoencoder",
        arguments={"likelihood": "gaussian", "beta": 1 / 128},
        optimizer_arguments=plain.TF1_EPSILON,
        scaling="minmax",
        epochs=20,
    ),
    _variational(
        "variational_mse_mnist",
        "784-100-100-8 ReLU, mean squared error and mean divergence",
        {
            "hidden_units": (100, 100),
            "decoder_units": (100,),
            "latent_dim": 8,
            "output_activation": "relu",
            "scale": "log_deviation",
            **plain.PYTORCH,
        },
        "a PyTorch tutorial of variational autoencoders",
        # In the listing, the divergence is a mean over the 8 codes.
        arguments={"likelihood": None, "beta": 1 / 8},
        loss="mse",
        epochs=100,
        batch_size=32,
        learning_rate=1e-4,
        optimizer_arguments=plain.TF1_EPSILON,  # PyTorch's, too
        validation=0,
        references=(("test_loss", 0.065, "printed, training batches .063–.072"),),
    ),
    _burda(
        "variational_burda_mnist",
        "VariationalAutoencoder",
        "the evidence lower bound",
        {},
        (("test_nll", 86.76, "paper"),),
    ),
    _burda(
        "importance_weighted_mnist",
        "ImportanceWeightedAutoencoder",
        "the bound of 5 draws",
        {"samples": 5},
        (("test_nll", 85.54, "paper"),),
    ),
    _quick(
        "variational",
        "VariationalAutoencoder",
        "8 ReLU, Bernoulli likelihood",
        network="variational",
        network_arguments=SMALL,
        loss=None,
        source="as variational_mnist, sized for 1,797 images",
    ),
    _quick(
        "importance_weighted",
        "ImportanceWeightedAutoencoder",
        "8 ReLU, the bound of 5 draws, dynamic binarization",
        network="variational",
        network_arguments=SMALL,
        loss=None,
        binarize="dynamic",
        likelihood_samples=500,
        source="as importance_weighted_mnist, sized for 1,797 images",
    ),
    _quick(
        "beta",
        "BetaVAE",
        "8 ReLU, KL divergence weighted by 4",
        network="variational",
        network_arguments=SMALL,
        loss=None,
        source="Higgins et al. 2017, sized for 1,797 images",
    ),
    _quick(
        "vector_quantized",
        "VQVAE",
        "4×8 ReLU, a codebook of 64 vectors",
        network="quantized",
        network_arguments={"hidden_units": (100,), "positions": 4, "code_dim": 8},
        arguments={"num_codes": 64},
        source="van den Oord et al. 2017, sized for 1,797 images",
    ),
)
