"""From a recipe to a compiled model."""

import dataclasses
import inspect

import keras

from tfae import losses, models, networks

# Most steps that TensorFlow runs between two returns to Python.
STEPS_PER_EXECUTION = 64

# Fields of a recipe that `override` changes beside the model's own arguments.
GENERAL_SETTINGS = (
    "loss",
    "scaling",
    "binarize",
    "optimizer",
    "decay",
    "patience",
    "shuffle",
    "passes",
    "jit_compile",
    "center",
)


def build(recipe, shape):
    """The recipe's untrained model for examples of `shape`, without the batch."""
    model_class = getattr(models, recipe.model)
    if recipe.network is None:
        return model_class(shape[0], **recipe.arguments)
    networks_pair = getattr(networks, recipe.network)(
        shape[0], **recipe.network_arguments
    )
    model = model_class(*networks_pair, **recipe.arguments)
    model.build((None, *shape))
    return model


def weights(model):
    """Weights of `model`, each once: the encoder's, then the decoder's or head's."""
    last = model.head if isinstance(model, models.Classifier) else model.decoder
    found = [*model.encoder.weights, *last.weights]
    # A tied kernel is among those of both.
    return list({id(one): one for one in found}.values())


def override(recipe, settings):
    """`recipe` with some settings changed.

    Args:
        recipe: A `tfae.recipes.Recipe`.
        settings: Dict from the name of an argument of its model or network builder,
            or one of `GENERAL_SETTINGS`, to its value.

    Raises:
        ValueError: If there is no such setting (the error lists those there are), or
            if it cannot have the value.
    """
    places = {name: None for name in GENERAL_SETTINGS}
    builders = {"arguments": getattr(models, recipe.model)}
    if recipe.network:
        builders["network_arguments"] = getattr(networks, recipe.network)
    for place, builder in builders.items():
        for name, parameter in inspect.signature(builder).parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD or name in (
                "input_dim",
                "encoder",
                "decoder",
            ):
                continue
            places[name] = place
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


def compile_model(model, recipe, steps=1):
    """Compiles `model` as the recipe says; `steps` make an epoch.

    A classifier of the recipe's encoder has its own loss, and an accuracy.
    """
    loss, metrics = recipe.loss and getattr(losses, recipe.loss, None), None
    # Keras' own raises for an unknown name, before training.
    loss = loss() if loss else keras.losses.get(recipe.loss)
    if isinstance(model, models.Classifier):
        loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    executions = max(1, -(-steps // STEPS_PER_EXECUTION))
    model.compile(
        optimizer=_optimizer(recipe, steps),
        loss=loss,
        metrics=metrics,
        jit_compile=recipe.jit_compile,
        # Of like size, so that few steps are left over for a shorter one.
        steps_per_execution=max(1, steps // executions),
    )


def _optimizer(recipe, steps):
    learning_rate = recipe.learning_rate
    if recipe.decay == "cosine":
        learning_rate = keras.optimizers.schedules.CosineDecay(
            learning_rate, decay_steps=max(1, steps) * recipe.epochs, alpha=0.01
        )
    optimizer = type(keras.optimizers.get(recipe.optimizer))
    return optimizer(learning_rate=learning_rate, **recipe.optimizer_arguments)
