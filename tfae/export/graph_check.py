"""Static check of the operations of a SavedModel's graph."""

from tfae.export import operations

INITIALIZER = "__saved_model_init_op"
# TensorFlow collections of operations that run once, after loading.
RUN_ONCE = ("saved_model_main_op", "legacy_init_op")
RESTORE = "RestoreV2"


def problems(meta_graph):
    """Yields a phrase for each part of the graph that a server must not run.

    All operations reachable from loading and answering must be listed in
    `tfae.export.operations`. Unreachable ones never run.

    Args:
        meta_graph: TensorFlow's `MetaGraphDef`.
    """
    graph = Graph(meta_graph.graph_def)
    signatures = dict(meta_graph.signature_def)
    saver = meta_graph.saver_def
    yield from _foreign(graph)
    started = _answers(signatures.pop(INITIALIZER, None))
    for name in RUN_ONCE:
        started += meta_graph.collection_def[name].node_list.value
    for name, signature in signatures.items():
        reached = graph.reached(_answers(signature))
        yield from _phrases(f"{name} would run", reached - operations.COMPUTING)
    known = operations.INITIALIZING
    yield from _phrases("loading would run", graph.reached(started) - known)
    if graph.restores_from(saver.filename_tensor_name):
        known |= {RESTORE}
    restored = graph.reached([saver.restore_op_name])
    yield from _phrases("restoring its weights would run", restored - known)
    # All functions except those only used for saving, since any of them may be called.
    kept = graph.operations_of(graph.not_for(saver.save_tensor_name))
    yield from _phrases("its functions would run", kept - known)
    for asset in meta_graph.asset_file_def:
        if "/" in asset.filename or "\\" in asset.filename or asset.filename == "..":
            yield f"its asset {asset.filename!r} is not a file of its own"


def _foreign(graph):
    from tensorflow.python.framework import op_def_registry

    nodes = [*graph.nodes.values()]
    compiled = {node.name for node in nodes if node.attr["_XlaMustCompile"].b}
    for name, function in graph.functions.items():
        nodes += function.node_def
        if function.attr["_XlaMustCompile"].b:
            compiled.add(name)
    foreign = {
        node.op
        for node in nodes
        if "PyFunc" in node.op
        or node.op.startswith("Xla")
        or not (node.op in graph.functions or op_def_registry.get(node.op))
    }
    if foreign:
        yield f"TF Serving lacks the operations {', '.join(sorted(foreign))}"
    if compiled:
        yield (
            f"{', '.join(sorted(compiled))} must be compiled by XLA, which TF Serving "
            "lacks; leave jit_compile out of what is exported"
        )
    hidden = [name for name in graph.functions if op_def_registry.get(name)]
    if hidden:
        yield f"its functions {', '.join(hidden)} have names of operations"


def _answers(signature):
    """Names of the output tensors of a signature."""
    return [] if signature is None else [one.name for one in signature.outputs.values()]


class Graph:
    """Nodes by name, and functions by name, of a `GraphDef`."""

    def __init__(self, graph_def):
        self.nodes = {node.name: node for node in graph_def.node}
        library = graph_def.library
        self.functions = {one.signature.name: one for one in library.function}
        self.called = {name: set(_called(one)) for name, one in self.functions.items()}
        for one in library.gradient:
            self.called.setdefault(one.function_name, set()).add(one.gradient_func)
        # The optimizer may substitute any of these for another one.
        self.exchanged = {
            name for name, one in self.functions.items() if "api_implements" in one.attr
        }

    def reached(self, tensors):
        """Names of the operations that computing `tensors` may run."""
        nodes = self._nodes_for(tensors)
        found = {node.op for node in nodes} - set(self.functions)
        called = self._with_callees(_calls(nodes) | self.exchanged)
        return found | self.operations_of(called)

    def operations_of(self, functions):
        """Names of the operations in these functions."""
        nodes = [node for name in functions for node in self.functions[name].node_def]
        return {node.op for node in nodes} - set(self.functions)

    def not_for(self, tensor):
        """Names of all functions except those called only to compute `tensor`."""
        nodes = self._nodes_for([tensor])
        own = self._with_callees(_calls(nodes))
        saving = {node.name for node in nodes}
        others = [node for name, node in self.nodes.items() if name not in saving]
        shared = _calls(others)
        shared |= self._with_callees(set(self.functions) - own)
        return (set(self.functions) - own) | self._with_callees(shared)

    def restores_from(self, tensor):
        """Whether all weights are restored from the file named by `tensor`.

        In functions, it must be an argument, and only nodes of the graph may call them.
        """
        tensor = _bare(tensor)
        for node in self.nodes.values():
            if node.op == RESTORE and node.input[0] != tensor:
                return False
        for name, function in self.functions.items():
            arguments = [one.name for one in function.signature.input_arg]
            for node in function.node_def:
                if node.op != RESTORE:
                    continue
                if node.input[0] not in arguments:
                    return False
                position = arguments.index(node.input[0])
                if any(name in callees for callees in self.called.values()):
                    return False
                for call in self.nodes.values():
                    given = [*call.input][position : position + 1]
                    if name in _calls([call]) and given != [tensor]:
                        return False
        return True

    def _nodes_for(self, tensors):
        """Nodes that compute `tensors`."""
        found, names = {}, [_node_of(tensor) for tensor in tensors if tensor]
        while names:
            name = names.pop()
            if name not in found and name in self.nodes:
                found[name] = self.nodes[name]
                names += map(_node_of, self.nodes[name].input)
        return [*found.values()]

    def _with_callees(self, names):
        """The functions among `names`, and all functions that they call."""
        found, left = set(), [*names]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += self.called.get(name, ())
        return found & set(self.functions)


def _phrases(where, forbidden):
    if forbidden:
        yield (
            f"{where} {', '.join(sorted(forbidden))}, which may do more than compute; "
            "nothing was run"
        )


def _called(function):
    """Names of all functions in any attribute of a function."""
    yield from _named(function.attr)
    for attributes in function.arg_attr.values():
        yield from _named(attributes.attr)
    for one in function.signature.attr:
        yield from _named({"": one.default_value, " ": one.allowed_values})
    for node in function.node_def:
        yield node.op
        yield from _named(node.attr)


def _calls(nodes):
    """Names of all operations and functions that nodes call."""
    return {name for node in nodes for name in (*_named(node.attr), node.op)}


def _named(attributes):
    """Names of functions in attributes, and in the attributes of those functions."""
    for value in attributes.values():
        called = [value.func] if value.HasField("func") else []
        for one in (*called, *value.list.func):
            yield one.name
            yield from _named(one.attr)
        # Some attributes contain function names as text.
        yield from (text.decode(errors="replace") for text in (value.s, *value.list.s))


def _node_of(tensor):
    return tensor.removeprefix("^").partition(":")[0]


def _bare(tensor):
    """Name of the first output of a node, as used in inputs."""
    return tensor.removesuffix(":0")
