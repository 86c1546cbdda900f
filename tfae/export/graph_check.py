"""What a SavedModel's graph would do, read without running it."""

from tfae.export import operations

INITIALIZER = "__saved_model_init_op"
# Collections of TensorFlow that name what is run once, after loading.
RUN_ONCE = ("saved_model_main_op", "legacy_init_op")


def problems(meta_graph):
    """Yields a phrase for each thing in the graph that a server must not run.

    Everything that loading and answering can reach must be on the list of
    `tfae.export.operations`. What they do not reach is not run.

    Args:
        meta_graph: TensorFlow's `MetaGraphDef`.
    """
    graph = Graph(meta_graph.graph_def)
    signatures = dict(meta_graph.signature_def)
    yield from _foreign(graph)
    started = _answers(signatures.pop(INITIALIZER, None))
    for name in RUN_ONCE:
        started += meta_graph.collection_def[name].node_list.value
    for name, signature in signatures.items():
        reached = graph.reached(_answers(signature))
        yield from _phrases(f"{name} would run", reached - operations.COMPUTING)
    yield from _phrases(
        "loading would run", graph.reached(started) - operations.INITIALIZING
    )
    saver = meta_graph.saver_def
    restored = graph.reached([saver.restore_op_name])
    forbidden = restored - operations.INITIALIZING - {"RestoreV2"}
    if "RestoreV2" in restored and not graph.restores_only(saver):
        forbidden.add("RestoreV2 of other files")
    yield from _phrases("restoring its weights would run", forbidden)
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
    """Names of the tensors that a signature answers with."""
    return [] if signature is None else [one.name for one in signature.outputs.values()]


class Graph:
    """Nodes by name, and functions by name, of a `GraphDef`."""

    def __init__(self, graph_def):
        self.nodes = {node.name: node for node in graph_def.node}
        self.functions = {one.signature.name: one for one in graph_def.library.function}
        # Any of these may take another one's place when the graph is optimized.
        self.exchanged = [
            name for name, one in self.functions.items() if "api_implements" in one.attr
        ]

    def reached(self, tensors):
        """Names of the operations that computing `tensors` can run."""
        found, seen, functions = set(), set(), set()
        names = [_node_of(tensor) for tensor in tensors if tensor]
        called = [*self.exchanged]
        while names or called:
            if called:
                name = called.pop()
                if name in functions or name not in self.functions:
                    continue
                functions.add(name)
                nodes = self.functions[name].node_def
            else:
                name = names.pop()
                if name in seen or name not in self.nodes:
                    continue
                seen.add(name)
                nodes = [self.nodes[name]]
                names += map(_node_of, nodes[0].input)
            for node in nodes:
                called += _functions_of(node)
                if node.op in self.functions:
                    called.append(node.op)
                else:
                    found.add(node.op)
        return found

    def restores_only(self, saver):
        """Whether restoring reads no other file than the one that the loader names."""
        given = saver.filename_tensor_name
        for node in self.nodes.values():
            if node.op == "RestoreV2" and node.input[0] != _bare(given):
                return False
        for name, function in self.functions.items():
            for node in function.node_def:
                if node.op != "RestoreV2":
                    continue
                arguments = [one.name for one in function.signature.input_arg]
                if node.input[0] not in arguments:
                    return False
                place = arguments.index(node.input[0])
                for call in self._calls_of(name):
                    if [*call.input][place : place + 1] != [_bare(given)]:
                        return False
                if self._is_called_within(name):
                    return False
        return True

    def _calls_of(self, name):
        return [
            node
            for node in self.nodes.values()
            if node.op == name or name in _functions_of(node)
        ]

    def _is_called_within(self, name):
        return any(
            node.op == name or name in _functions_of(node)
            for function in self.functions.values()
            for node in function.node_def
        )


def _phrases(where, forbidden):
    if forbidden:
        yield (
            f"{where} {', '.join(sorted(forbidden))}, which may do more than compute; "
            "nothing was run"
        )


def _functions_of(node):
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        for one in value.list.func:
            yield one.name


def _node_of(tensor):
    return tensor.removeprefix("^").partition(":")[0]


def _bare(tensor):
    """A first output, as nodes name it among their inputs."""
    return tensor.removesuffix(":0")
