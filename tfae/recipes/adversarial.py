"""Adversarial autoencoders."""

from tfae.recipes.recipe import Recipe, layer

PAPER = "Makhzani et al. 2016"


def _adversarial(name, summary, source, **settings):
    settings = {
        "model": "AdversarialAutoencoder",
        "network": "dense",
        "data": "mnist",
        "validation": 5_000,
        "epochs": 20,
        "learning_rate": 1e-3,
        "decay": "cosine",
        **settings,
    }
    return Recipe(name=name, summary=summary, source=source, **settings)


def _quick(name, summary, like, **settings):
    settings = {
        "data": "digits",
        "validation": None,
        "batch_size": 64,
        "epochs": 60,
        "learning_rate": 2e-3,
        **settings,
    }
    return _adversarial(
        f"{name}_digits",
        f"{summary}, on the 8×8 digits",
        f"as {like}, sized for 1,797 images",
        **settings,
    )


def _network(*widths):
    """Layers of the encoder; the last one is the linear code."""
    return {
        "hidden_units": widths,
        "code_activation": "linear",
        "output_activation": "sigmoid",
    }


WIDE = {"discriminator": (500, 500)}
SMALL = {"discriminator": (64, 64)}
RING = {"prior": "gaussian_ring", "label_conditioned": True}

RECIPES = (
    _adversarial(
        "adversarial_mnist",
        "784-500-500-2 ReLU, codes matched to N(0, I)",
        f"{PAPER}, section 2, with half as many units",
        network_arguments=_network(500, 500, 2),
        arguments=WIDE,
    ),
    _adversarial(
        "adversarial_ring_mnist",
        "784-500-500-2 ReLU, codes on a ring of ten Gaussians, one per digit",
        f"{PAPER}, section 2.3, with half as many units",
        network_arguments=_network(500, 500, 2),
        arguments={**WIDE, **RING},
        labels="all",
    ),
    _adversarial(
        "adversarial_roll_mnist",
        "784-500-500-2 ReLU, codes on a Swiss roll, digit after digit",
        f"{PAPER}, section 2.3, with half as many units",
        network_arguments=_network(500, 500, 2),
        arguments={**WIDE, "prior": "swiss_roll", "label_conditioned": True},
        labels="all",
    ),
    *(
        _adversarial(
            f"adversarial_semi_supervised_{count}_mnist",
            f"784-500-500-(10, 10) ReLU, classes and styles, noise, {count:,} labels",
            f"{PAPER}, section 5, with half as many units",
            model="SemiSupervisedAdversarialAutoencoder",
            network_arguments=_network(500, 500, 20),
            arguments={**WIDE, "corruption": layer("GaussianNoise", stddev=0.3)},
            epochs=40,
            batch_size=64,
            learning_rate=5e-4,
            optimizer_arguments={"beta_1": 0.5},
            labels=count,
            references=(("class_error", error, f"paper, {count:,} labels"),),
        )
        for count, error in ((100, 0.0190), (1000, 0.0160))
    ),
    _quick(
        "adversarial",
        "64-64-2 ReLU, codes matched to N(0, I)",
        "adversarial_mnist",
        network_arguments=_network(64, 2),
        arguments=SMALL,
    ),
    _quick(
        "adversarial_uniform",
        "64-64-2 ReLU, codes matched to a uniform distribution",
        "adversarial_mnist",
        network_arguments=_network(64, 2),
        arguments={**SMALL, "prior": layer("Uniform", latent_dim=2)},
    ),
    _quick(
        "adversarial_ring",
        "64-64-2 ReLU, codes on a ring of ten Gaussians, one per digit",
        "adversarial_ring_mnist",
        network_arguments=_network(64, 2),
        arguments={**SMALL, **RING},
        labels="all",
    ),
    _quick(
        "adversarial_semi_supervised",
        "64-64-(10, 4) ReLU, classes and styles, 100 labels",
        "adversarial_semi_supervised_1000_mnist",
        model="SemiSupervisedAdversarialAutoencoder",
        network_arguments=_network(64, 14),
        arguments=SMALL,
        labels=100,
    ),
)
