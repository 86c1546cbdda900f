"""Elementwise operations: biases, scales and activations."""

import numpy as np

from tfae.migration.graphs import affine, noise
from tfae.migration.graphs.nodes import attribute
from tfae.migration.graphs.values import (
    Given,
    Layer,
    Noise,
    Piecewise,
    Unread,
    UnreadableError,
    Values,
    Weight,
    output_of,
)

ACTIVATIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Elu": "elu",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Softmax": "softmax",
}
LEAST_ALIKE = 1e-6  # difference of a slope from 1


def activation(reading, node, values):
    """An activation of Keras."""
    made = _activated(node, values, ACTIVATIONS[node.op])
    if node.op != "Softplus":
        return made
    return made.same(made.tensor, spread=("softplus", values))


def leaky_relu(reading, node, values):
    return _leaky(node, values, attribute(node, "alpha").f)


def exponential(reading, node, values):
    """exp(x), for example of log σ, or of half of log σ²."""
    base, a = values.multiple or (values, 1.0)
    scales = {1.0: "log_deviation", 0.5: "log_variance"}
    spread = (scales[a], base) if a in scales else None
    made = _activated(node, values, "exponential")
    return made.same(made.tensor, spread=spread)


def square_root(reading, node, values):
    if not (values.spread and values.spread[0] == "log_deviation"):
        raise UnreadableError("Sqrt")
    # Of exp(log σ²).
    return values.same(output_of(node), spread=("log_variance", values.spread[1]))


def absolute(reading, node, values):
    return Piecewise(output_of(node), values, 0.0, 1.0)


def negative(reading, node, values):
    return affine.affine(node, values, Weight(np.float32(-1)), None)


def add(reading, node, one, other):
    return _sum(reading, node, one, other, 1)


def subtract(reading, node, one, other):
    if isinstance(one, Weight) and isinstance(other, Values):
        return affine.affine(node, other, Weight(np.float32(-1)), one)
    return _sum(reading, node, one, other, -1)


def squared_difference(reading, node, one, other):
    """A comparison of outputs with examples; layers do not square values."""
    if not isinstance(one, Weight) and not isinstance(other, Weight):
        return subtract(reading, node, one, other)
    raise UnreadableError(node.op)


def _scaled(node, one, other):
    """A piecewise linear function times a number."""
    if isinstance(other, Piecewise):
        one, other = other, one
    number = other.scalar if isinstance(other, Weight) else None
    if number is None:
        raise UnreadableError(_what(node, other))
    number = float(np.float32(number))
    return Piecewise(output_of(node), one.base, number * one.a, number * one.b)


def _sum(reading, node, one, other, sign):
    if isinstance(one, Piecewise) or isinstance(other, Piecewise):
        return _pieces(node, one, other, sign)
    if isinstance(one, Weight):
        one, other = other, one
    if isinstance(other, Values) and not isinstance(one, Values):
        one, other = other, one
    if not isinstance(one, Values):
        return noise.of_noise(reading, node, one, other)
    if isinstance(other, Weight):
        offset = other if sign > 0 else other.changed(-other.array)
        return affine.affine(node, one, None, offset)
    if isinstance(other, Noise) and sign > 0:
        return noise.added(reading, node, one, other)
    if isinstance(other, Given) and sign > 0 and not one.weighted:
        reading.neutral[other.tensor] = (0.0, one.shape)
        return one.same(output_of(node))
    if isinstance(other, Given) and sign < 0:
        return reading.compare(one, node, other)
    if isinstance(other, Values):
        return _combined(reading, node, one, other, sign)
    raise UnreadableError(_what(node, other))


def multiply(reading, node, one, other):
    if isinstance(one, Piecewise) or isinstance(other, Piecewise):
        return _scaled(node, one, other)
    if isinstance(other, Values) and not isinstance(one, Values):
        one, other = other, one
    if not isinstance(one, Values):
        return noise.of_noise(reading, node, one, other)
    if isinstance(other, Weight):
        if not other.array.any():
            return noise.turned_off(reading, node, one, other)
        return affine.affine(node, one, other, None)
    if isinstance(other, Noise):
        return noise.multiplied(reading, node, one, other)
    if isinstance(other, Given):
        if not one.weighted:
            reading.neutral[other.tensor] = (1.0, one.shape)
            return one.same(output_of(node))
        reading.note(one, node, other)
        return Noise(output_of(node), one, normal=True)
    if isinstance(other, Values):
        return _product(reading, node, one, other)
    raise UnreadableError(_what(node, other))


