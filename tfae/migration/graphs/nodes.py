"""The nodes of a TF1 graph, read without running it."""

import math

import numpy as np

from tfae.export.operations import COMPUTING

READS = ("Identity", "ReadVariableOp")  # of a variable
PLACEHOLDER = "Placeholder"
MOST_VALUES = 2**28  # in a constant, or in the compared examples
FLOATS = {1: "float32", 2: "float64"}  # by TensorFlow's numbers


class OldGraph:
    """A `GraphDef`, with the names of its variables in the checkpoint.

    Args:
        graph_def: TensorFlow's `GraphDef`.
        arrays: Dict from the names of variables in the checkpoint to arrays.
        keys: Dict from the names of variable nodes to the names in the checkpoint.

    Attributes:
        nodes: Dict from names to `NodeDef`s in topological order.
    """

    def __init__(self, graph_def, arrays, keys):
        self.arrays, self.keys = arrays, keys
        self.versions = graph_def.versions
        self.nodes = _in_order({node.name: node for node in graph_def.node})
        self._places = {name: place for place, name in enumerate(self.nodes)}
        self._pure = self._computing()

    def inputs_of(self, name):
        """Names of the input tensors of a node, without control inputs."""
        return [tensor_of(one) for one in self.nodes[name].input if one[:1] != "^"]

    def is_pure(self, name):
        """Whether a node computes from variables, placeholders and random numbers."""
        return name in self._pure

    def computes(self, name):
        """Whether a node only computes, for any inputs."""
        return self.nodes[name].op in COMPUTING or self.nodes[name].op in READS

    def foreign(self, tensor):
        """An ancestor of a tensor that does more than compute, or `None`."""
        for name in self.ancestors(tensor):
            known = name in self.keys or self.nodes[name].op == PLACEHOLDER
            if not known and not self.computes(name):
                return f"{self.nodes[name].op} ({name})"
        return None

    def ancestors(self, tensor):
        """Names of a node and all its ancestors, in order."""
        found, stack = set(), [node_of(tensor)]
        while stack:
            name = stack.pop()
            if name not in found and name in self.nodes:
                found.add(name)
                if name not in self.keys:
                    stack += map(node_of, self.inputs_of(name))
        return sorted(found, key=self._places.__getitem__)

    def variable(self, tensor):
        """Name of the node of the variable that a tensor is read from, or `None`."""
        name = node_of(tensor)
        while name in self.nodes:
            node = self.nodes[name]
            if name in self.keys:
                return name
            if node.op not in READS or not node.input:
                return None
            name = node_of(node.input[0])
        return None

    def array_of(self, tensor):
        """Value of a variable that a tensor is read from, or `None`."""
        variable = self.variable(tensor)
        if variable is None or self.nodes[node_of(tensor)].op == "VarHandleOp":
            return None
        key = self.keys.get(variable)
        if key not in self.arrays:
            raise ValueError(
                f"The checkpoint has no value for the variable {variable}, which the "
                "graph uses. Does the graph belong to another checkpoint?"
            )
        return self.arrays[key]

    def transposed_variable(self, tensor):
        """Name of the node of the variable that a tensor transposes, or `None`."""
        node = self.nodes[node_of(tensor)]
        if node.op != "Transpose" or len(node.input) < 2:
            return None
        order = self.constant(node.input[1])
        reverses = order is not None and order.tolist() == [1, 0]
        return self.variable(node.input[0]) if reverses else None

    def consumers(self):
        """Dict from names of nodes to their consumers."""
        found = {}
        for name in self.nodes:
            if self.computes(name):
                for tensor in self.inputs_of(name):
                    found.setdefault(node_of(tensor), []).append(name)
        return found

    def variables_of(self, tensor):
        """Names in the checkpoint of the variables from which a tensor is computed."""
        names = self.ancestors(tensor)
        found = {self.keys[name]: None for name in names if name in self.keys}
        return tuple(found)

    def placeholders(self):
        """Dict from names of placeholders to shapes, `None` if unknown."""
        return {
            name: shape_of(attribute(node, "shape").shape)
            for name, node in self.nodes.items()
            if node.op == PLACEHOLDER
        }

    def constant(self, tensor):
        """The array of a constant, or `None` for another tensor."""
        node = self.nodes.get(node_of(tensor))
        while node is not None and node.op == "Identity" and node.input:
            node = self.nodes.get(node_of(node.input[0]))
        return array_of(node) if node is not None and node.op == "Const" else None

    def _computing(self):
        """Names of nodes that only compute, with ancestors that only compute."""
        found = set()
        for name, node in self.nodes.items():
            if name in self.keys or node.op == PLACEHOLDER:
                found.add(name)
                continue
            taken = [node_of(one) for one in node.input if one[:1] != "^"]
            if self.computes(name) and all(one in found for one in taken):
                found.add(name)
        return found


def array_of(node):
    """The array of a constant.

    Raises:
        ValueError: If it is larger than a graph may contain.
    """
    from tensorflow.python.framework import tensor_util

    proto = attribute(node, "value").tensor
    size = math.prod(one.size for one in proto.tensor_shape.dim)
    if not 0 <= size <= MOST_VALUES:
        raise ValueError(f"The constant {node.name} of the graph is too large.")
    return np.asarray(tensor_util.MakeNdarray(proto))


def attribute(node, name):
    """An attribute of a node, or an empty one.

    Reading a missing attribute of a node would create one without a type.
    """
    from tensorflow.core.framework.attr_value_pb2 import AttrValue
    from tensorflow.python.framework import op_def_registry

    if name in node.attr:
        return node.attr[name]
    known = op_def_registry.get(node.op)  # files may omit defaults
    usual = [] if known is None else [one for one in known.attr if one.name == name]
    return usual[0].default_value if usual else AttrValue()


def tensor_of(text):
    """Full name of a tensor, `node:0` for `node`."""
    return text if ":" in text else f"{text}:0"


def node_of(text):
    """Name of the node of a tensor."""
    return text.lstrip("^").split(":")[0]


def shape_of(proto):
    """Tuple of the sizes of a shape, `None` for unknown ones; `None` for any rank."""
    if proto.unknown_rank:
        return None
    return tuple(None if one.size < 0 else one.size for one in proto.dim)


def _in_order(nodes):
    """Nodes in topological order, for any order in the file; without cycles."""
    found, waiting = {}, [(name, False) for name in reversed(nodes)]
    entered = set()
    while waiting:
        name, ready = waiting.pop()
        if ready:
            found[name] = nodes[name]
        elif name not in entered and name in nodes:
            entered.add(name)
            waiting.append((name, True))
            waiting += [(node_of(one), False) for one in nodes[name].input]
    return found
