"""Checks of the arguments of `stacks.build`: facts that no checkpoint contains."""

import keras

from tfae.arguments import check_booleans, check_choice, check_positive, is_integer
from tfae.layers import SCALES
from tfae.migration.stored_norms import NORMALIZATIONS
from tfae.migration.stored_orders import Geometry

PADDINGS = ("same", "valid")


def check_activations(activation, output_activation, code_activation):
    """Raises `ValueError` if activations are unknown."""
    several = isinstance(activation, (list, tuple))
    if several and (output_activation, code_activation) != (None, None):
        raise ValueError(
            "A list of activations includes those of the code and the outputs. "
            f"Received: activation={list(activation)} with output_activation="
            f"{output_activation!r} and code_activation={code_activation!r}. Leave "
            "the latter two out."
        )
    for name, chosen in (
        *(("activation", one) for one in (activation if several else [activation])),
        ("output_activation", output_activation),
        ("code_activation", code_activation),
    ):
        try:
            keras.activations.get(chosen)
        except (ValueError, TypeError) as error:
            raise ValueError(
                "Activations must be names of Keras activations, such as relu. "
                f"Received: {name}={chosen!r}"
            ) from error


def activations(kind, layers, activation, output_activation, code_activation, code):
    """List of the activations of all places.

    Args:
        kind: Name of a kind of model.
        layers: List of `StoredLayer`.
        activation: As for `stacks.build`.
        output_activation: As for `stacks.build`.
        code_activation: As for `stacks.build`.
        code: Number of layers of the encoder.
    """
    count = len(layers) * (2 if kind in ("tied", "rbm") else 1)
    heads = [index for index, layer in enumerate(layers) if layer.is_head]
    if isinstance(activation, (list, tuple)):
        found = ["linear" if one is None else one for one in activation]
        if len(found) != count:
            raise ValueError(
                "`activation` must be one activation, or a list of one for each of "
                f"{count} layers. Received: {len(found)}, activation={list(activation)}"
            )
    else:
        found = [activation] * count
        if code_activation is not None:
            found[code - 1] = code_activation
        found[-1] = "softmax" if kind == "classifier" else output_activation
        for index in heads:
            found[index] = "linear"
    if kind == "classifier" and (
        not _is(found[-1], "softmax")
        or (output_activation is not None and not _is(output_activation, "softmax"))
    ):
        raise ValueError(
            "A classifier must end with softmax. Received: output_activation="
            f"{output_activation or found[-1]!r}. Leave out this or classifier=True."
        )
    if any(not _is(found[index], "linear") for index in heads):
        raise ValueError(
            "The heads of a variational autoencoder must be linear. Received: "
            f"activation={found}"
        )
    return found


def _is(activation, name):
    return keras.activations.get(activation) is keras.activations.get(name)


def kinds(tied, variational, classifier, rbm):
    """Name of the given kind or `None`, and names of the excluded kinds."""
    given = {"tied": tied, "classifier": classifier, "rbm": rbm}
    for name, value in given.items():
        if value is not None:
            check_booleans(**{name: value})
    if variational is not None and variational is not False:
        check_choice([*SCALES], variational=variational)
    given["variational"] = variational
    stated = [name for name, value in given.items() if value]
    if len(stated) > 1:
        raise ValueError(
            "A model has only one kind. Received: "
            f"{', '.join(f'{name}={given[name]!r}' for name in stated)}. Give one."
        )
    excluded = [name for name, value in given.items() if value in (False,)]
    return (stated or [None])[0], excluded


