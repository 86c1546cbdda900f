"""Names of activations, losses and others of Keras, known without loading it."""

import sys

from tfae.arguments import shortened
from tfae.suggestions import did_you_mean

ACTIVATIONS = (
    *("celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid"),
    *("hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid"),
    *("log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink"),
    *("softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax"),
    *("squareplus", "swish", "tanh", "tanh_shrink", "threshold"),
)
INITIALIZERS = (
    *("fan_in", "glorot_normal", "glorot_uniform", "he_normal"),
    *("he_uniform", "identity", "IdentityInitializer", "lecun_normal"),
    *("lecun_uniform", "normal", "one", "ones", "orthogonal", "OrthogonalInitializer"),
    *("random_normal", "random_uniform", "stft", "STFTInitializer"),
    *("truncated_normal", "uniform", "variance_scaling", "zero", "zeros"),
)
REGULARIZERS = ("l1", "l1l2", "l2", "orthogonal_regularizer")
LOSSES = (
    *("bce", "binary_crossentropy", "binary_focal_crossentropy"),
    *("categorical_crossentropy", "categorical_focal_crossentropy"),
    *("categorical_hinge", "circle", "cosine_similarity", "ctc", "dice", "hinge"),
    *("huber", "kl_divergence", "kld", "log_cosh", "mae", "mape"),
    *("mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error"),
    *("mean_squared_logarithmic_error", "mse", "msle", "poisson"),
    *("sparse_categorical_crossentropy", "squared_hinge", "tversky"),
    # Of this package.
    *("MultinomialCrossentropy", "SummedBinaryCrossentropy", "SummedSquaredError"),
)
OPTIMIZERS = (
    *("adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "ftrl", "lion"),
    *("muon", "nadam", "rmsprop", "schedulefreeadamw", "sgd"),
)
# By the type hint of an argument, or the field of a recipe: what it is, and its names.
KINDS = {
    "Activation": ("an activation", ACTIVATIONS),
    "Initializer": ("an initializer", INITIALIZERS),
    "Regularizer": ("a regularizer", REGULARIZERS),
    "loss": ("a loss", LOSSES),
    "optimizer": ("an optimizer", OPTIMIZERS),
}


def check(kind, **values):
    """Raises `ValueError` for a text that is no name of this kind.

    Values other than texts pass: Keras takes dicts for some, and refuses the others.

    Args:
        kind: Key of `KINDS`.
        **values: Values by the names of their settings.
    """
    what, names = KINDS[kind]
    known = {_plain(one) for one in (*names, *_registered())}
    for name, value in values.items():
        # A name with a package is that of a registered class.
        if isinstance(value, str) and ">" not in value and _plain(value) not in known:
            raise ValueError(
                f"`{name}` must be the name of {what}, such as {names[0]}. Received: "
                f"{name}={shortened(value)}.{did_you_mean(value, names)}"
            )


def _registered():
    """Names of objects that the user has registered."""
    loaded = sys.modules.get("keras")
    return loaded.saving.get_custom_objects() if loaded else ()


def _plain(name):
    """`MeanSquaredError` and `mean_squared_error` are one."""
    return name.replace("_", "").lower()
