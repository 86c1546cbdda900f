"""Operations of a TF1 graph that compare outputs with examples, as in losses."""

import re

from tfae.migration.graphs.nodes import node_of
from tfae.migration.graphs.values import Given, Values

GRADIENT = re.compile(r"(^|/)gradients(_\d+)?/")  # as TF1 names all of them
COMPARING = ("Mul", "Sub", "SquaredDifference", "Xlogy")
# Elementwise functions that a loss may apply to outputs first.
FUNCTIONS = (
    *("Log", "Log1p", "Neg", "Maximum", "Minimum", "ClipByValue", "Identity", "Cast"),
    *("Add", "AddV2", "Sub", "Mul", "RealDiv"),
)
# Operations of networks that do not occur in losses.
KERNELS = (
    *("MatMul", "BatchMatMul", "BatchMatMulV2", "Conv2D", "Conv2DBackpropInput"),
    "DepthwiseConv2dNative",
)


class Losses:
    """Recognition of losses among the operations of a graph.

    Args:
        reading: `Reading` of the graph.
    """

    def __init__(self, reading):
        self._reading, self._consumers = reading, reading.graph.consumers()

    def measures(self, name):
        """Whether the output of a node is only measured, and not used by a network.

        A difference that is itself compared with examples is not a loss, but an output,
        for example of a network that predicts the noise of an image.
        """
        seen, waiting = {name}, [name]
        while waiting:
            for follower in self._consumers.get(waiting.pop(), ()):
                if follower in seen or GRADIENT.search(follower):
                    continue
                if self._goes_on(follower, seen):
                    return False
                seen.add(follower)
                waiting.append(follower)
        return True

    def _goes_on(self, name, seen):
        graph, values = self._reading.graph, self._reading.values
        op = graph.nodes[name].op
        if op in KERNELS:
            return True
        if op not in ("Sub", "SquaredDifference"):
            return False
        others = [one for one in graph.inputs_of(name) if node_of(one) not in seen]
        found = [values.get(one) for one in others]
        return any(
            isinstance(one, Given) or (isinstance(one, Values) and not one.weighted)
            for one in found
        )


def unscaled(values):
    """Values before constants were added or multiplied, as for a logarithm."""
    while values.before is not None and values.layers[-1:] != values.before.layers[-1:]:
        if values.layers[-1].kind != "affine":
            break
        values = values.before
    return values
