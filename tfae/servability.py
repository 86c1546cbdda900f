"""Whether a SavedModel will load and answer in TF Serving."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfae import c_session

WARM_UP = "assets.extra/tf_serving_warmup_requests"
MOST_WARM_UP_RECORDS = 1000
PREDICT = "tensorflow/serving/predict"
INITIALIZER = "__saved_model_init_op"
SECONDS_TO_LOAD = 300


def check_servable(path):
    """Checks that TF Serving can load the SavedModel `path` and answer with it.

    The files are inspected, and the model is loaded by TensorFlow's C++ loader, the
    one TF Serving uses, in a process without TensorFlow's Python, where it must answer
    every warm-up request. TF Serving itself is not run.

    Args:
        path: Folder of one version, such as `saved_models/leaky_relu_digits/1`.

    Returns:
        The answers to the warm-up requests: dict from the name of a signature to a
        dict of arrays by output name.

    Raises:
        ValueError: If the model is not servable; the error lists all that is wrong.
    """
    path = Path(path).resolve()
    try:
        return answers(path)
    except ValueError as error:
        raise ValueError(f"{path} is not servable: {error}") from error


def answers(path):
    """As `check_servable`, with errors that do not name `path`."""
    problems = list(_problems(path))
    if problems:
        raise ValueError("; ".join(problems))
    return _answers_in_c(path)


def write_warm_up(path, name, requests):
    """Writes the requests that a server answers before it takes others.

    Args:
        path: Folder of the SavedModel.
        name: Name that the model is served under.
        requests: Dict from the name of a signature to a dict of arrays by input name.

    Raises:
        ValueError: If the extra `serving` is not installed.
    """
    logs = serving_api()
    file = Path(path) / WARM_UP
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests.items():
            log = logs.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = name
            request.model_spec.signature_name = signature
            for key, array in inputs.items():
                request.inputs[key].CopyFrom(tf.make_tensor_proto(array))
            writer.write(log.SerializeToString())


def read_warm_up(path):
    """List of (name of the signature, dict of arrays by input name) of a SavedModel."""
    logs = serving_api()
    records = tf.data.TFRecordDataset(str(Path(path) / WARM_UP))
    found = []
    for record in records.as_numpy_iterator():
        request = logs.PredictionLog.FromString(record).predict_log.request
        inputs = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
        found.append((request.model_spec.signature_name, inputs))
    return found


def serving_api():
    """The protocol buffers of warm-up requests; `ValueError` without the extra."""
    try:
        from tensorflow_serving.apis import prediction_log_pb2
    except ImportError as error:
        raise ValueError(
            "Warm-up requests need tensorflow-serving-api. Install it with "
            "pip install 'tfae[serving]'."
        ) from error
    return prediction_log_pb2


def _problems(path):
    """One phrase for each thing in the files that a server would stumble on."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    if not (path.name.isdecimal() and int(path.name) > 0):
        yield f"the name of its folder must be a positive integer, not {path.name!r}"
    try:
        saved = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    except (OSError, DecodeError) as error:
        yield f"its saved_model.pb cannot be read ({type(error).__name__})"
        return
    tags = [list(graph.meta_info_def.tags) for graph in saved.meta_graphs]
    if tags != [["serve"]]:
        yield f"it must hold one graph, tagged serve, not {tags}"
        return
    (graph,) = saved.meta_graphs
    yield from _graph_problems(graph.graph_def)
    signatures = dict(graph.signature_def)
    signatures.pop(INITIALIZER, None)
    if "serving_default" not in signatures:
        yield f"it has no signature serving_default, only {', '.join(signatures)}"
    for name, signature in signatures.items():
        yield from (f"{name}: {problem}" for problem in _signature_problems(signature))
    yield from _warm_up_problems(path, signatures)


