"""Relations of all tensors of a TF1 graph to one of its placeholders."""

import numpy as np

from tfae.migration.graphs import (
    affine,
    comparing,
    elementwise,
    heads,
    noise,
    sizes,
    spatial,
)
from tfae.migration.graphs.nodes import PLACEHOLDER, attribute, node_of
from tfae.migration.graphs.values import (
    Given,
    Noise,
    Piecewise,
    Sizes,
    Unread,
    UnreadableError,
    Values,
    Weight,
    output_of,
)

SAME = (
    *("Identity", "StopGradient", "PreventGradient", "Snapshot", "CheckNumerics"),
    *("EnsureShape", "Cast"),
)
OPERATIONS = {
    "MatMul": spatial.matrix_product,
    "BatchMatMulV2": spatial.matrix_product,
    "Conv2D": spatial.convolution,
    "DepthwiseConv2dNative": spatial.convolution,
    "MaxPool": spatial.pool,
    "AvgPool": spatial.pool,
    "Mean": spatial.mean,
    "ResizeNearestNeighbor": spatial.resize,
    "ResizeBilinear": spatial.resize,
    "Reshape": spatial.reshape,
    "ExpandDims": spatial.expand,
    "Squeeze": spatial.squeeze,
    "Transpose": spatial.transpose,
    "Pad": spatial.pad,
    "PadV2": spatial.pad,
    "Shape": spatial.sizes_of,
    **dict.fromkeys(elementwise.ACTIVATIONS, elementwise.activation),
    "LeakyRelu": elementwise.leaky_relu,
    "Exp": elementwise.exponential,
    "Sqrt": elementwise.square_root,
    "Abs": elementwise.absolute,
    "Neg": elementwise.negative,
}
# Functions of two tensors, either of which may depend on the input.
BINARY = {
    **dict.fromkeys(("Add", "AddV2", "BiasAdd"), elementwise.add),
    "Sub": elementwise.subtract,
    "SquaredDifference": elementwise.squared_difference,
    "Mul": elementwise.multiply,
    **dict.fromkeys(("RealDiv", "Div"), elementwise.divide),
    "Maximum": elementwise.maximum,
    "Minimum": elementwise.minimum,
}
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
NORMALIZATIONS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")


