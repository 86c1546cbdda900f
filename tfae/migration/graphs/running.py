"""Tensors of a TF1 graph, computed by TensorFlow's C++ in a separate process."""

import tempfile
from pathlib import Path

import numpy as np

from tfae.export import servability
from tfae.migration.graphs.nodes import node_of
from tfae.migration.graphs.values import UnreadableError

TIME_LIMIT = 60  # seconds
RUN = "run"


def compute(graph, feds, wanted, time_limit=TIME_LIMIT):
    """Arrays of tensors, for one or several sets of fed arrays.

    The executed graph contains only the ancestors of these tensors, and only operations
    that compute (`tfae.export.operations`).

    Args:
        graph: `OldGraph`.
        feds: List of dicts from the same names of tensors to arrays; the variables are
            always fed.
        wanted: Names of tensors.
        time_limit: Positive number of seconds.

    Returns:
        List of dicts from names to arrays, one for each of `feds`.

    Raises:
        ValueError: If the graph cannot be run, or has operations that do more.
    """
    known, wanted = [*feds[0]], [*dict.fromkeys(wanted)]
    asked = [name for name in wanted if name not in known]
    found = [{name: np.asarray(fed[name]) for name in known} for fed in feds]
    if not asked:
        return found
    saved, inputs = _saved_model(graph, feds[0], asked)
    cases = [
        (RUN, {key: _array(graph, fed, name) for key, name in inputs.items()})
        for fed in feds
    ]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "saved_model.pb").write_bytes(saved.SerializeToString())
        try:
            answers = servability.run_in_c(folder, cases, time_limit, _config())
        except ValueError as error:
            raise ValueError(f"The graph could not be run: {error}") from error
    return [
        one | {name: answer[f"output_{at}"] for at, name in enumerate(asked)}
        for one, answer in zip(found, answers, strict=True)
    ]


def _array(graph, fed, tensor):
    array = fed.get(tensor)
    return np.asarray(graph.array_of(tensor) if array is None else array)


def _saved_model(graph, fed, asked):
    """A SavedModel of the wanted tensors, and names of its input tensors."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    meta = saved.meta_graphs.add()
    meta.meta_info_def.tags.append("serve")
    meta.graph_def.versions.CopyFrom(graph.versions)
    feeds = _add_nodes(graph, fed, asked, meta.graph_def)
    signature = meta.signature_def[RUN]
    signature.method_name = servability.PREDICT
    for index, (tensor, number) in enumerate(feeds.items()):
        signature.inputs[f"input_{index}"].name = tensor
        signature.inputs[f"input_{index}"].dtype = number
    for index, tensor in enumerate(asked):
        signature.outputs[f"output_{index}"].name = tensor
    return saved, {f"input_{at}": tensor for at, tensor in enumerate(feeds)}


def _config():
    """Config without fusion of operations, since some cannot be fused on a CPU."""
    import tensorflow as tf

    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config.SerializeToString()


def _add_nodes(graph, fed, asked, graph_def):
    """Adds the ancestors of tensors to a `GraphDef`; returns the types of the feeds."""
    feeds, done, waiting = {}, set(), [node_of(one) for one in asked]
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        if name not in graph.nodes:
            raise ValueError(f"The graph has no operation {name}.")
        tensor = f"{name}:0"
        node = graph_def.node.add()
        if tensor in fed or graph.array_of(tensor) is not None:
            feeds[tensor] = _placeholder(node, name, _array(graph, fed, tensor))
            continue
        if not graph.computes(name):
            raise UnreadableError(graph.nodes[name].op)
        node.CopyFrom(graph.nodes[name])
        node.device = ""
        node.attr.pop("_class", None)
        del node.input[:]
        taken = graph.inputs_of(name)
        node.input.extend(taken)
        waiting += map(node_of, taken)
    return feeds


def _placeholder(node, name, array):
    """Makes a node a placeholder for an array; returns the number of its type."""
    import tensorflow as tf

    number = tf.as_dtype(array.dtype).as_datatype_enum
    node.name, node.op = name, "Placeholder"
    node.attr["dtype"].type = number
    return number
