"""Autoencoders of multivariate series."""

from tfae.recipes.recipe import Recipe


def _faults(variant, summary, source, **settings):
    settings = {
        "model": "Autoencoder",
        "network": "sequence",
        "data": "faults",
        "keep_shape": True,
        "reading": {"window": 32, "stride": 8},
        "epochs": 60,
        "batch_size": 32,
        "decay": "cosine",
        "jit_compile": False,  # compiling takes longer than the training
        **settings,
    }
    return Recipe(name=f"{variant}_faults", summary=summary, source=source, **settings)


RECIPES = (
    _faults(
        "sequence",
        "convolutions over 32, 16 and 8 steps of six sensors, 16 codes",
        "a convolutional autoencoder of windows, sized for 6,000 steps",
        network_arguments={"kind": "convolution", "units": (32, 32), "latent_dim": 16},
        learning_rate=3e-3,
    ),
    _faults(
        "recurrent",
        "64 gated recurrent units, windows of 32 steps of six sensors, 16 codes",
        "Srivastava et al. 2015, not reversed, code at each step, 6,000 steps",
        network_arguments={"kind": "gru", "units": (64,), "latent_dim": 16},
        learning_rate=1e-2,
    ),
)
