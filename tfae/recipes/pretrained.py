"""Stacks whose layers are trained one after the other before they are used."""

from tfae.recipes import plain
from tfae.recipes.recipe import Recipe


def _notebook(name, how, source, references, **settings):
    layers = ("layer_1_reconstruction", "layer_2_reconstruction", "test_mse")
    origins = ("printed, training batch", "printed, training batch", "printed")
    return Recipe(
        name=name,
        summary=f"784-300-150-300-784 ELU, a layer at a time, {how}",
        model="StackedAutoencoder",
        arguments={
            **plain.NOTEBOOK_STACK,
            # TF1's l2_regularizer(1e-4) is Σw²/2 times that.
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 5e-5}},
        },
        source=f"handson-ml chapter 15, one autoencoder at a time, {source}",
        references=tuple(zip(layers, references, origins, strict=True)),
        **{**plain.NOTEBOOK, **settings},
    )


RECIPES = (
    _notebook(
        "greedy_mnist",
        "in phases of one training",
        "in one graph (seed 004)",
        (0.0074, 0.0025, 0.009791),
        pretraining={"epochs": 4},
        epochs=8,
    ),
    _notebook(
        "greedy_cached_mnist",
        "on cached activations",
        "with the hidden activations cached (seed 004)",
        (0.0078, 0.0021, 0.009779),
        pretraining={"epochs": 4, "batch_size": 150, "cached": True},
        epochs=0,
    ),
    Recipe(
        name="greedy_digits",
        summary="64-32-12-32-64, a layer at a time and then the whole",
        model="StackedAutoencoder",
        arguments={"hidden_units": (32, 12)},
        data="digits",
        epochs=100,
        batch_size=64,
        jit_compile=False,  # which would take longer than the training
        pretraining={"epochs": 30},
        source="as greedy_mnist, sized for 1,797 images",
    ),
)
