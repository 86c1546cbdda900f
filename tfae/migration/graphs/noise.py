"""What is random in a TF1 graph, and off when the model is used."""

from tfae.migration.graphs.values import (
    Layer,
    Noise,
    Unread,
    UnreadableError,
    Weight,
    output_of,
)

RANDOM = (
    "RandomStandardNormal",
    "TruncatedNormal",
    "RandomUniform",
    "StatelessRandomNormal",
    "StatelessRandomUniform",
)
# What makes zeros and ones of random numbers.
CHOICES = ("Floor", "GreaterEqual", "Greater", "Less", "LessEqual")


def of_noise(reading, node, *arguments):
    """What is computed of random numbers alone is random."""
    if all(isinstance(one, (Noise, Weight)) for one in arguments):
        noises = [one for one in arguments if isinstance(one, Noise)]
        spreads = [one.spread for one in noises if one.spread is not None]
        mask = node.op in CHOICES or any(one.mask for one in noises)
        return Noise(output_of(node), spreads[0] if spreads else None, mask)
    reasons = [one.reason for one in arguments if isinstance(one, Unread)]
    raise UnreadableError(reasons[0] if reasons else node.op)


def added(reading, node, values, noise):
    """Values and noise, which is 0 when the model is used."""
    reading.neutral[noise.tensor] = (0.0, values.shape)
    if noise.spread is None:
        return values.same(output_of(node))
    scale, base = noise.spread.spread or ("deviation", noise.spread)
    if base.shape != values.shape or not (values.weighted and base.weighted):
        raise UnreadableError(f"{node.op} of noise of another shape")
    options = {"scale": scale, "base": base, "deviation": noise.spread}
    return values.then(output_of(node), Layer("sampling", values.shape, options))


def multiplied(reading, node, values, noise):
    """Values of which a random share is 0, and the others larger for it.

    Or the product of a standard deviation and noise, which is noise itself.
    """
    if noise.spread is not None:
        raise UnreadableError(node.op)
    if not noise.mask:
        return Noise(output_of(node), values)
    return _dropped(reading, node, values, noise, 1.0)


def select(reading, node, condition, one, other):
    """Dropout as TensorFlow 2 writes it: scaled values, or 0 where noise says so."""
    zero = isinstance(other, Weight) and not other.array.any()
    if not (isinstance(condition, Noise) and zero):
        raise UnreadableError(node.op)
    return _dropped(reading, node, one, condition, True)


def _dropped(reading, node, values, noise, kept):
    reading.neutral[noise.tensor] = (kept, values.shape)
    base, a, factor = values.multiple or (values, 1.0, None)
    if not 0 < 1 / a <= 1:
        raise UnreadableError(f"{node.op} of random numbers")
    if factor is not None:
        reading.neutral[factor] = (1.0, None)
    if a == 1:
        return base.same(output_of(node))
    return base.then(output_of(node), Layer("dropout", base.shape, {"rate": 1 - 1 / a}))
