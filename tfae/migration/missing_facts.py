"""Facts that a user must give, since a checkpoint without a graph lacks them."""


def check(
    stored,
    activation=None,
    output_activation=None,
    classifier=None,
    image_shape=None,
    strides=None,
    epsilon=None,
):
    """Raises a `ValueError` that lists all missing facts.

    Args:
        stored: The `stored_variables.Stored` of the checkpoint.
        activation: As for `stacks.build`.
        output_activation: As for `stacks.build`.
        classifier: As for `stacks.build`.
        image_shape: As for `stacks.build`.
        strides: As for `stacks.build`.
        epsilon: As for `stacks.build`.
    """
    several = isinstance(activation, (list, tuple))
    images = any(stored.arrays[name].ndim == 4 for name in stored.kernels)
    ends = several or classifier or output_activation is not None
    missing = {
        'the activation of hidden layers, such as activation="relu"': (
            activation is None
        ),
        'the activation of the outputs, such as output_activation="sigmoid"': not ends,
        "the shape of an image, such as image_shape=(28, 28, 1)": (
            images and image_shape is None
        ),
        "the strides of convolutions, one for all or a list, such as strides=2": (
            images and strides is None
        ),
        "the number that batch normalization adds to variances, such as epsilon=0.001, "
        "the default of tf.layers": stored.norms and epsilon is None,
    }
    missing = [words for words, is_missing in missing.items() if is_missing]
    if missing:
        raise ValueError(
            "The checkpoint has no graph, and so these facts are unknown. Give "
            f"{'; '.join(missing)}."
        )
