"""Positions of the batch normalizations of a checkpoint in its stack."""

import math

import keras

from tfae.migration import stored_names

NORMALIZATIONS = ("before", "after")
# Lowest and highest value of an activation, if bounded.
_RANGES = {
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "softplus": (0, math.inf),
    "exponential": (0, math.inf),
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "softsign": (-1, 1),
    "elu": (-1, math.inf),
    "selu": (-1.7581, math.inf),
}


def placed(norms, layers, sizes, taken, scopes=None):
    """The unique assignment of normalizations: a `Norm` or `None` for each layer.

    Args:
        norms: List of `Norm`, in the order of their names.
        layers: Layers of the encoder and the decoder.
        sizes: List of the output channels of each place.
        taken: Number of channels of the examples, which may also be normalized.
        scopes: List of the scope at each place, `None` for a place without; or `None`.

    Raises:
        ValueError: If there are several assignments, or none.
    """
    if scopes is not None:
        return _listed(norms, sizes, scopes)
    if not norms:
        return [None] * len(sizes)
    kernels = [layer.kernel for layer in layers]
    named = [_by_names(norm, kernels) for norm in norms]
    # Place 0 is before the first layer.
    choices = [
        [0] * (norm.size == taken and one is None)
        + [
            index
            for index, size in enumerate(sizes, start=1)
            if size == norm.size and (one is None or index == one + 1)
        ]
        for norm, one in zip(norms, named, strict=True)
    ]
    choices = [
        [index for index in several if _is_of_role(norm, index, kernels)]
        for norm, several in zip(norms, choices, strict=True)
    ]
    found = _ways(norms, choices)
    if len(found) != 1 or 0 in found[0]:
        many = "There are several places" if len(found) > 1 else "There is no place"
        raise ValueError(
            f"{many} after the layers for the batch normalizations "
            f"{', '.join(f'{norm.scope} ({norm.size})' for norm in norms)}. Layers: "
            f"{', '.join(kernels)}. Give the scopes in the order of the layers, with "
            "None for a layer without: `norm_scopes`."
        )
    result = [None] * len(sizes)
    for norm, index in zip(norms, found[0], strict=True):
        result[index - 1] = norm
    return result


def _listed(norms, sizes, scopes):
    """Normalizations in the order of the listed scopes."""
    known = {norm.scope: norm for norm in norms}
    named = [scope for scope in scopes if scope is not None]
    wanted = f"the scopes of batch normalizations ({', '.join(known) or 'none'})"
    if (
        sorted(map(str, named)) != sorted(known)
        or len(scopes) != len(sizes)
        or any(
            scope is not None and known[scope].size != size
            for scope, size in zip(scopes, sizes, strict=True)
        )
    ):
        raise ValueError(
            f"`norm_scopes` must be a list of {wanted} after layers of "
            f"{', '.join(map(str, sizes))} channels, with None for a layer without. "
            f"Received: norm_scopes={scopes}"
        )
    return [known.get(scope) for scope in scopes]


def _by_names(norm, kernels):
    """Index of the layer after which a normalization is named, or `None`."""
    scopes = [kernel.rpartition("/")[0] for kernel in kernels]
    inside = [
        index
        for index, scope in enumerate(scopes)
        if scope
        and scopes.count(scope) == 1
        and f"{norm.scope}/".startswith(f"{scope}/")
        and not any(_is_below(other, scope) for other in scopes)
    ]
    if len(inside) == 1:
        return inside[0]
    return None


def _is_below(other, scope):
    return other != scope and other.startswith(f"{scope}/")


def _is_of_role(norm, index, kernels):
    """Whether a normalization named after an encoder follows one of its layers."""
    role = stored_names.role(norm.scope)
    if not 0 < index <= len(kernels):
        return True
    of_layer = stored_names.role(kernels[index - 1])
    return None in (role, of_layer) or role == of_layer


def _ways(norms, choices):
    """At most two assignments of places, in the order of the numbers in the names."""
    ordered = [stored_names.template(norm.scope) for norm in norms]
    scopes = [norm.scope for norm in norms]
    for index, scope in enumerate(scopes):
        alike = [
            one for one, (base, _) in zip(scopes, ordered, strict=True)
            if base == ordered[index][0]
        ]  # fmt: skip
        either = stored_names.role(scope) == "decoder"
        if either and not stored_names.is_numbered_by_tensorflow(alike):
            ordered[index] = (scope, ordered[index][1])  # unlike all others
    found = []

    def go(index, way):
        if len(found) > 1:
            return
        if index == len(norms):
            found.append(way)
            return
        for place in choices[index]:
            follows = all(
                place != other
                and (
                    base != ordered[index][0]
                    or (numbers < ordered[index][1]) == (other < place)
                )
                for (base, numbers), other in zip(ordered, way, strict=False)
            )
            if follows:
                go(index + 1, [*way, place])

    go(0, [])
    return found


def come_after(norms, activations, arrays, told=None):
    """Whether normalizations come after the activations of their layers, or before.

    An activation bounds its outputs, and therefore their moving mean: a mean outside
    these bounds was computed before the activation. A program treats all layers
    equally.

    Args:
        norms: `Norm` or `None` of each layer.
        activations: Activation of each layer.
        arrays: Dict from names to arrays.
        told: `"before"`, `"after"` or `None`.

    Raises:
        ValueError: If `told` is `None` and both are possible.
    """
    if told is not None:
        return told == "after"
    open_ = []
    for norm, activation in zip(norms, activations, strict=True):
        activation = keras.activations.get(activation)
        if norm is None or activation is keras.activations.linear:
            continue
        low, high = _RANGES.get(activation.__name__, (-math.inf, math.inf))
        means = arrays[norm.names["moving_mean"]]
        if means.min() < low - 1e-6 or means.max() > high + 1e-6:
            return False
        open_.append(f"{norm.scope} and {activation.__name__}")
    if open_:
        raise ValueError(
            "Batch normalization may come before or after the activation of its "
            f"layer: {', '.join(open_)}. Give one: "
            'normalization="before" or normalization="after".'
        )
    return False
