"""Tensors of a graph that do not depend on its input, such as weights of layers."""

from tfae.migration.graphs import reading, running
from tfae.migration.graphs.nodes import node_of
from tfae.migration.graphs.noise import CHOICES, RANDOM
from tfae.migration.graphs.sizes import OF_SIZES
from tfae.migration.graphs.values import Weight

# Operations whose arguments are needed.
READ = {
    *(*reading.OPERATIONS, *reading.BINARY, *OF_SIZES, *reading.NORMALIZATIONS),
    *("Conv2DBackpropInput", "Select", "SelectV2", "Split", "SplitV", "StridedSlice"),
    *(*CHOICES, "AddN"),
}


def weights(graph, name, switches):
    """`Weight`s of the tensors that do not depend on the input."""
    dependent = _dependent(graph, name, switches)
    wanted = {}
    for node in graph.nodes.values():
        if node.name in dependent and node.op in READ:
            for tensor in graph.inputs_of(node.name):
                if node_of(tensor) not in dependent and graph.is_pure(node_of(tensor)):
                    wanted[tensor] = None
    arrays = {}
    for tensor in wanted:
        array = graph.array_of(tensor)
        array = graph.constant(tensor) if array is None else array
        if array is not None:
            arrays[tensor] = array
    transposed = {one: graph.transposed_variable(one) for one in wanted}
    for tensor, variable in transposed.items():
        if variable is not None and tensor not in arrays:
            arrays[tensor] = graph.array_of(graph.inputs_of(node_of(tensor))[0]).T
    computed = [one for one in wanted if one not in arrays]
    if computed:
        (found,) = running.compute(graph, [switches], computed)
        arrays |= {tensor: found[tensor] for tensor in computed}
    return {
        tensor: Weight(
            array,
            tensor,
            graph.keys.get(graph.variable(tensor) or transposed[tensor]),
            transposed[tensor] is not None,
            graph.variables_of(tensor),
        )
        for tensor, array in arrays.items()
    } | {tensor: Weight(array, tensor) for tensor, array in switches.items()}


def _dependent(graph, source, switches):
    """Names of nodes that depend on examples, or on random numbers."""
    found = {source}
    for name, node in graph.nodes.items():
        begins = node.op == "Placeholder" and f"{name}:0" not in switches
        taken = map(node_of, graph.inputs_of(name))
        if begins or node.op in RANDOM or any(one in found for one in taken):
            found.add(name)
    return found