def geometry(kernels, image_shape, strides, padding, transposed):
    """`Geometry` of the convolutions among kernels, a dict from names to shapes."""
    named = [name for name, shape in kernels.items() if len(shape) == 4]
    count = len(named)
    if padding is not None and not isinstance(padding, (list, tuple)):
        padding = [padding] * max(count, 1)
    if padding is not None and (
        any(one not in PADDINGS for one in padding) or len(padding) != max(count, 1)
    ):
        raise ValueError(
            f"`padding` must be same or valid, or a list of {count} of them. Received: "
            f"padding={padding!r}"
        )
    if not count and image_shape is not None:
        raise ValueError(
            "`image_shape` is for convolutions, but there are none. Leave it out."
        )
    steps = strides if isinstance(strides, (list, tuple)) else [strides] * count
    wrong = strides is not None and not all(
        is_integer(one) and one > 0 for one in steps
    )
    if wrong or len(steps) != count:
        raise ValueError(
            f"`strides` must be one positive integer, or one for each of {count} "
            f"convolutions. Received: strides={strides!r}"
        )
    if count and not is_image_shape(image_shape):
        raise ValueError(
            "`image_shape` must be the height, width and channels of an image. "
            f"Received: image_shape={image_shape!r}"
        )
    strange = [name for name in transposed or () if name not in named]
    if strange:
        raise ValueError(
            "`transposed` must be names of convolution kernels. Received: "
            f"{', '.join(map(str, strange))}. Kernels: {', '.join(named) or 'none'}."
        )
    paddings = [PADDINGS] * count if padding is None else [[one] for one in padding]
    return Geometry(
        tuple(int(one) for one in image_shape) if count else None,
        [int(one) for one in steps] if count else [],
        paddings,
        None if transposed is None else list(transposed),
    )


def is_image_shape(shape):
    """Whether it is three positive integers."""
    several = isinstance(shape, (list, tuple)) and len(shape) == 3
    return several and all(is_integer(one) and one > 0 for one in shape)


def check_pooling(layers, pooling):
    """Raises `ValueError` if layers without variables may be between convolutions."""
    if pooling is not None:
        check_booleans(pooling=pooling)
    if pooling:
        raise ValueError(
            "A checkpoint does not record where examples are pooled or resized. "
            "Put the .meta file beside it, or build the model and assign its weights. "
            "Received: pooling=True"
        )
    images = [layer for layer in layers if layer.family != "dense"]
    resized = any(layer.after[:2] != layer.given[:2] for layer in images)
    if images and not resized and pooling is None:
        raise ValueError(
            "No convolution changes the size of images, so there may be pooling and "
            "resizing between them, which a checkpoint does not record. If there is "
            "none, give pooling=False. Otherwise put the .meta file beside the "
            "checkpoint, or build the model and assign its weights."
        )


def check_order(order, kernels, variational):
    """Checked `order`, a list of the names of all kernels; or `None`."""
    if order is None:
        return None
    flat, pairs = [], []
    for one in order if isinstance(order, (list, tuple)) else [order]:
        of_heads = isinstance(one, (list, tuple)) and len(one) == 2 and variational
        flat += one if of_heads else [one]
        pairs += [one] if of_heads else []
    if sorted(map(str, flat)) != sorted(kernels) or len(pairs) > 1:
        raise ValueError(
            "`order` must be a list of the names of all kernels. With `variational`, "
            "the two heads may be a nested list. Received: "
            f"order={order!r}. Kernels: {', '.join(kernels)}"
        )
    return list(order)


def check_biases(biases, stored, order, variational):
    """Checked `biases`, a list of the names of all biases and `None`; or `None`."""
    if biases is None:
        return None
    if variational and order is None:
        raise ValueError(
            "`biases` follow the order of the layers, which is ambiguous for a "
            f"variational autoencoder. Received: biases={biases!r}. Give `order`, too."
        )
    listed = list(biases) if isinstance(biases, (list, tuple)) else [biases]
    named = [one for one in listed if one is not None]
    if sorted(map(str, named)) != sorted(stored):
        raise ValueError(
            "`biases` must be a list of the names of all biases in the order of their "
            f"layers, with None for a layer without. Received: biases={biases!r}. "
            f"Biases: {', '.join(stored) or 'none'}"
        )
    return listed


def check_norms(epsilon, normalization, norm_scopes):
    """Raises `ValueError` if an argument of batch normalization is invalid."""
    if epsilon is not None:
        check_positive(epsilon=epsilon)
    if norm_scopes is not None and not isinstance(norm_scopes, (list, tuple)):
        raise ValueError(
            "`norm_scopes` must be a list of scopes and None. Received: "
            f"norm_scopes={norm_scopes!r}"
        )
    check_choice(NORMALIZATIONS, optional=True, normalization=normalization)
