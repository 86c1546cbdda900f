"""Possible orders of the layers of a checkpoint for a kind of model, with biases."""

import itertools
from typing import NamedTuple

from tfae.migration import stored_biases, stored_names, stored_orders
from tfae.migration.stored_orders import LISTED, Form, Search

PLAIN = "plain"
FORMS = {
    PLAIN: Form(closed=True),
    "tied": Form(closed=False, transposed=False),
    "rbm": Form(closed=False, transposed=False),
    "variational": Form(closed=True, heads=True),
    "classifier": Form(closed=False, ends_dense=True),
}
HEADS = (
    "If two layers are the heads of a variational autoencoder, give the output of the "
    'second: `variational`, or program="notebook_variational" for log σ², or '
    'program="notebook_variational_deviation" for σ.'
)


class NoOrderError(ValueError):
    """No order of the layers fits their shapes and names."""


class Fit(NamedTuple):
    """An order of the layers, and the possible pairings with biases."""

    layers: list
    ways: list


class Given(NamedTuple):
    """A checkpoint and the user's arguments.

    Attributes:
        stored: `stored_variables.Stored`.
        geometry: `stored_orders.Geometry`.
        order: List of names of kernels, with a pair for two heads, or `None`.
        biases: List of names of biases and `None`, one for each layer, or `None`.
    """

    stored: object
    geometry: object
    order: list | None
    biases: list | None


def fits(given, kind, told=True):
    """List of some possible `Fit`s, and the error if there are none.

    Args:
        given: `Given`.
        kind: Name of a kind.
        told: Boolean, whether the user gave the kind.
    """
    stored, geometry = given.stored, given.geometry
    decoding = [one for one in stored.kernels if stored_names.role(one) == "decoder"]
    if kind in ("tied", "rbm") and decoding:
        error = ValueError(
            "A tied stack has only the kernels of its encoder. Received: "
            f"{', '.join(decoding)}, which may be stored transposed. Build the model "
            "and assign its weights."
        )
        return [], error
    shapes = {name: stored.arrays[name].shape for name in stored.kernels}
    sizes = {name: len(stored.arrays[name]) for name in stored.biases}
    form = FORMS[kind]
    try:
        out = {} if form in (FORMS["tied"], FORMS["rbm"]) else _outs(given, shapes)
    except ValueError as error:
        return [], error
    choices = {
        name: stored_orders.families(name, shape, geometry, out.get(name))
        for name, shape in shapes.items()
    }
    if not form.transposed:
        choices = {
            name: ["dense" if len(shape) == 2 else "convolution"]
            for name, shape in shapes.items()
        }
    heads = _heads(shapes, given.order, told) if form.heads else ()
    if form.heads and not heads:
        return [], _no_order(given)
    search = Search(shapes, choices, form, geometry, heads)
    orders = (
        [stored_orders.by_list(given.order)]
        if given.order
        else stored_orders.by_names(stored.kernels)
    )
    found, error, seen = [], None, set()
    for before in orders:
        for layers in itertools.islice(search.orders(before), LISTED):
            key = tuple(one.described for one in layers)
            if key in seen:
                continue
            seen.add(key)
            try:
                ways = _ways(kind, layers, stored.biases, sizes, given.biases)
            except ValueError as wrong:
                ways, error = [], wrong
            if ways:
                found.append(Fit(layers, ways))
    if seen and not found:
        error = error or _no_biases(given)
    if not found and error is None:
        of_images = geometry.image_shape is not None
        error = (of_images and search.error) or _no_order(given)
    return found, error


def _outs(given, shapes):
    """Dict from kernels to the sizes of the biases with matching names."""
    biases = given.stored.biases
    if given.biases is not None:
        return {}
    sizes = {name: len(given.stored.arrays[name]) for name in biases}
    may = {
        name: {shape[-1]} if len(shape) == 2 else set(shape[2:])
        for name, shape in shapes.items()
    }
    pairs = stored_biases.pairs_by_names(list(shapes), biases, sizes | may)
    return {kernel: sizes[bias] for bias, kernel in pairs.items()}


def _ways(kind, layers, biases, sizes, listed):
    tied = kind in ("tied", "rbm")
    count = 2 * len(layers) if tied else len(layers)
    if listed is None:
        of_kind = stored_biases.of_tied if tied else stored_biases.of_plain
        return of_kind(layers, biases, sizes)
    wide = [layer.channels for layer in layers]
    wide += [layer.given[-1] for layer in reversed(layers)] if tied else []
    if len(listed) != count or any(
        bias is not None and sizes[bias] != size
        for bias, size in zip(listed, wide, strict=False)
    ):
        raise ValueError(
            f"`biases` must be the names of biases of {', '.join(map(str, wide))} "
            "values in the order of the layers, with None for a layer without a bias. "
            f"Received: biases={listed}"
        )
    return [listed]


def _heads(shapes, order, told):
    """Pairs of kernels that may be the heads of a Gaussian code."""
    for one in order or ():
        if not isinstance(one, str):
            return [tuple(one)]
    names = list(order or shapes)
    pairs = [
        pair
        for pair in itertools.combinations(names, 2)
        if shapes[pair[0]] == shapes[pair[1]]
        and _are_of_one_role(*pair)
        and (not order or names.index(pair[1]) - names.index(pair[0]) == 1)
    ]
    worded = {name for name in names if stored_names.head(name)}
    if worded:
        both = [pair for pair in pairs if set(pair) <= worded]
        one = [pair for pair in pairs if set(pair) & worded]
        return both or one or (pairs if told else [])
    return pairs


def _are_of_one_role(first, second):
    roles = {stored_names.role(first), stored_names.role(second)}
    return None in roles or len(roles) == 1


def described(given):
    arrays = given.stored.arrays
    names = [*given.stored.kernels, *given.stored.biases]
    return ", ".join(f"{name} {arrays[name].shape}" for name in names)


def _no_order(given):
    return NoOrderError(
        "There is no order of these layers that fits their names and in which each "
        f"layer takes the output of the one before it: {described(given)}. If the "
        f"names are not in the order of the layers, give it: `order`. {HEADS}"
    )


def _no_biases(given):
    return ValueError(
        "The sizes and names of the biases do not fit the layers, whose kernels may be "
        f"stored transposed: {described(given)}. Give the names of the biases in the "
        "order of the layers: `biases`."
    )
