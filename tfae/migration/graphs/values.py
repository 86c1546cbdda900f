"""Data classes for the relations of tensors of a TF1 graph to its input."""

import dataclasses
import math

import numpy as np

WEIGHTED = ("dense", "convolution", "transposed", "depthwise")


class UnreadableError(ValueError):
    """The graph contains an operation that cannot be rebuilt."""


class OpenShapeError(Exception):
    """The number of input features, which the graph leaves open, was inferred."""

    def __init__(self, features):
        super().__init__(features)
        self.features = features


@dataclasses.dataclass(frozen=True, eq=False)
class Weight:
    """A tensor that does not depend on the input.

    Attributes:
        array: Its value.
        tensor: Its name.
        key: Name in the checkpoint of the variable, possibly transposed, or `None` for
            a computed tensor.
        transposed: Whether it is the transpose of the variable.
        made_of: Tuple of the names of all variables from which it was computed.
    """

    array: np.ndarray
    tensor: str = ""
    key: str | None = None
    transposed: bool = False
    made_of: tuple = ()

    def changed(self, array, *others):
        """A weight with a value computed from this one and other weights."""
        made_of = dict.fromkeys(self.made_of)
        for other in others:
            made_of |= dict.fromkeys(other.made_of)
        return Weight(array, self.tensor, made_of=tuple(made_of))

    @property
    def scalar(self):
        """Its value, if it is a scalar."""
        return self.array.reshape(-1)[0].item() if self.array.size == 1 else None


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One step from the input to a tensor.

    Attributes:
        kind: Its name in `tfae.migration.graphs.building`.
        shape: Shape of an example after the step.
        options: Dict of arguments of the kind.
        weights: Dict from `"kernel"` and `"bias"`, or `"scale"` and `"offset"`, to
            `Weight`s.
        tensor: Name of the output tensor.
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
    """A tensor computed by layers from the input.

    Attributes:
        tensor: Its name.
        shape: Shape of an example.
        layers: Tuple of `Layer`s.
        before: The `Values` from which it was computed, or `None` for the input.
        multiple: `(base, a)` if it is a·base for other `Values`; or `None`.
        scaled: `(before, number, factor)` if it is the `Values` `before` times a number
            from the tensor `factor`; or `None`.
        spread: `(scale, base)` if it may be a standard deviation: `scale` names the
            parametrization by the values `base`.
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
        """Values with one more layer, or with the last one replaced."""
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
    """a·base + b·|base| of some `Values`, which may become a leaky ReLU."""

    tensor: str
    base: Values
    a: float
    b: float


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Sizes of axes, with −1 for the batch."""

    array: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Noise:
    """Random numbers: `factor` times the draws, plus `offset`.

    Attributes:
        tensor: Name.
        spread: `Values` by which they are multiplied, or `None`.
        factor: Float; 0 if the noise is turned off.
        offset: Float.
        keep: Share of ones if they were converted to zeros and ones, or `None`.
        normal: Whether the draws are from N(0, 1).
        uniform: Whether the draws are uniform in [0, 1).
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
    """Another placeholder with a batch axis."""

    tensor: str
    shape: tuple | None


@dataclasses.dataclass(frozen=True, eq=False)
class Unread:
    """A tensor that is not rebuilt.

    Attributes:
        reason: The operation that cannot be rebuilt.
        near: The `Values` from which it was computed, or `None`.
        of: The same, if it is an elementwise function of them.
    """

    reason: str
    near: Values | None = None
    of: Values | None = None


def output_of(node):
    """Name of the first output of a node."""
    return f"{node.name}:0"


def different(several):
    """One of the `Values` for each different sequence of layers, ignoring noise."""
    found = {}
    for values in sorted(several, key=lambda one: -len(one.layers)):
        kept = [one for one in values.layers if one.kind not in ("sampling", "dropout")]
        found.setdefault(tuple(map(_described, kept)), values)
    return list(found.values())


def _described(layer):
    weights = ((name, one.array.tobytes()) for name, one in layer.weights.items())
    return layer.kind, layer.shape, repr(layer.options), tuple(sorted(weights))
