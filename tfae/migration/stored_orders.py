"""Orders of the layers of a checkpoint that fit their shapes and names."""

import itertools
from typing import NamedTuple

from tfae.migration import stored_names
from tfae.migration.stored_layers import place

MOST = 100_000  # limit of tries in the search for an order
LISTED = 4  # candidates in a message


class TooManyError(ValueError):
    """The search exceeded its limit of orders."""


class Geometry(NamedTuple):
    """Properties of convolutions that kernels do not determine.

    Attributes:
        image_shape: Shape of an example, or `None` without convolutions.
        strides: List of one stride per convolution.
        paddings: List of the possible paddings of each convolution.
        transposed: Names of the kernels of transposed convolutions, or `None`.
    """

    image_shape: tuple | None
    strides: list
    paddings: list
    transposed: list | None


class Form(NamedTuple):
    """Structure of the layers of a kind of model.

    Attributes:
        closed: Whether outputs have the shape of the inputs, as in an autoencoder.
        heads: Whether two layers of one shape are the heads of a Gaussian code.
        transposed: Whether there may be transposed convolutions.
        ends_dense: Whether the last layer is dense.
    """

    closed: bool
    heads: bool = False
    transposed: bool = True
    ends_dense: bool = False


def families(name, shape, geometry, out=None):
    """Possible layer types of a kernel; `out` is the size of its bias, if known."""
    if len(shape) == 2:
        return ["dense"]
    told = stored_names.is_transposed(name)
    if geometry.transposed is not None:
        told = name in geometry.transposed
    both = {"convolution": shape[3], "transposed": shape[2]}
    if told is not None:
        return ["transposed" if told else "convolution"]
    return [family for family, size in both.items() if out in (None, size)]


class Search:
    """Lazy iteration over all orders of kernels that fit.

    Args:
        shapes: Dict from names of kernels to shapes.
        choices: Dict from names of kernels to results of `families`.
        form: `Form`.
        geometry: `Geometry`.
        heads: Names of the kernels that may be heads, in pairs.
    """

    def __init__(self, shapes, choices, form, geometry, heads=()):
        self.shapes, self.choices = shapes, choices
        self.form, self.geometry = form, geometry
        self.heads = heads if form.heads else ()
        self.error = None  # of the longest order that does not fit
        self._depth = -1
        self._tries = 0

    def orders(self, before):
        """Lists of layers.

        Args:
            before: Dict from names of kernels to the set of preceding ones.
        """
        if self.geometry.image_shape is not None:
            starts = [self.geometry.image_shape]
        else:
            starts = dict.fromkeys((shape[0],) for shape in self.shapes.values())
        for start in starts:
            yield from self._from([], [start], frozenset(self.shapes), before)

    def _from(self, layers, shapes, rest, before):
        done = not self.heads or any(layer.is_head for layer in layers)
        if not rest:
            if done and self._ends(shapes, layers):
                yield list(layers)
            return
        for name in self.shapes:
            if name in rest and not before[name] & rest:
                for layer in self._places(name, layers, shapes):
                    after = [*shapes, layer.after]
                    yield from self._from(
                        [*layers, layer], after, rest - {name}, before
                    )
        for pair in () if done else self.heads:
            both = set(pair)
            waiting = (before[pair[0]] | before[pair[1]]) - both
            if both <= rest and not waiting & rest:
                yield from self._pair(pair, layers, shapes, rest - both, before)

    def _pair(self, pair, layers, shapes, rest, before):
        for first in self._places(pair[0], layers, shapes):
            for second in self._places(pair[1], [*layers, first], shapes):
                if second.after == first.after and second.family == first.family:
                    heads = [
                        first._replace(is_head=True),
                        second._replace(is_head=True),
                    ]
                    after = [*shapes, first.after]
                    yield from self._from([*layers, *heads], after, rest, before)

    def _places(self, name, layers, shapes):
        """Possible layers of a kernel after others, for each family and padding."""
        self._tries += 1
        if self._tries > MOST:
            raise TooManyError(
                f"The order of {len(self.shapes)} layers is unknown. Give the "
                "names of the kernels in layer order: `order`."
            )
        done = sum(layer.family != "dense" for layer in layers)
        for family in self.choices[name]:
            if family == "transposed" and not (layers and self.form.transposed):
                continue
            stride, paddings = None, [None]
            if family != "dense":
                stride = self.geometry.strides[done]
                paddings = self.geometry.paddings[done]
                if self.shapes[name][:2] == (1, 1):  # both are equal
                    paddings = paddings[:1]
            for padding in paddings:
                try:
                    yield place(
                        name, self.shapes[name], family, stride, padding, shapes
                    )
                except ValueError as error:
                    self._remember(error, len(layers))

    def _ends(self, shapes, layers):
        if self.form.ends_dense and layers[-1].family != "dense":
            return False
        if layers[-1].is_head:  # there is no decoder
            return False
        if not self.form.closed or shapes[-1] == shapes[0]:
            return True
        remedy = "This is not an autoencoder."
        if self.geometry.image_shape is not None:
            remedy = "Give other `strides`, `padding` or `image_shape`."
        error = ValueError(
            f"The layers turn examples of shape {shapes[0]} into outputs of shape "
            f"{shapes[-1]}. {remedy}"
        )
        self._remember(error, len(layers))
        return False

    def _remember(self, error, depth):
        if depth > self._depth:
            self.error, self._depth = error, depth


def by_names(names):
    """Orders suggested by names: dicts from each name to the set of preceding names.

    There are several if the layers of a decoder may be numbered from either end.
    """
    groups = {}
    for name in names:
        groups.setdefault(
            (stored_names.rank(name), stored_names.template(name)[0]), []
        ).append(name)
    choices = []
    for group in groups.values():
        number = {name: stored_names.template(name)[1] for name in group}
        upward = {
            name: {one for one in group if number[one] < number[name]} for name in group
        }
        decoding = any(
            stored_names.role(name) == "decoder" or stored_names.is_transposed(name)
            for name in group
        )
        ways = [upward]
        if decoding and not stored_names.is_numbered_by_tensorflow(group):
            ways.append(
                {
                    name: {one for one in group if number[one] > number[name]}
                    for name in group
                }
            )
        choices.append(ways if len(group) > 1 else ways[:1])
    ranks = {name: stored_names.rank(name) for name in names}
    found = []
    for way in itertools.product(*choices):
        own = {name: before for group in way for name, before in group.items()}
        found.append(
            {
                name: own[name] | {one for one in names if ranks[one] < ranks[name]}
                for name in names
            }
        )
    return found


def by_list(order):
    """The same for a list of names, in which a pair may stand for two heads."""
    before, done = {}, set()
    for one in order:
        several = [one] if isinstance(one, str) else one
        before |= {name: set(done) for name in several}
        done |= set(several)
    return before
