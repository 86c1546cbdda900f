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
        "jit_compile": False,  # which takes longer than the training
        **settings,
    }
    return Recipe(name=f"{variant}_faults", summary=summary, source=source, **settings)


RECIPES = (
    _faults(
        "sequence",
        "32-16-8-4 steps, 1-D convolutions, of six sensors",
        "a convolutional autoencoder of windows, sized for 6,000 steps",
        network_arguments={
            "kind": "convolution",
            "units": (32, 32),
            "latent_dim": 16,
        },
    ),
)
