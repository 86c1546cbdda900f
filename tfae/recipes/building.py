"""From a recipe to a compiled model."""

import dataclasses
import inspect

import keras

from tfae import datasets, layers, losses, models, networks
from tfae.recipes import importing
from tfae.recipes.recipe import Recipe
from tfae.types import Config, Loss, Model, Shape

# Most steps that TensorFlow runs between two returns to Python.
STEPS_PER_EXECUTION = 64

# What `override` changes of a detector.
DETECTION = ("score", "feature_weights", "false_alarm_rate")
# Fields of a recipe that `override` changes beside the model's own arguments.
GENERAL_SETTINGS = (
    "loss",
    "scaling",
    "binarize",
    "labels",
    "optimizer",
    "decay",
    "patience",
    "shuffle",
    "passes",
    "jit_compile",
    "center",
)


def build(recipe: Recipe, shape: Shape) -> Model:
    """The recipe's untrained model for examples of `shape`, without the batch.

    Example:
    >>> model = tfae.building.build(tfae.recipes.get("sparse_digits"), (64,))
    >>> type(model).__name__
    'SparseAutoencoder'
    """
    model_class = find_model(recipe)
    if recipe.network is None:
        model = model_class(tuple(shape), **recipe.arguments)
    else:
        made = find_network(recipe)(tuple(shape), **recipe.network_arguments)
        model = model_class(*made, **recipe.arguments)
    if not model.built:
        if type(model).build is keras.Model.build:  # which makes no variables
            model(keras.KerasTensor((None, *shape)))
        else:
            model.build((None, *shape))
    return model


def preprocessing(recipe: Recipe, split):
    """The layer that scales examples as the recipe says, by a split, or `None`.

    Columns of a table are always encoded, and of one scale by default.
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


def settings_of(recipe: Recipe) -> Config:
    """Dict from what `override` can change to the field that holds it, or `None`."""
    places = {name: None for name in GENERAL_SETTINGS}
    # A class and how many arguments `build` gives it: the shape, or two networks.
    for name in DETECTION if recipe.detection else ():
        places[name] = "detection"
    builders = [("arguments", find_model(recipe), 2 if recipe.network else 1)]
    if recipe.network:
        builders.append(("network_arguments", find_network(recipe), 1))
    for place, builder, given in builders:
        parameters = [*inspect.signature(builder).parameters.items()]
        for name, parameter in parameters[given:]:
            variadic = parameter.kind in (
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            )
            # Further optimizers go with the class, which the recipe names.
            if not variadic and name != "optimizers":
                places[name] = place
    return places


def override(recipe: Recipe, settings: Config) -> Recipe:
    """`recipe` with some settings changed.

    Args:
        recipe: A `tfae.recipes.Recipe`.
        settings: Dict from the name of an argument of its model or network builder,
            or one of `GENERAL_SETTINGS`, to its value.

    Raises:
        ValueError: If there is no such setting (the error lists those there are), or
            if it cannot have the value.

    Example:
    >>> recipe = tfae.recipes.get("leaky_relu_digits")
    >>> tfae.building.override(recipe, {"loss": "mae"}).loss
    'mae'
    """
    places = settings_of(recipe)
    for name, value in settings.items():
        if name not in places:
            raise ValueError(
                f"{recipe.name} has no setting {name!r}. Settings: {', '.join(places)}"
            )
        place = places[name]
        if place:
            value = {**getattr(recipe, place), name: value}
        recipe = dataclasses.replace(recipe, **{place or name: value})
        if name == "optimizer":  # the arguments are those of the recipe's own
            recipe = dataclasses.replace(recipe, optimizer_arguments={})
    return recipe


def compile_model(
    model: Model, recipe: Recipe, steps: int = 1, loss: Loss | None = None, metrics=None
):
    """Compiles `model` as the recipe says; `steps` make an epoch.

    A classifier of the recipe's encoder has a `loss` and `metrics` of its own.
    """
    if loss is None:
        loss = _loss(recipe.loss)
    executions = max(1, -(-steps // STEPS_PER_EXECUTION))
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=loss,
        metrics=metrics,
        jit_compile=recipe.jit_compile,
        # Of like size, so that few steps are left over for a shorter one.
        steps_per_execution=max(1, steps // executions),
    )


def _loss(name):
    """The reconstruction loss of a name, ours or Keras'."""
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
        return optimizer(learning_rate=learning_rate, **recipe.optimizer_arguments)
    except (AttributeError, KeyError, NotImplementedError, TypeError) as error:
        raise ValueError(
            "`optimizer` must be the name of a Keras optimizer, such as adam, that "
            f"takes the recipe's arguments. Received: optimizer={recipe.optimizer!r}"
        ) from error
