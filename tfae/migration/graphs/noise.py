"""Random numbers of a TF1 graph, which are turned off at inference."""

import dataclasses

from tfae.migration.graphs.values import (
    Layer,
    Noise,
    Unread,
    UnreadableError,
    Weight,
    output_of,
)

NORMAL = ("RandomStandardNormal", "StatelessRandomNormal")
UNIFORM = ("RandomUniform", "StatelessRandomUniform")
RANDOM = (*NORMAL, *UNIFORM, "TruncatedNormal")
# Operations that convert random numbers to zeros and ones.
CHOICES = ("Floor", "GreaterEqual", "Greater", "Less", "LessEqual")
ABOVE, BELOW = ("GreaterEqual", "Greater"), ("Less", "LessEqual")
SAME = (
    *("Identity", "Cast", "StopGradient", "Snapshot", "EnsureShape"),
    "PlaceholderWithDefault",
)
ALIKE = 1e-5  # relative to 1, for the product of a keep probability and its scale


def drawn(node):
    """The `Noise` of an operation that draws."""
    return Noise(output_of(node), normal=node.op in NORMAL, uniform=node.op in UNIFORM)


def of_noise(reading, node, *arguments):
    """Noise computed only from random numbers and constants.

    The constants must not be weights, since noise is removed at inference.
    """
    reasons = [one.reason for one in arguments if isinstance(one, Unread)]
    noises = [one for one in arguments if isinstance(one, Noise)]
    fixed = [one for one in arguments if isinstance(one, Weight)]
    learned = any(one.made_of for one in fixed)
    if (
        reasons
        or learned
        or len(noises) != 1
        or len(noises) + len(fixed) != len(arguments)
    ):
        raise UnreadableError(reasons[0] if reasons else f"{node.op} of random numbers")
    (noise,) = noises
    found = _changed(node.op, noise, fixed, isinstance(arguments[0], Noise))
    return dataclasses.replace(found, tensor=output_of(node))


def _changed(op, noise, fixed, first):
    """Random numbers after an operation with a constant."""
    if op in SAME:
        return noise
    if op == "Floor" and noise.uniform and noise.factor == 1:
        return dataclasses.replace(noise, keep=noise.offset)
    number = fixed[0].scalar if len(fixed) == 1 else None
    if number is None and fixed and not fixed[0].array.any():
        number = 0.0
    if number is not None and noise.keep is None:
        if op in ("Add", "AddV2"):
            return dataclasses.replace(noise, offset=noise.offset + number)
        if op == "Mul":
            factor, offset = noise.factor * number, noise.offset * number
            return dataclasses.replace(noise, factor=factor, offset=offset)
        plain = noise.uniform and noise.factor == 1 and noise.offset == 0 and first
        if plain and op in (*ABOVE, *BELOW):
            keep = 1 - number if op in ABOVE else number
            return dataclasses.replace(noise, keep=keep)
    raise UnreadableError(f"{op} of random numbers")


def added(reading, node, values, noise):
    """Values plus noise, which is 0 at inference."""
    if noise.offset or noise.keep is not None:
        raise UnreadableError(f"{node.op} of random numbers that are not centred at 0")
    reading.neutral[noise.tensor] = (0.0, values.shape)
    if noise.spread is None:
        return values.same(output_of(node))
    if noise.factor and not (noise.normal and abs(noise.factor - 1) < ALIKE):
        raise UnreadableError(f"{node.op} of noise of another distribution")
    scale, base = noise.spread.spread or ("deviation", noise.spread)
    if base.shape != values.shape or not (values.weighted and base.weighted):
        raise UnreadableError(f"{node.op} of noise of another shape")
    options = {"scale": scale, "base": base, "deviation": noise.spread}
    return values.then(output_of(node), Layer("sampling", values.shape, options))


def multiplied(reading, node, values, noise):
    """Values multiplied by a random mask, as in dropout.

    The product of a standard deviation and noise is itself noise.
    """
    if noise.keep is not None:
        return _dropped(reading, node, values, noise, 1.0)
    if noise.spread is not None or noise.offset:
        raise UnreadableError(f"{node.op} of random numbers")
    return dataclasses.replace(noise, tensor=output_of(node), spread=values)


def select(reading, node, condition, one, other):
    """Dropout as in TensorFlow 2: scaled values, or 0, selected by noise."""
    zero = isinstance(other, Weight) and not other.array.any()
    if not (isinstance(condition, Noise) and condition.keep is not None and zero):
        raise UnreadableError(node.op)
    return _dropped(reading, node, one, condition, True)


def _dropped(reading, node, values, noise, kept):
    """Values before dropout; its scale is removed, too."""
    if not 0 < noise.keep <= 1:
        raise UnreadableError(f"{node.op} that keeps a share of {noise.keep:g}")
    reading.neutral[noise.tensor] = (kept, values.shape)
    base, number, factor = values.scaled or (values, 1.0, None)
    if factor is None or abs(number * noise.keep - 1) > ALIKE:
        return values.same(output_of(node))  # there is no scale to remove
    reading.neutral[factor] = (1.0, None)
    if noise.keep == 1:
        return base.same(output_of(node))
    dropout = Layer("dropout", base.shape, {"rate": 1 - noise.keep})
    return base.then(output_of(node), dropout)


def turned_off(reading, node, values, zero):
    """Values multiplied by a constant 0, such as noise turned off by a program."""
    if reading.graph.constant(zero.tensor) is None:
        raise UnreadableError(f"{node.op} by 0")
    return Noise(output_of(node), values, factor=0.0)
