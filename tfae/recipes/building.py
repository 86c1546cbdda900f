"""From a recipe to a compiled model."""

import math

import keras

from tfae import datasets, kept_arguments, layers, losses, models, networks
from tfae.recipes import importing
from tfae.recipes.recipe import Recipe
from tfae.recipes.settings import GENERAL_SETTINGS, override, settings_of
from tfae.types import Loss, Model, Shape

__all__ = [
    "GENERAL_SETTINGS",
    "build",
    "compile_model",
    "find_model",
    "find_network",
    "override",
    "preprocessing",
    "settings_of",
]

# Largest number of steps that TensorFlow runs before returning to Python, and size of
# their batches, which are held in memory several times over.
STEPS_PER_EXECUTION = 64
BYTES_PER_EXECUTION = 2**24


def build(recipe: Recipe, shape: Shape) -> Model:
    """The recipe's untrained model for examples of `shape`, without the batch axis.

    Example:
    >>> model = tfae.building.build(tfae.recipes.get("sparse_digits"), (64,))
    >>> type(model).__name__
    'SparseAutoencoder'
    """
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy(recipe.precision or before)
        return _built(recipe, shape)
    finally:
        keras.config.set_dtype_policy(before)


def _built(recipe, shape):
    model_class = find_model(recipe)
    if recipe.network is None:
        model = model_class(tuple(shape), **recipe.arguments)
    else:
        made = find_network(recipe)(tuple(shape), **recipe.network_arguments)
        model = model_class(*made, **recipe.arguments)
    if not model.built:
        if type(model).build is keras.Model.build:  # it creates no variables
            model(keras.KerasTensor((None, *shape)))
        else:
            model.build((None, *shape))
    kept_arguments.check(model)  # before it is trained
    return model


def preprocessing(recipe: Recipe, split):
    """The scaling layer of the recipe, adapted to a split, or `None`.

    Columns of a table are always encoded, and scaled by default.
    """
    if isinstance(split.train.inputs, datasets.Table):
        layer = layers.TableEncoding(scaling=recipe.scaling or "standard")
    elif recipe.scaling is None:
        return None
    else:
        datasets.check_numbers(split, "Scaling")
        names = getattr(split.train, "names", None)
        mask_value = (recipe.reading or {}).get("mask_value")
        layer = layers.FeatureScaling(recipe.scaling, names, mask_value)
    layer.adapt(split.train.inputs)
    return layer


def find_model(recipe: Recipe):
    """The class that a recipe names."""
    return importing.find(recipe.model, models, "model")


def find_network(recipe: Recipe):
    """The builder that a recipe names."""
    return importing.find(recipe.network, networks, "builder of networks")


def compile_model(
    model: Model, recipe: Recipe, steps: int = 1, loss: Loss | None = None, metrics=None
):
    """Compiles `model` with the recipe's settings; `steps` is the length of an epoch.

    A classifier of the recipe's encoder has its own `loss` and `metrics`.
    """
    if loss is None:
        loss = _loss(recipe.loss)
    executions = max(1, -(-steps // _most_steps(model, recipe)))
    alone = model.distribute_strategy.num_replicas_in_sync == 1
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=loss,
        metrics=metrics,
        # Keras' loop over steps, and XLA, fail with several replicas.
        jit_compile=recipe.jit_compile and alone,
        # Calls of equal length, with few steps left for a shorter one.
        steps_per_execution=max(1, steps // executions) if alone else 1,
    )


def _most_steps(model, recipe):
    """Largest number of steps per execution."""
    told = getattr(model, "told_input_shape", None)  # models of others have none
    shape = (told and told()) or (None, 1)
    of_batch = 4 * recipe.batch_size * math.prod(shape[1:])
    return max(1, min(STEPS_PER_EXECUTION, BYTES_PER_EXECUTION // of_batch))


def _loss(name):
    """The reconstruction loss called `name`, from this package or from Keras."""
    ours = getattr(losses, name) if name in losses.__all__ else None
    try:
        loss = ours() if isinstance(ours, type) else keras.losses.get(name)
        loss and loss(keras.ops.zeros((1, 2)), keras.ops.zeros((1, 2)))
    except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"`loss` must be the name of a loss that compares outputs with targets, "
            f"such as mse. Received: loss={name!r}"
        ) from error
    return loss


def _optimizer(recipe, steps):
    learning_rate = recipe.learning_rate
    if recipe.decay == "cosine":
        learning_rate = keras.optimizers.schedules.CosineDecay(
            learning_rate, decay_steps=max(1, steps) * recipe.epochs, alpha=0.01
        )
    try:
        optimizer = type(keras.optimizers.get(recipe.optimizer))
        return optimizer(
            learning_rate=learning_rate,
            gradient_accumulation_steps=recipe.gradient_accumulation_steps,
            **recipe.optimizer_arguments,
        )
    except (AttributeError, KeyError, NotImplementedError, TypeError) as error:
        raise ValueError(
            "`optimizer` must be the name of a Keras optimizer, such as adam, that "
            f"takes the recipe's arguments. Received: optimizer={recipe.optimizer!r}"
        ) from error
