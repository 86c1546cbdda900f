"""The kind of model to which the variables of a checkpoint belong."""

from tfae.migration import stored_names, stored_orders
from tfae.migration.stored_fits import HEADS, PLAIN, NoOrderError, described, fits

REMEDIES = {
    "tied": "tied=True if the decoder uses the transposed kernels of the encoder",
    "rbm": "rbm=True for a restricted Boltzmann machine",
    "variational": 'variational="log_variance", "log_deviation", "deviation" or '
    '"softplus" (the output of the second head) if two layers are the heads of a '
    "Gaussian code",
    "classifier": "classifier=True for a classifier (of the notebook, "
    'program="notebook_classifier")',
}


def decide(given, stated, excluded):
    """The kind of the model, and its unique `Fit`.

    Args:
        given: `Given`.
        stated: Name of a kind, or `None`.
        excluded: Names of the kinds that the user has excluded.

    Raises:
        ValueError: If several kinds fit, or none.
    """
    kernels = given.stored.kernels
    if stated == "rbm" and (len(kernels) > 1 or len(given.stored.biases) != 2):
        raise ValueError(
            "A restricted Boltzmann machine has one kernel, a bias of its hidden units "
            f"and a bias of its visible units. Received: {described(given)}"
        )
    if stated is not None:
        found, error = fits(given, stated)
        if not found:
            raise error
        return stated, _only(found, given)
    found, error = fits(given, PLAIN)
    others = [
        kind
        for kind in REMEDIES
        if kind not in excluded and _may_be(kind, given, bool(found))
    ]
    remedies = "; ".join(REMEDIES[kind] for kind in others)
    if found and others:
        ways = " and ".join(f"{kind}=False" for kind in others)
        raise ValueError(
            f"These variables fit a plain stack of layers and another kind of model: "
            f"{described(given)}. Give {remedies}. Otherwise give {ways}."
        )
    if found:
        return PLAIN, _only(found, given)
    if len(kernels) == 1:
        raise ValueError(
            "An autoencoder has at least two layers, or one whose kernel is used "
            f"twice. Received: {described(given)}. Give {remedies or 'its graph'}."
        )
    if others:
        raise ValueError(
            "The kernels do not form an encoder and a decoder with separate kernels: "
            f"{described(given)}. Give {remedies}. {HEADS}{_why_not_plain(error)}"
        )
    raise error


def _why_not_plain(error):
    if isinstance(error, NoOrderError):
        return ""
    return f" Or, for a plain stack: {error}"


def _may_be(kind, given, is_plain):
    """Whether a kind fits and, if a plain stack fits too, is equally plausible."""
    stored, kernels = given.stored, given.stored.kernels
    if kind == "rbm" and (len(kernels) > 1 or len(stored.biases) != 2):
        return False
    if is_plain:
        decoding = any(stored_names.role(name) == "decoder" for name in kernels)
        alike = {"tied": not stored.biases and not decoding, "variational": True}
        if not alike.get(kind):
            return False
    try:
        return any(
            fits(given._replace(biases=biases), kind, told=False)[0]
            for biases in (None, given.biases)
        )
    except stored_orders.TooManyError:
        return True


def _only(found, given):
    """The unique `Fit`, with a unique pairing of biases and layers."""
    if len(found) > 1:
        candidates = [", ".join(one.described for one in fit.layers) for fit in found]
        orders = {tuple(one.kernel for one in fit.layers) for fit in found}
        kinds = {tuple(one.family for one in fit.layers) for fit in found}
        paddings = {tuple(one.padding for one in fit.layers) for fit in found}
        heads = {
            tuple(one.kernel for one in fit.layers if one.is_head) for fit in found
        }
        remedies = []
        if len(orders) > 1 or len(heads) > 1:
            remedies = ["Give the names of the kernels in layer order: `order`."]
        if len(heads) > 1:
            remedies += ["Put the two heads in a nested list."]
        if len(kinds) > 1 and len(orders) == 1:
            remedies += ["Give the kernels of transposed convolutions: `transposed`."]
        if len(paddings) > 1:
            remedies += ["Give `padding`, one for all convolutions, or a list."]
        raise ValueError(
            f"These layers fit in several orders: {described(given)}. They "
            f"could be {'; or '.join(candidates)}. {' '.join(remedies)}"
        )
    if len(found[0].ways) > 1:
        ways = [", ".join(map(str, way)) for way in found[0].ways]
        raise ValueError(
            f"The biases fit the layers in several ways: {'; or '.join(ways)}. "
            "Give their names in the order of the layers: `biases`."
        )
    return found[0]


def mean_of(layers, given):
    """Name of the kernel of the mean head."""
    first, second = [layer.kernel for layer in layers if layer.is_head]
    told, named = [stored_names.head(first), stored_names.head(second)], None
    if told[0] != told[1]:
        named = first if told[0] == "mean" or told[1] == "scale" else second
    if given.order is not None:
        flat = [one for each in given.order for one in _several(each)]
        listed = min(first, second, key=flat.index)
        if named not in (None, listed):
            raise ValueError(
                "The mean head must come first in `order`. Received: "
                f"{listed} before {named}."
            )
        return listed
    if named is None:
        raise ValueError(
            f"The names {first} and {second} do not show which is the mean head. Give "
            "the names of the kernels in layer order, the mean head before the other: "
            "`order`."
        )
    return named


def _several(one):
    return [one] if isinstance(one, str) else one
