"""Stacks of dense and convolutional layers, from the shapes of a checkpoint alone."""

import itertools
import math

import keras

from tfae.arguments import is_integer
from tfae.migration import stored_layers
from tfae.models import Autoencoder


def build(
    arrays,
    activation=None,
    output_activation=None,
    code_activation=None,
    image_shape=None,
    strides=2,
    padding="same",
):
    """An autoencoder whose layers are those of a checkpoint.

    Layers are ordered by their names within each kind (by the numbers in them, an
    encoder's before a decoder's) and by their shapes between the kinds. The code is the
    narrowest of what the layers give, the first such. Transposed convolutions are told
    by `transpose` or `deconv` in their names. What has no variables, such as pooling,
    leaves no trace in a checkpoint, and is not rebuilt.

    Args:
        arrays: Dict from names of variables to arrays: a kernel and a bias a layer.
        activation: Activation of the hidden layers, which no checkpoint tells.
        output_activation: Activation of the last layer.
        code_activation: Activation of the code. Defaults to `activation`.
        image_shape: `(height, width, channels)` of an example, where there are
            convolutions.
        strides: Integer, of each convolution, or a list of one for each.
        padding: `"same"` or `"valid"`, of each convolution.

    Returns:
        Pair of a compiled `tfae.Autoencoder` and the names of the variables in the
        order of its weights.

    Raises:
        ValueError: If the activations are not given, or there is no order of the layers
            in which their shapes follow one another, or more than one.
    """
    if activation is None or output_activation is None:
        raise ValueError(
            "A checkpoint does not tell activations. Give those of the hidden layers "
            'and of the outputs, such as activation="relu" and '
            'output_activation="sigmoid".'
        )
    for name, chosen in (
        ("activation", activation),
        ("output_activation", output_activation),
        ("code_activation", code_activation),
    ):
        try:
            keras.activations.get(chosen)
        except ValueError as error:
            raise ValueError(
                "Activations must be names that Keras knows, such as relu. Received: "
                f"{name}={chosen!r}"
            ) from error
    if padding not in ("same", "valid"):
        raise ValueError(f"`padding` must be same or valid. Received: {padding!r}")
    layers = stored_layers.find(arrays)
    if len(layers) < 2:
        raise ValueError(
            f"An autoencoder has two layers at least. Received: {layers[0].kernel}"
        )
    count = sum(layer.family != "dense" for layer in layers)
    if not count and image_shape is not None:
        raise ValueError(
            "There are no convolutions, which `image_shape` is for. Leave it out."
        )
    steps = strides if isinstance(strides, (list, tuple)) else [strides] * count
    if len(steps) != count or not all(is_integer(one) and one > 0 for one in steps):
        raise ValueError(
            f"`strides` must be one positive integer, or one for each of {count} "
            "convolutions. "
            f"Received: strides={strides!r}"
        )
    if count and (image_shape is None or len(image_shape) != 3):
        raise ValueError(
            "A checkpoint with convolutions does not tell the size of images. Give it, "
            f"such as image_shape=(28, 28, 1). Received: image_shape={image_shape!r}"
        )
    layers, made, shapes = _order(layers, image_shape, steps, padding)
    sizes = [math.prod(one) for one in shapes[1:-1]]
    code = sizes.index(min(sizes)) + 1
    for index, several in enumerate(made, start=1):
        chosen = activation
        if index == code:
            chosen = code_activation or activation
        if index == len(made):
            chosen = output_activation
        several[-1].activation = keras.activations.get(chosen)
    model = Autoencoder(
        keras.Sequential(
            [keras.Input(shapes[0]), *itertools.chain(*made[:code])], name="encoder"
        ),
        keras.Sequential(
            [keras.Input(shapes[code]), *itertools.chain(*made[code:])], name="decoder"
        ),
    )
    model.build((None, *shapes[0]))
    model.compile("adam", "mse")
    return model, [name for layer in layers for name in (layer.kernel, layer.bias)]


