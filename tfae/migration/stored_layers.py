"""The layers that the variables of a checkpoint make up."""

import re
from typing import NamedTuple

# Ends of the names of a layer's two variables: of `tf.layers`, and numbered ones.
_ENDS = (
    (re.compile(r"(.*)kernel$"), "{}bias"),
    (re.compile(r"(.*)weights(_?\d*)$"), "{}biases{}"),
    (re.compile(r"(.*)weight(_?\d*)$"), "{}bias{}"),
    (re.compile(r"(.*)[wW](_?\d*)$"), "{}b{}"),
)


class StoredLayer(NamedTuple):
    """A layer of a checkpoint: the names of its variables, and what they say of it."""

    kernel: str
    bias: str
    shape: tuple
    family: str

    @property
    def ends(self):
        """Channels that it takes, and gives."""
        before, after = self.shape[-2:]
        return (after, before) if self.family == "transposed" else (before, after)


def find(arrays):
    """The layers whose variables these are, in the order of their names."""
    found, used = [], set()
    for name in sorted(arrays, key=_natural):
        for pattern, bias in _ENDS:
            match = pattern.match(name)
            other = match and bias.format(*match.groups())
            if other in arrays and arrays[name].ndim in (2, 4):
                shape = arrays[name].shape
                transposed = re.search("transpose|deconv", name, re.IGNORECASE)
                kind = "transposed" if transposed else "convolution"
                family = "dense" if len(shape) == 2 else kind
                found.append(StoredLayer(name, other, shape, family))
                used |= {name, other}
                break
    unused = [name for name in arrays if name not in used]
    if unused or not found:
        raise ValueError(
            "Only layers of a kernel of rank 2 or 4 and a bias can be told from a "
            f"checkpoint. Received, beside them: {', '.join(unused) or 'nothing'}. "
            "Load it as a known program, or build the model and assign its weights."
        )
    return found


def _natural(name):
    """Sorts `dense`, `dense_1`, …, `dense_10` in this order, a decoder's last."""
    parts = [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
    return bool(re.search(r"(^|/)(dec|out)", name, re.IGNORECASE)), parts
