"""The recipes that are twins of legacy programs, and their correspondence."""

import itertools
import math
from typing import NamedTuple


class Twin(NamedTuple):
    """The counterpart of a legacy program, and their known differences.

    Attributes:
        recipe: Name of the recipe.
        variables: Names of the program's variables, in the order of the weights of the
            recipe's model: of the encoder, then of the decoder or the head, then of
            discriminators.
        summed: Weight of an example in a legacy loss that is a sum over the batch; 0 if
            it is a mean, as in the twin. A loss n times as large trains equally if
            Adam's ε is n times as large, so the twin's ε is divided by n.
        constant: Additional constant of the twin's loss, per feature.
        classes: Number of classes of a classifier on the recipe's encoder, or 0.
        settings: Differences from the recipe, as for `building.override`.
        head: Arguments of the classifier, beside its encoder and classes.
        one_optimizer: Whether one Adam, with one count of steps, trains all phases.
        draws: Random draws of the program in a step, apart from noise on its inputs and
            for variational codes: `"codes"` of a prior, or draws for binary hidden
            `"units"`.
        compared: Name of the twin's figure that is the program's loss.

    The legacy loss is `summed` · batch size · (the twin's − features · `constant`), or,
    without `summed`, the term in brackets.
    """

    recipe: str
    variables: tuple
    summed: float = 0.0
    constant: float = 0.0
    classes: int = 0
    settings: dict = {}
    head: dict = {}
    one_optimizer: bool = False
    draws: str = ""
    compared: str = "loss"


def _layers(*names):
    return tuple(f"{name}/{part}" for name in names for part in ("kernel", "bias"))


def _dense(last):
    return _layers("dense", *(f"dense_{index}" for index in range(1, last + 1)))


def _numbered(count):
    return tuple(
        f"{part}{index}"
        for index in range(1, count + 1)
        for part in ("weights", "biases")
    )


def _variables(count):
    return ("Variable", *(f"Variable_{index}" for index in range(1, count)))


def _weights_first(layers):
    """The same if all weights were created before the first bias."""
    names = _variables(2 * layers)
    pairs = zip(names[:layers], names[layers:], strict=True)
    return tuple(itertools.chain.from_iterable(pairs))


def _scoped(scopes, last):
    return tuple(f"{scope}/{one}" for scope in scopes for one in _dense(last))


_HIDDEN = _layers("hidden1", "hidden2", "hidden3", "outputs")
_PENALTY = {"class_name": "L2", "config": {"l2": 2.5e-4}}
_CLASSIFIER = Twin(
    "notebook_classifier_mnist",
    _numbered(3),
    summed=1.0,
    classes=10,
    # The stack is pretrained with a fifth of this rate.
    settings={"kernel_regularizer": _PENALTY},
    head={"kernel_regularizer": _PENALTY},
)
TWINS = {
    "leaky_relu_stacked": Twin("leaky_relu_mnist", _scoped(("encoder", "decoder"), 2)),
    "models_autoencoder": Twin("softplus_mnist", _variables(4), summed=0.5),
    "models_additive_gaussian_noise": Twin(
        "denoising_shared_mnist", ("w1", *_variables(3)), summed=0.5
    ),
    "models_masking_noise": Twin(
        "denoising_softplus_mnist", ("w1", *_variables(3)), summed=0.5
    ),
    "notebook_linear_pca": Twin("linear_pca_points", _dense(1)),
    "models_variational": Twin(
        "variational_linear_mnist",
        ("w1", "Variable", "log_sigma_w1", "Variable_1", "Variable_2", "Variable_3"),
        summed=1.0,
        constant=math.log(2 * math.pi) / 2,  # of the Gaussian density
    ),
    "notebook_stacked": Twin("stacked_mnist", _dense(3)),
    "notebook_tied": Twin(
        "tied_mnist",
        ("weights1", "biases1", "weights2", "biases2", "biases3", "biases4"),
    ),
    "notebook_one_graph": Twin("greedy_mnist", _numbered(4), one_optimizer=True),
    "notebook_cached": Twin("greedy_cached_mnist", _numbered(4), one_optimizer=True),
    "notebook_several_graphs": Twin("greedy_graphs_mnist", ()),
    "notebook_denoising_gaussian": Twin("denoising_gaussian_mnist", _HIDDEN),
    "notebook_denoising_dropout": Twin("denoising_dropout_mnist", _HIDDEN),
    "notebook_sparse": Twin("sparse_mnist", _dense(1)),
    "notebook_variational": Twin("variational_mnist", _dense(6), summed=1.0),
    "notebook_variational_deviation": Twin(
        "variational_deviation_mnist", _dense(6), summed=1.0
    ),
    "notebook_classifier": _CLASSIFIER,
    # The same graph with other initial weights.
    "notebook_pretrained_classifier": _CLASSIFIER,
    "examples_autoencoder": Twin("sigmoid_normal_mnist", _weights_first(4)),
    "examples_variational": Twin("variational_tanh_mnist", _weights_first(5)),
    "tutorials_convolutional": Twin(
        "convolutional_tied_mnist", _variables(9), summed=1.0
    ),
    "course_convolutional": Twin(
        "convolutional_resized_mnist",
        _layers("conv2d", *(f"conv2d_{index}" for index in range(1, 7))),
    ),
    "boltzmann_machine": Twin(
        "boltzmann_single_mnist",
        ("weights", "hidden_bias", "visible_bias"),
        draws="units",
        compared="reconstruction",
    ),
    "adversarial_autoencoder": Twin(
        "adversarial_turns_mnist",
        _scoped(("encoder", "decoder", "discriminator"), 2),
        draws="codes",
    ),
}


def recipe_of(program):
    """The recipe of a program's twin, with the twin's `settings` applied."""
    from tfae import recipes
    from tfae.recipes import building

    twin = TWINS[program]
    return building.override(recipes.get(twin.recipe), twin.settings)


def example_shape(recipe, features):
    """Shape of the twin's inputs for a vector of features: a vector or a square image.

    Raises:
        ValueError: If the recipe takes images, and the features are not a square image.
    """
    if not recipe.keep_shape:
        return (features,)
    side = math.isqrt(features)
    if side**2 != features:
        raise ValueError(
            f"{recipe.name} takes square images. Received: {features} features"
        )
    return (side, side, 1)


def build(program, recipe, shape):
    """The untrained, uncompiled twin of a program, built from `recipe`.

    Args:
        program: Name of a legacy program.
        recipe: Recipe from `recipe_of`, possibly modified.
        shape: Shape of an example.

    Returns:
        The recipe's model, or a classifier on its encoder.
    """
    from tfae import fine_tuning
    from tfae.recipes import building

    twin = TWINS[program]
    model = building.build(recipe, shape)
    if twin.classes:
        model = fine_tuning.classifier(model, twin.classes, **twin.head)
    return model


def compile_model(program, model, recipe, steps=1):
    """Compiles the twin of a program with `recipe`; an epoch has `steps` steps."""
    from tfae.recipes import building

    options = {}
    if TWINS[program].classes:
        options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    building.compile_model(model, recipe, steps, **options)
    if getattr(model, "optimizer_names", ()):
        model.build_optimizers()  # else a saved model lacks their variables


def weights(program, model):
    """Weights of the twin of a program, in the order of the twin's `variables`."""
    last = model.head if TWINS[program].classes else model.decoder
    return weights_of(model.encoder, last, *getattr(model, "discriminators", ()))


def weights_of(*networks):
    """Weights of networks without duplicates: two networks may share a tied kernel."""
    found = [weight for network in networks for weight in network.weights]
    return list({id(one): one for one in found}.values())