class Reading:
    """Relations of the tensors of a graph to the placeholder `name`.

    Args:
        graph: `OldGraph`.
        name: Name of the node of the placeholder.
        shape: Shape of an example, with `None` for open axes.
        batch: Fixed batch size of the graph, or `None` for any.
        weights: Dict from names of tensors that depend on no placeholder to `Weight`s.

    Attributes:
        values: Dict from names of tensors to their relations.
        compared: List of `Values` that are compared with the input, as in a loss.
        targeted: List of `Values` that are compared with another placeholder.
        neutral: Dict from the names of tensors that are random, or only for training,
            to pairs of their value at inference, and the shape of an example, or `None`
            for a value shared by all examples.
    """

    def __init__(self, graph, name, shape, batch, weights):
        self.graph, self.name, self.batch, self.weights = graph, name, batch, weights
        self.values, self.neutral, self._noted = {}, {}, []
        self.input = Values(f"{name}:0", shape)
        self._placeholders = graph.placeholders()
        for node in graph.nodes.values():
            self._read(node)
        losses = comparing.Losses(self)
        noted = [(v, e) for v, node, e in self._noted if losses.measures(node.name)]
        self.compared = [v for v, examples in noted if not isinstance(examples, Given)]
        self.targeted = [v for v, examples in noted if isinstance(examples, Given)]

    def compare(self, values, node, examples):
        """Records that values are compared with examples; always raises."""
        self.note(values, node, examples)
        raise UnreadableError(f"{node.op} of outputs and examples")

    def note(self, values, node, examples):
        """Records that a node may compare values with examples, as in a loss."""
        if not comparing.GRADIENT.search(node.name):
            self._noted.append((values, node, examples))

    def _read(self, node):
        output = output_of(node)
        if node.name == self.name:
            self.values[output] = self.input
            return
        if node.op == PLACEHOLDER:
            if output not in self.weights:
                shape = self._placeholders[node.name]
                self.values[output] = Given(output, shape)
            return
        if node.op in noise.RANDOM:
            self.values[output] = noise.drawn(node)
            return
        arguments = [self._of(one) for one in self.graph.inputs_of(node.name)]
        if any(one is not None and not isinstance(one, Weight) for one in arguments):
            try:
                self._understand(node, arguments)
            except UnreadableError as error:
                self._leave(node, arguments, str(error))
            except ODD:  # arguments that TensorFlow would also reject
                self._leave(node, arguments, node.op)

    def _leave(self, node, arguments, reason):
        others = [one for one in arguments if not isinstance(one, Weight)]
        near = next(filter(None, map(self._origin, others)), None)
        alone = node.op in comparing.FUNCTIONS and len(others) == 1
        of = others[0].of if isinstance(others[0], Unread) else near
        self.values[output_of(node)] = Unread(reason, near, of if alone else None)

    def _of(self, tensor):
        """Relation of a tensor to the input, or `None` if it does not depend on it."""
        if tensor in self.values:
            return self.values[tensor]
        if tensor in self.weights:
            return self.weights[tensor]
        first = self.values.get(f"{node_of(tensor)}:0")
        if first is not None:  # another output of a node that depends on it
            return Unread(self.graph.nodes[node_of(tensor)].op, self._origin(first))
        return None

    @staticmethod
    def _origin(found):
        """The `Values` from which a tensor was computed, or `None`."""
        if isinstance(found, Unread):
            return found.near
        if isinstance(found, Piecewise):
            return found.base
        return found if isinstance(found, Values) else None

    def _understand(self, node, arguments):
        unread = [one for one in arguments if isinstance(one, Unread)]
        if unread:
            if node.op in comparing.COMPARING:
                self._note_comparison(node, arguments)
            raise UnreadableError(unread[0].reason)
        if None in arguments:
            tensor = self.graph.inputs_of(node.name)[arguments.index(None)]
            raise UnreadableError(self.graph.foreign(tensor) or node.op)
        if node.op in ("Split", "SplitV"):
            self.values |= heads.split(node, arguments)
            return
        self.values[output_of(node)] = self._result(node, arguments)

    def _result(self, node, arguments):
        output = output_of(node)
        first = arguments[0]
        if isinstance(first, (Sizes, Weight)) and not any(
            isinstance(one, (Values, Piecewise, Noise, Given)) for one in arguments
        ):
            return sizes.compute(node, arguments)
        if node.op == "StridedSlice":
            return heads.sliced(node, *arguments)
        if node.op in SAME and isinstance(first, Values):
            return first.same(output)
        if node.op in SAME and isinstance(first, Given):
            return Given(output, first.shape)
        if node.op in BINARY and len(arguments) == 2:
            return BINARY[node.op](self, node, *arguments)
        if node.op == "AddN" and len(arguments) == 2:
            return elementwise.add(self, node, *arguments)
        if node.op == "Conv2DBackpropInput" and isinstance(arguments[2], Values):
            return spatial.transposed_convolution(self, node, *arguments)
        if node.op in ("Select", "SelectV2") and isinstance(arguments[1], Values):
            return noise.select(self, node, *arguments)
        if node.op in NORMALIZATIONS and isinstance(first, Values):
            return self._normalized(node, *arguments)
        if all(isinstance(one, (Noise, Weight)) for one in arguments):
            return noise.of_noise(self, node, *arguments)
        known = OPERATIONS.get(node.op)
        others = all(isinstance(one, (Weight, Sizes)) for one in arguments[1:])
        if known is None or not isinstance(first, Values) or not others:
            raise UnreadableError(node.op)
        return known(self, node, *arguments)

    def _note_comparison(self, node, arguments):
        """Records values compared with examples after a function, as in x log x̂."""
        of = [one.of for one in arguments if isinstance(one, Unread)]
        of = [comparing.unscaled(one) for one in of if one is not None]
        for one in arguments:
            plain = isinstance(one, Values) and not one.weighted
            if plain or isinstance(one, Given):
                for values in of:
                    self.note(values, node, one)

    def _normalized(self, node, values, scale, offset, mean, variance):
        if attribute(node, "is_training").b:
            raise UnreadableError(f"{node.op} with the mean of the batch")
        epsilon = np.float32(attribute(node, "epsilon").f)
        factor = scale.array / np.sqrt(variance.array + epsilon)
        moved = offset.array - mean.array * factor
        scale = scale.changed(factor, variance)
        offset = offset.changed(moved, scale, mean)
        return affine.affine(node, values, scale, offset)