def divide(reading, node, one, other):
    if isinstance(one, Values) and isinstance(other, Weight):
        inverse = other.changed(1 / other.array)
        return affine.affine(node, one, inverse, None)
    if isinstance(one, Values):
        raise UnreadableError(_what(node, other))
    return noise.of_noise(reading, node, one, other)


def maximum(reading, node, one, other):
    return _extreme(node, one, other, 1)


def minimum(reading, node, one, other):
    return _extreme(node, one, other, -1)


def _extreme(node, one, other, sign):
    """The larger or smaller of two multiples of the same values."""
    if isinstance(one, Weight):
        one, other = other, one
    if isinstance(other, Weight) and other.scalar == 0 and sign > 0:
        return _activated(node, one, "relu")
    base, p, q = _shares(one, other)
    if base is None or p[1] or q[1]:
        raise UnreadableError(_what(node, other))
    a, b = (p[0] + q[0]) / 2, sign * abs(p[0] - q[0]) / 2
    return _piecewise(node, base, a, b)


def _combined(reading, node, one, other, sign):
    base, p, q = _shares(one, other)
    if base is not None:
        return _piecewise(node, base, p[0] + sign * q[0], 0.0)
    if sign < 0 and not (one.weighted and other.weighted):
        return _compare(reading, node, one, other)
    raise UnreadableError(f"{node.op} of two branches")


def _compare(reading, node, one, other):
    """Records that one of two values is compared with the other."""
    outputs, examples = (one, other) if one.weighted else (other, one)
    return reading.compare(outputs, node, examples)


def _pieces(node, one, other, sign):
    """The sum of multiples of the same values and of their absolute values."""
    base, p, q = _shares(one, other)
    if base is None:
        raise UnreadableError(_what(node, other))
    return _piecewise(node, base, p[0] + sign * q[0], p[1] + sign * q[1])


def _shares(one, other):
    """The common base of two tensors, with `(a, b)` of each; or `None`."""
    found = []
    for values in (one, other):
        if isinstance(values, Piecewise):
            found.append({id(values.base): (values.base, values.a, values.b)})
        elif isinstance(values, Values):
            base, a = values.multiple or (values, 1.0)
            found.append({id(values): (values, 1.0, 0.0), id(base): (base, a, 0.0)})
        else:
            return None, None, None
    for key, (base, *p) in found[0].items():
        if key in found[1]:
            return base, p, found[1][key][1:]
    return None, None, None


def _piecewise(node, base, a, b):
    """a·x + b·|x|: a leaky ReLU, or a term of one."""
    if b == 0:
        return affine.affine(node, base, Weight(np.float32(a)), None)
    above, below = a + b, a - b
    if abs(above - 1) > LEAST_ALIKE:
        return Piecewise(output_of(node), base, a, b)
    if abs(below) > LEAST_ALIKE:
        return _leaky(node, base, below)
    return _activated(node, base, "relu")


def _product(reading, node, one, other):
    """X · sigmoid(x), or a comparison of outputs with the input."""
    for values, gate in ((one, other), (other, one)):
        last = gate.layers[-1] if gate.layers else None
        silu = last is not None and last.options.get("name") == "sigmoid"
        if silu and gate.before is values:
            return _activated(node, values, "silu")
    if not (one.weighted and other.weighted):
        return _compare(reading, node, one, other)
    raise UnreadableError(f"{node.op} of two branches")


def _activated(node, values, name, **options):
    layer = Layer("activation", values.shape, {"name": name, **options})
    return values.then(output_of(node), layer)


def _leaky(node, values, slope):
    return _activated(node, values, "leaky_relu", negative_slope=float(slope))


def _what(node, other):
    return other.reason if isinstance(other, Unread) else node.op
