"""TF1 graphs in files: beside a checkpoint, in a SavedModel, or frozen."""

import re
from pathlib import Path

import numpy as np

from tfae.migration.graphs.nodes import FLOATS, OldGraph, array_of, attribute, node_of

LARGEST = 2**30  # bytes of a graph file
VARIABLES = ("VariableV2", "Variable", "VarHandleOp")
SAVED_MODEL, FROZEN = "saved_model.pb", ".pb"


def beside(prefix, arrays):
    """The graph that Saver wrote beside a checkpoint, or `None`.

    Args:
        prefix: Path of the checkpoint without `.index` or `.data-…`.
        arrays: Dict from the names of its variables to arrays.

    Raises:
        ValueError: If the file cannot be read.
    """
    path = Path(f"{prefix}.meta")
    if not path.is_file():
        return None
    from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef

    meta = _parsed(path, MetaGraphDef)
    if not meta.graph_def.node:
        raise ValueError(f"{path} holds no graph. Move it away, or give the right one.")
    return OldGraph(meta.graph_def, arrays, _keys(meta))


def saved_model(folder, read):
    """The graph of a TF1 SavedModel, and the names in its signature.

    Args:
        folder: Folder with `saved_model.pb`.
        read: Function of the prefix of a checkpoint that returns its arrays.

    Returns:
        Pair of an `OldGraph` and a dict of `input` and `reconstruction`, if the
        signature has one of each.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    folder = Path(folder)
    saved = _parsed(folder / SAVED_MODEL, SavedModel)
    metas = list(saved.meta_graphs)
    serving = [one for one in metas if list(one.meta_info_def.tags) == ["serve"]]
    if len(serving or metas) != 1:
        raise ValueError(f"{folder} must hold one graph. Received: {len(metas)}.")
    (meta,) = serving or metas
    if meta.HasField("object_graph_def"):
        raise ValueError(
            f"{folder} is a SavedModel of TensorFlow 2, not of TF1. Load it with "
            "tf.saved_model.load, or save the Keras model it was made from."
        )
    variables = folder / "variables" / "variables"
    arrays = read(variables) if variables.with_suffix(".index").is_file() else {}
    graph = OldGraph(meta.graph_def, arrays, _keys(meta))
    signatures = [one for one in meta.signature_def.values() if one.inputs]
    names = {}
    if len(signatures) == 1:
        for name, tensors in (
            ("input", signatures[0].inputs),
            ("reconstruction", signatures[0].outputs),
        ):
            if len(tensors) == 1:
                names[name] = next(iter(tensors.values())).name
    return graph, names


def frozen(path):
    """The `OldGraph` of a frozen graph, whose variables are constants."""
    from tensorflow.core.framework.graph_pb2 import GraphDef

    graph_def = _parsed(Path(path), GraphDef)
    arrays = {}
    for node in graph_def.node:
        if node.op == "Const" and attribute(node, "dtype").type in FLOATS:
            array = array_of(node)
            if array.size > 1:
                arrays[node.name] = array
    if not arrays:
        raise ValueError(
            f"{path} holds no constants, and therefore no weights. Give the "
            "checkpoint of the graph, or a frozen graph."
        )
    return OldGraph(graph_def, arrays, {name: name for name in arrays})


def _parsed(path, kind):
    from google.protobuf.message import DecodeError

    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path} has more than {LARGEST:,} bytes.")
        return kind.FromString(path.read_bytes())
    except (DecodeError, OSError) as error:
        raise ValueError(
            f"{path} is damaged, or is not a TensorFlow graph. Move it away, or give "
            "the right one."
        ) from error


def _keys(meta):
    """Dict from the names of variable nodes to the names used by Saver.

    A graph may have several Savers; the one of the file is used.
    """
    nodes = {node.name: node for node in meta.graph_def.node}
    found = {
        name: attribute(node, "shared_name").s.decode(errors="replace") or name
        for name, node in nodes.items()
        if node.op in VARIABLES
    }
    for name in _before(nodes, meta.saver_def.restore_op_name):
        node = nodes[name]
        if node.op in ("Assign", "AssignVariableOp") and len(node.input) > 1:
            key = _restored(nodes, node.input[1])
            if key is not None and node_of(node.input[0]) in found:
                found[node_of(node.input[0])] = key
    return found


def _before(nodes, name):
    """Names of a node and of all nodes on which it depends."""
    found, waiting = set(), [node_of(name)]
    while waiting:
        one = waiting.pop()
        if one in nodes and one not in found:
            found.add(one)
            waiting += [node_of(taken) for taken in nodes[one].input]
    return found


def _restored(nodes, tensor):
    """Name in the checkpoint of the tensor restored by a node, or `None`."""
    node, seen = nodes.get(node_of(tensor)), set()
    while (
        node is not None
        and node.op == "Identity"
        and node.name not in seen
        and node.input
    ):
        seen.add(node.name)
        tensor = node.input[0]
        node = nodes.get(node_of(tensor))
    if node is None or node.op != "RestoreV2" or len(node.input) < 2:
        return None
    names = _texts(nodes.get(node_of(node.input[1])))
    place = re.search(r":(\d+)$", tensor)
    index = int(place[1]) if place else 0
    return names[index] if index < len(names) else None


def _texts(node):
    if node is None or node.op != "Const":
        return []
    array = np.atleast_1d(array_of(node))
    return [one.decode(errors="replace") for one in array.flat if type(one) is bytes]
