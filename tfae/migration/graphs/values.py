"""What a tensor of a TF1 graph can be of the graph's input, as data."""

import dataclasses
import math

import numpy as np

WEIGHTED = ("dense", "convolution", "transposed", "depthwise")


class UnreadableError(ValueError):
    """An operation that a graph has on the way is not one that can be rebuilt."""


class OpenShapeError(Exception):
    """The number of features of the input, which the graph leaves open, is found."""

    def __init__(self, features):
        super().__init__(features)
        self.features = features


@dataclasses.dataclass(frozen=True, eq=False)
class Weight:
    """A tensor that does not depend on the input.

    Attributes:
        array: Its value.
        tensor: Its name.
        key: Name in the checkpoint of the variable that it is, or is the transpose of,
            or `None` of what was computed.
        transposed: Whether it is the transpose.
        made_of: Tuple of the names of all variables that it was computed of.
    """

    array: np.ndarray
    tensor: str = ""
    key: str | None = None
    transposed: bool = False
    made_of: tuple = ()

    def changed(self, array, *others):
        """The weight with another value, computed of it and of other weights."""
        made_of = dict.fromkeys(self.made_of)
        for other in others:
            made_of |= dict.fromkeys(other.made_of)
        return Weight(array, self.tensor, made_of=tuple(made_of))

    @property
    def scalar(self):
        """Its value, if it is one number."""
        return self.array.reshape(-1)[0].item() if self.array.size == 1 else None


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One step from the input to a tensor.

    Attributes:
        kind: Its name in `tfae.migration.graphs.building`.
        shape: Shape that it gives an example.
        options: Dict of what the kind is told.
        weights: Dict from `"kernel"` and `"bias"`, or `"scale"` and `"offset"`, to
            `Weight`s.
        tensor: Name of what it gives.
    """

    kind: str
    shape: tuple
    options: dict = dataclasses.field(default_factory=dict)
    weights: dict = dataclasses.field(default_factory=dict)
    tensor: str = ""

    @property
    def weighted(self):
        """Whether it has a kernel."""
        return self.kind in WEIGHTED


@dataclasses.dataclass(frozen=True, eq=False)
class Values:
    """A tensor that layers make of the input.

    Attributes:
        tensor: Its name.
        shape: Shape of an example of it.
        layers: Tuple of `Layer`s.
        before: The `Values` that it was computed of, or `None` of the input.
        multiple: `(base, a)`, where it is a·base of other `Values`; or `None`.
        scaled: `(before, number, factor)`, where it is other `Values` times a number,
            the tensor of which is named; or `None`.
        spread: `(scale, base)` of the standard deviation that it may be: the name of
            what the values `base` are of it.
    """

    tensor: str
    shape: tuple
    layers: tuple = ()
    before: "Values | None" = None
    multiple: tuple | None = None
    scaled: tuple | None = None
    spread: tuple | None = None

    @property
    def size(self):
        """Number of values of an example."""
        return math.prod(self.shape)

    @property
    def weighted(self):
        """Whether any of its layers has a kernel."""
        return any(layer.weighted or layer.kind == "sampling" for layer in self.layers)

    def then(self, tensor, layer, replaces=False, **others):
        """Values with one more layer, or another last one."""
        layers = self.layers[:-1] if replaces else self.layers
        layer = dataclasses.replace(layer, tensor=tensor)
        return Values(tensor, layer.shape, (*layers, layer), self, **others)

    def same(self, tensor, **others):
        """The same values under another name."""
        known = {
            "multiple": self.multiple,
            "scaled": self.scaled,
            "spread": self.spread,
        }
        return Values(tensor, self.shape, self.layers, self, **{**known, **others})


@dataclasses.dataclass(frozen=True, eq=False)
class Piecewise:
    """a·base + b·|base| of some `Values`, of which a leaky ReLU may be made."""

    tensor: str
    base: Values
    a: float
    b: float


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Sizes of axes, of which that of the batch is −1."""

    array: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Noise:
    """Random numbers: `factor` times those that are drawn, and `offset`.

    Attributes:
        tensor: Name.
        spread: `Values` that they are multiplied by, or `None`.
        factor: Float; 0 of noise that is turned off.
        offset: Float.
        keep: Share of ones among zeros and ones that were made of them, or `None`.
        normal: Whether those that are drawn are of N(0, 1).
        uniform: Whether they are uniform in [0, 1).
    """

    tensor: str
    spread: Values | None = None
    factor: float = 1.0
    offset: float = 0.0
    keep: float | None = None
    normal: bool = False
    uniform: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """A further placeholder that has an axis of examples."""

    tensor: str
    shape: tuple | None


@dataclasses.dataclass(frozen=True, eq=False)
class Unread:
    """A tensor that is not rebuilt.

    Attributes:
        reason: The operation in whose place nothing can be put.
        near: The `Values` that it was computed of, or `None`.
        of: The same, where it is a function of each of their values alone.
    """

    reason: str
    near: Values | None = None
    of: Values | None = None


def output_of(node):
    """Name of the first tensor that a node gives."""
    return f"{node.name}:0"


def different(several):
    """Those of several `Values` that other layers make, but for what is random."""
    found = {}
    for values in sorted(several, key=lambda one: -len(one.layers)):
        kept = [one for one in values.layers if one.kind not in ("sampling", "dropout")]
        found.setdefault(tuple(map(_described, kept)), values)
    return list(found.values())


def _described(layer):
    weights = ((name, one.array.tobytes()) for name, one in layer.weights.items())
    return layer.kind, layer.shape, repr(layer.options), tuple(sorted(weights))