def _order(layers, image_shape, strides, padding):
    """The one order in which layers fit: it, Keras layers for each, shapes between."""
    families = [
        [layer for layer in layers if layer.family == family]
        for family in ("convolution", "dense", "transposed")
    ]
    orders = list(_merges([one for one in families if one], None))
    described = ", ".join(f"{layer.kernel} {layer.shape}" for layer in layers)
    if not orders:
        raise ValueError(
            "There is no order of these layers in which each takes what the one before "
            f"it gives: {described}. If two of them are the heads of a variational "
            'autoencoder, say which it is: program="notebook_variational" where the '
            'second gives log σ², program="notebook_variational_deviation" where it '
            "gives σ."
        )
    fitting, errors = [], []
    for order in orders:
        try:
            fitting.append((order, *_fit(order, image_shape, strides, padding)))
        except ValueError as error:
            errors.append(error)
    if not fitting:
        raise errors[0]  # of the order without a dense layer between convolutions
    if len(fitting) > 1:
        ways = [", ".join(layer.kernel for layer in order) for order, _, _ in fitting]
        raise ValueError(
            f"There are several orders of these layers: {described}. They could be "
            f"{'; or '.join(ways)}. Build the model and assign its weights."
        )
    return fitting[0]


def _fit(order, image_shape, strides, padding):
    """Keras layers for each of `order`, and the shapes before and after them."""
    images = any(layer.family != "dense" for layer in order)
    shapes = [tuple(image_shape) if images else (order[0].ends[0],)]
    made, steps = [], iter(strides)
    for layer in order:
        several = _make(layer, shapes, steps, padding)
        shape = (None, *shapes[-1])
        for one in several:
            if isinstance(one, keras.layers.Dense) and shape[1:] != layer.ends[:1]:
                raise ValueError(
                    f"{layer.kernel} {layer.shape} cannot take {shape[1]} values. Give "
                    "other `strides`, `padding` or `image_shape`."
                )
            shape = one.compute_output_shape(shape)
        made.append(several)
        shapes.append(tuple(shape[1:]))
    if shapes[-1] != shapes[0]:
        remedy = (
            'It is no autoencoder. For a classifier, use program="notebook_classifier".'
        )
        if images:
            remedy = "Give other `strides`, `padding` or `image_shape`."
        raise ValueError(
            f"The layers make {shapes[-1]} of examples of shape {shapes[0]}. {remedy}"
        )
    return made, shapes


def _merges(families, before):
    """Orders of all layers that keep each family's own and fit one another."""
    if not any(families):
        yield []
        return
    for index, family in enumerate(families):
        if family and _follows(before, family[0]):
            rest = [*families]
            rest[index] = family[1:]
            for order in _merges(rest, family[0]):
                yield [family[0], *order]


def _follows(before, layer):
    if before is None:
        return layer.family != "transposed"
    given, taken = before.ends[1], layer.ends[0]
    if (before.family == "dense") == (layer.family == "dense"):
        return given == taken
    # Flattened, or folded back: as many channels at each of several places.
    dense, other = (given, taken) if before.family == "dense" else (taken, given)
    return dense % other == 0


def _make(layer, shapes, steps, padding):
    """Keras layers for one of a checkpoint, after examples of the last of `shapes`."""
    shape, units = shapes[-1], layer.ends[1]
    if layer.family == "dense":
        flat = [keras.layers.Flatten()] if len(shape) > 1 else []
        return [*flat, keras.layers.Dense(units)]
    folded = []
    if len(shape) == 1:
        # Back to the places of the convolutions' last outputs.
        places = [one[:2] for one in shapes if len(one) == 3]
        fits = [
            (*place, layer.ends[0])
            for place in reversed(places)
            if math.prod(place) * layer.ends[0] == shape[0]
        ]
        if not fits:
            raise ValueError(
                f"{layer.kernel} {layer.shape} cannot follow {shape[0]} values, which "
                f"are not as many channels at any of the sizes {places}. Give other "
                "`strides`, `padding` or `image_shape`."
            )
        folded = [keras.layers.Reshape(fits[0])]
    kind = keras.layers.Conv2D
    if layer.family == "transposed":
        kind = keras.layers.Conv2DTranspose
    made = kind(units, layer.shape[:2], next(steps), padding)
    return [*folded, made]