def _graph_problems(graph):
    from tensorflow.python.framework import op_def_registry

    nodes = [*graph.node]
    compiled = set()
    for function in graph.library.function:
        nodes += function.node_def
        if function.attr["_XlaMustCompile"].b:
            compiled.add(function.signature.name)
    foreign = {
        node.op
        for node in nodes
        if "PyFunc" in node.op
        or node.op.startswith("Xla")
        or not (op_def_registry.get(node.op) or _is_function(node.op, graph))
    }
    compiled |= {node.name for node in nodes if node.attr["_XlaMustCompile"].b}
    if foreign:
        yield f"TF Serving lacks the operations {', '.join(sorted(foreign))}"
    if compiled:
        yield (
            f"{', '.join(sorted(compiled))} must be compiled by XLA, which TF Serving "
            "lacks; leave jit_compile out of what is exported"
        )


def _is_function(name, graph):
    return any(function.signature.name == name for function in graph.library.function)


def _signature_problems(signature):
    if signature.method_name != PREDICT:
        yield f"its method is {signature.method_name!r}, not {PREDICT!r}"
    for key, info in [*signature.inputs.items(), *signature.outputs.items()]:
        sizes = [dimension.size for dimension in info.tensor_shape.dim]
        if info.tensor_shape.unknown_rank or not sizes:
            yield f"{key} has no batch dimension"
        elif sizes[0] != -1:
            yield f"{key} takes batches of {sizes[0]} only; its batch must be dynamic"
        if info.dtype not in c_session.DTYPES:
            yield (
                f"{key} has type {tf.as_dtype(info.dtype).name}, which goes through "
                "JSON as no number; cast it to float32"
            )
        if key.startswith(("args_", "output_")):
            yield f"{key} needs a name of its own"


def _warm_up_problems(path, signatures):
    from google.protobuf.message import DecodeError

    if not (path / WARM_UP).is_file():
        yield f"{WARM_UP} is missing"
        return
    try:
        warmed = [name for name, _ in read_warm_up(path)]
    except (tf.errors.OpError, DecodeError, ValueError) as error:
        yield f"{WARM_UP} cannot be read ({type(error).__name__})"
        return
    missing = set(signatures) - set(warmed)
    if missing:
        yield f"no warm-up request for {', '.join(sorted(missing))}"
    if len(warmed) > MOST_WARM_UP_RECORDS:
        yield f"{len(warmed)} warm-up requests; TF Serving takes {MOST_WARM_UP_RECORDS}"


def _answers_in_c(path):
    arrays, rows = {}, {}
    for index, (signature, inputs) in enumerate(read_warm_up(path)):
        # And a single row, which a batch of a fixed size cannot answer.
        for case, count in ((f"{index}", None), (f"{index}-single", 1)):
            for key, array in inputs.items():
                arrays[f"{case}/{signature}/{key}"] = array[:count]
                rows[case] = len(array[:count])
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "requests.npz", Path(folder) / "replies.npz"
        np.savez(asked, **arrays)
        command = [sys.executable, "-m", "tfae.c_session", path, asked, answered]
        try:
            done = subprocess.run(
                list(map(str, command)),
                capture_output=True,
                text=True,
                timeout=SECONDS_TO_LOAD,
                # On the CPU: the GPU's memory may be taken by this process.
                env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
            )
        except subprocess.TimeoutExpired as error:
            raise ValueError(f"not loaded after {SECONDS_TO_LOAD} s") from error
        if done.returncode:
            reasons = [f"the process ended with code {done.returncode}"]
            for line in done.stderr.splitlines():
                if line.startswith("Error: "):
                    reasons.append(line.removeprefix("Error: "))
            raise ValueError(f"TensorFlow's C++ loader: {reasons[-1]}")
        replies = {}
        with np.load(answered) as outputs:
            for name, array in outputs.items():
                case, signature, key = name.split("/")
                if array.shape[:1] != (rows[case],):
                    raise ValueError(
                        f"{signature} answers {rows[case]} rows with {key} of shape "
                        f"{array.shape}; every output must have the batch first"
                    )
                if not case.endswith("-single"):
                    replies.setdefault(signature, {})[key] = array
    return replies
