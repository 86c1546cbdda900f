"""SavedModels whose graph does more than compute are refused before they are run."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_one_line, slow
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from tfae.export import graph_check, operations, servability, warm_up

raw = tf.raw_ops
SPEC = tf.TensorSpec((None, 4), name="inputs")


def save(path, function, module=None):
    """A SavedModel of one function, warm-up included."""
    module = module or tf.Module()
    module.serve = tf.function(function, [SPEC])
    tf.saved_model.save(module, str(path), {"serving_default": module.serve})
    rows = np.zeros((2, 4), "float32")
    warm_up.write(path, "x", {"serving_default": {"inputs": rows}})
    return path


def after(operation):
    """A signature that does something beside its sum."""

    def function(inputs):
        done = operation(inputs)
        with tf.control_dependencies([] if done is None else [done]):
            return {"sum": tf.reduce_sum(inputs, axis=1)}

    return function


def text_of(value):
    """Numbers that depend on a text, which then cannot be left out."""
    return tf.cast(tf.strings.length(value), tf.float32)


def answer(text):
    def function(inputs):
        return {"sum": tf.reduce_sum(inputs, axis=1) + text_of(text(inputs))}

    return function


def written(inputs):
    return raw.WriteFile(filename="TARGET", contents="hostile")


def in_a_loop(inputs):
    def body(step):
        with tf.control_dependencies([written(inputs)]):
            return step + 1

    return raw.Identity(input=tf.while_loop(lambda step: step < 3, body, [0])[0])


def in_a_choice(inputs):
    def write():
        with tf.control_dependencies([written(inputs)]):
            return tf.constant(1.0)

    return tf.cond(tf.reduce_sum(inputs) < 1e9, write, lambda: tf.constant(0.0))


def in_a_function(inputs):
    @tf.function
    def inner(values):
        with tf.control_dependencies([written(values)]):
            return values + 1

    return inner(inputs)


def in_a_map(inputs):
    def body(row):
        with tf.control_dependencies([written(row)]):
            return row + 1

    return tf.map_fn(body, inputs)


def from_lines(inputs):
    lines = tf.data.TextLineDataset("TARGET")
    return lines.reduce(0.0, lambda total, line: total + 1)


HOSTILE = {
    "WriteFile": after(written),
    "SaveV2": after(
        lambda inputs: raw.SaveV2(
            prefix="TARGET",
            tensor_names=["a"],
            shape_and_slices=[""],
            tensors=[tf.constant(1.0)],
        )
    ),
    "Save": after(
        lambda inputs: raw.Save(
            filename="TARGET", tensor_names=["a"], data=[tf.constant(1.0)]
        )
    ),
    "PrintV2": after(
        lambda inputs: raw.PrintV2(input="hostile", output_stream="file://TARGET")
    ),
    "Print": after(lambda inputs: raw.Print(input=inputs, data=[inputs])),
    "ReadFile": answer(lambda inputs: raw.ReadFile(filename="TARGET")),
    "MatchingFiles": answer(
        lambda inputs: tf.strings.reduce_join(raw.MatchingFiles(pattern="/*"))
    ),
    "RestoreV2": answer(
        lambda inputs: raw.RestoreV2(
            prefix="TARGET",
            tensor_names=["a"],
            shape_and_slices=[""],
            dtypes=[tf.string],
        )[0]
    ),
    "ImmutableConst": after(
        lambda inputs: raw.ImmutableConst(
            dtype=tf.float32, shape=[1], memory_region_name="TARGET"
        )
    ),
    "WholeFileReaderV2": after(lambda inputs: raw.WholeFileReaderV2()),
    "FIFOQueueV2": after(
        lambda inputs: raw.QueueDequeueV2(
            handle=raw.FIFOQueueV2(component_types=[tf.float32]),
            component_types=[tf.float32],
        )[0]
    ),
    "MergeV2Checkpoints": after(
        lambda inputs: raw.MergeV2Checkpoints(
            checkpoint_prefixes=["TARGET"], destination_prefix="TARGET2"
        )
    ),
    "Timestamp": after(lambda inputs: raw.Timestamp()),
    "Abort": after(lambda inputs: raw.Abort()),
    "CreateSummaryFileWriter": after(
        lambda inputs: raw.CreateSummaryFileWriter(
            writer=raw.SummaryWriter(),
            logdir="TARGET",
            max_queue=1,
            flush_millis=1,
            filename_suffix="",
        )
    ),
    "DebugIdentityV3": after(
        lambda inputs: raw.DebugIdentityV3(input=inputs, debug_urls=["file://TARGET"])
    ),
    "TextLineDataset": after(from_lines),
    "WriteFile in a loop": after(in_a_loop),
    "WriteFile in a choice": after(in_a_choice),
    "WriteFile in a function": after(in_a_function),
    "WriteFile in a map": after(in_a_map),
}


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    def run(*arguments, **options):
        raise AssertionError("it was run")

    monkeypatch.setattr(servability, "run_in_c", run)


def with_target(path, target):
    """Has the graph at `path` name the file `target`, of as many characters."""
    file = path / "saved_model.pb"
    saved = SavedModel.FromString(file.read_bytes())
    graph = saved.meta_graphs[0].graph_def
    for node in [*graph.node, *(n for f in graph.library.function for n in f.node_def)]:
        for value in node.attr.values():
            for index, text in enumerate(value.tensor.string_val):
                value.tensor.string_val[index] = text.replace(b"TARGET", target)
            if value.HasField("s"):
                value.s = value.s.replace(b"TARGET", target)
    file.write_bytes(saved.SerializeToString())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_graph_that_does_more_than_compute_is_refused(call_cli, tmp_path, name):
    path = save(tmp_path / "1", HOSTILE[name])
    (tmp_path / "target").write_text("kept")
    with_target(path, str(tmp_path / "target").encode())
    operation = name.partition(" ")[0]
    with pytest.raises(ValueError, match=rf"would run .*{operation}.*nothing was run"):
        servability.check_servable(path)
    assert_one_line(call_cli("export", path), operation, "nothing was run")
    assert (tmp_path / "target").read_text() == "kept"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1", "target"]


def edit(path, change):
    file = path / "saved_model.pb"
    saved = SavedModel.FromString(file.read_bytes())
    change(saved.meta_graphs[0])
    file.write_bytes(saved.SerializeToString())


def harmless(path):
    module = tf.Module()
    module.weights = tf.Variable(tf.ones((4,)))
    return save(path, lambda inputs: {"scaled": inputs * module.weights}, module)


def write_node(graph):
    """Adds a node that writes a file; returns its name."""
    for name, value in (("file", b"TARGET"), ("text", b"hostile")):
        node = graph.node.add(name=name, op="Const")
        node.attr["dtype"].type = tf.string.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    graph.node.add(name="write", op="WriteFile", input=["file", "text"])
    return "write"


def initialize_by_writing(meta_graph):
    write_node(meta_graph.graph_def)
    started = meta_graph.signature_def[graph_check.INITIALIZER]
    started.outputs[graph_check.INITIALIZER].name = "write"


def initialize_by_a_collection(meta_graph):
    meta_graph.collection_def["legacy_init_op"].node_list.value.append(
        write_node(meta_graph.graph_def)
    )


def restore_by_writing(meta_graph):
    meta_graph.saver_def.restore_op_name = write_node(meta_graph.graph_def)


def restore_after_writing(meta_graph):
    graph = meta_graph.graph_def
    name = write_node(graph)
    (restore,) = (
        node for node in graph.node if node.name == meta_graph.saver_def.restore_op_name
    )
    restore.input.append(f"^{name}")


def restore_another_file(meta_graph):
    graph = meta_graph.graph_def
    write_node(graph)
    (restore,) = (
        node for node in graph.node if node.name == meta_graph.saver_def.restore_op_name
    )
    restore.input[0] = "file"


def restore_another_file_within(meta_graph):
    for function in meta_graph.graph_def.library.function:
        for node in function.node_def:
            if node.op == "RestoreV2":
                node.input[0] = "RestoreV2/tensor_names:output:0"


def initialize_by_restoring(meta_graph):
    started = meta_graph.signature_def[graph_check.INITIALIZER]
    name = meta_graph.saver_def.restore_op_name
    started.outputs[graph_check.INITIALIZER].name = name


def name_a_function_as_an_operation(meta_graph):
    function = meta_graph.graph_def.library.function.add()
    function.signature.name = "ReadFile"


def keep_a_function_to_exchange(meta_graph):
    function = meta_graph.graph_def.library.function.add()
    function.signature.name = "another"
    function.attr["api_implements"].s = b"the served function"
    function.node_def.add(name="write", op="WriteFile", input=["a", "b"])


def take_an_asset_from_elsewhere(meta_graph):
    meta_graph.asset_file_def.add(filename="../../secret")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (initialize_by_writing, "loading would run WriteFile"),
        (initialize_by_a_collection, "loading would run WriteFile"),
        (initialize_by_restoring, "loading would run RestoreV2"),
        (restore_by_writing, "restoring its weights would run WriteFile"),
        (restore_after_writing, "restoring its weights would run WriteFile"),
        (restore_another_file, "restoring its weights would run RestoreV2"),
        (restore_another_file_within, "restoring its weights would run RestoreV2"),
        (name_a_function_as_an_operation, "ReadFile have names of operations"),
        (keep_a_function_to_exchange, "would run WriteFile"),
        (take_an_asset_from_elsewhere, "is not a file of its own"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_loading_may_do_no_more_than_restore_its_own_weights(tmp_path, change, words):
    path = harmless(tmp_path / "1")
    edit(path, change)
    with pytest.raises(ValueError, match=words):
        servability.check_servable(path)


def in_a_function_of_a_function(inputs):
    @tf.function(autograph=False)
    def evil(values):
        with tf.control_dependencies([written(values)]):
            return values + 1

    @tf.function(autograph=False)
    def outer(values):
        return evil(values)

    @tf.function(autograph=False)
    def outermost(values):
        return outer(values)

    return outermost(inputs)


def called_by_placeholder(library):
    """Has `outer` call a function that its caller, or its own default, names."""
    (evil,) = (one for one in library.function if "_evil_" in one.signature.name)
    (outer,) = (one for one in library.function if "_outer_" in one.signature.name)
    for node in outer.node_def:
        if evil.signature.name in node.attr["f"].func.name:
            node.attr["f"].Clear()
            node.attr["f"].placeholder = "g"
    attribute = outer.signature.attr.add(name="g", type="func")
    # Which keeps TensorFlow from removing it.
    library.gradient.add(
        function_name=outer.signature.name, gradient_func=evil.signature.name
    )
    return evil.signature.name, outer.signature.name, attribute


def named_by_the_caller(library):
    evil, outer, _ = called_by_placeholder(library)
    for function in library.function:
        for node in function.node_def:
            if node.attr["f"].func.name == outer:
                node.attr["f"].func.attr["g"].func.name = evil


def named_by_default(library):
    evil, _, attribute = called_by_placeholder(library)
    attribute.default_value.func.name = evil


@pytest.mark.parametrize("name", [named_by_the_caller, named_by_default])
def test_functions_that_attributes_name_are_walked_too(tmp_path, name):
    path = save(tmp_path / "1", after(in_a_function_of_a_function))
    edit(path, lambda meta_graph: name(meta_graph.graph_def.library))
    with pytest.raises(ValueError, match="would run WriteFile"):
        servability.check_servable(path)


def test_what_nothing_reaches_may_be_there(tmp_path):
    path = harmless(tmp_path / "1")
    edit(path, lambda meta_graph: write_node(meta_graph.graph_def))
    with pytest.raises(AssertionError, match="it was run"):
        servability.check_servable(path)


def test_the_list_names_operations_of_tensorflow():
    from tensorflow.python.framework import op_def_registry

    listed = operations.INITIALIZING | operations.COMPUTING
    assert all(op_def_registry.get(name) for name in listed)
    assert len(operations.COMPUTING) > 500
    touching = ("File", "Save", "Print", "Reader", "Queue", "Summary", "Dataset", "Py")
    assert not [name for name in listed if any(word in name for word in touching)]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            lambda inputs: tf.reduce_sum(inputs) + np.float32("nan"),
            "holds NaN or infinite values",
        ),
        (
            lambda inputs: tf.while_loop(lambda x: x < 1, lambda x: x * 1, [0.0])[0],
            "has not answered after 3 s",
        ),
        # TensorFlow tries for a while to get so much memory.
        slow(
            lambda inputs: tf.reduce_sum(tf.ones((10**7, 10**4))),
            r"C\+\+ loader|has not answered after 3 s",
        ),
    ],
    ids=["NaN", "for ever", "memory"],
)
def test_a_graph_must_answer_in_time_and_memory(tmp_path, monkeypatch, function, words):
    monkeypatch.undo()  # what keeps all from running

    def answer(inputs):
        return {"sum": tf.reduce_sum(inputs, axis=1) + function(inputs)}

    path = save(tmp_path / "1", answer)
    monkeypatch.setattr(servability, "SPARE_MEMORY", 4 * 2**30)
    with pytest.raises(ValueError, match=words):
        servability.check_servable(path, 3 if "after" in words else None)
