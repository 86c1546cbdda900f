"""Check that a SavedModel will load and answer in TF Serving."""

import itertools
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfae import files
from tfae.arguments import check_paths, check_positive
from tfae.export import agreement, graph_check, warm_up
from tfae.serving import c_session
from tfae.types import Arrays, PathLike

LARGEST_VERSION = 2**63 - 1
PREDICT = "tensorflow/serving/predict"
TIME_LIMIT = 20  # seconds
SPARE_MEMORY = 8 * 2**30  # bytes, plus several times the size of the files
LARGEST_GRAPH = 2**30  # bytes, half of the limit of protocol buffers


def check_servable(path: PathLike, time_limit: float | None = None) -> dict:
    """Checks that TF Serving can load the SavedModel `path` and answer requests.

    The files are inspected first: all reachable operations of the graph must be pure
    computations (`tfae.export.operations`) that do not access files, sockets or
    processes. The model is then loaded by TensorFlow's C++ loader, which TF Serving
    uses, in a process without TensorFlow's Python, where it must answer every warm-up
    request. TF Serving itself is not run.

    Args:
        path: Folder of a version, such as `saved_models/leaky_relu_digits/1`.
        time_limit: Positive number, limit in seconds for loading and answering.
            Defaults to 20.

    Returns:
        The answers to the warm-up requests: dict from the name of a signature to a
        dict of arrays by output name.

    Raises:
        ValueError: If the model is not servable; the error lists all reasons.
    """
    check_paths(path=path)
    path = Path(path).absolute()
    try:
        return answers(path, time_limit)
    except ValueError as error:
        raise ValueError(f"{path} is not servable: {error}") from error


def answers(path: PathLike, time_limit: float | None = None) -> dict[str, Arrays]:
    """As `check_servable`, with errors that do not name `path`."""
    time_limit = TIME_LIMIT if time_limit is None else time_limit
    check_positive(time_limit=time_limit)
    problems = list(_problems(path))
    if problems:
        raise ValueError("; ".join(problems))
    return _answers_in_c(path, time_limit)


def _problems(path):
    """Yields one phrase for each fault of the files."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    if not (path.name.isdecimal() and 0 < int(path.name) <= LARGEST_VERSION):
        yield (
            "the name of its folder must be a positive integer of 64 bits, not "
            f"{path.name!r}"
        )
    special = [one for one in path.rglob("*") if not (one.is_file() or one.is_dir())]
    if special:  # such as a pipe, or a link to a device
        yield f"its {special[0].relative_to(path)} is not a regular file"
        return
    file = path / "saved_model.pb"
    try:
        if file.stat().st_size > LARGEST_GRAPH:
            yield f"its saved_model.pb has more than {LARGEST_GRAPH:,} bytes"
            return
        saved = SavedModel.FromString(file.read_bytes())
    except (OSError, DecodeError) as error:
        yield f"its saved_model.pb cannot be read ({type(error).__name__})"
        return
    tags = [list(graph.meta_info_def.tags) for graph in saved.meta_graphs]
    if tags != [["serve"]]:
        yield f"it must hold one graph, tagged serve, not {tags}"
        return
    (graph,) = saved.meta_graphs
    yield from graph_check.problems(graph)
    signatures = dict(graph.signature_def)
    signatures.pop(graph_check.INITIALIZER, None)
    if "serving_default" not in signatures:
        yield f"it has no signature serving_default, only {', '.join(signatures)}"
    for name, signature in signatures.items():
        yield from (f"{name}: {problem}" for problem in _signature_problems(signature))
    yield from _warm_up_problems(path, signatures)


def _signature_problems(signature):
    if signature.method_name != PREDICT:
        yield f"its method is {signature.method_name!r}, not {PREDICT!r}"
    for key, info in [*signature.inputs.items(), *signature.outputs.items()]:
        sizes = [dimension.size for dimension in info.tensor_shape.dim]
        if info.tensor_shape.unknown_rank or not sizes:
            yield f"{key} has no batch dimension"
        elif sizes[0] != -1:
            yield f"{key} takes batches of {sizes[0]} only; its batch must be dynamic"
        text = info.dtype == c_session.STRING and key in signature.inputs
        if info.dtype not in c_session.DTYPES and not text:
            yield (
                f"{key} has type {tf.as_dtype(info.dtype).name}, which JSON does not "
                "hold as a number; cast it to float32"
            )
        if key.startswith(("args_", "output_")):
            yield f"{key} needs a name of its own"


def _warm_up_problems(path, signatures):
    from google.protobuf.message import DecodeError

    if not (path / warm_up.FILE).is_file():
        yield f"{warm_up.FILE} is missing"
        return
    try:
        requests = warm_up.read(path)
    except (tf.errors.OpError, DecodeError, ValueError) as error:
        yield f"{warm_up.FILE} cannot be read ({type(error).__name__})"
        return
    missing = set(signatures) - {name for name, _ in requests}
    if missing:
        yield f"no warm-up request for {', '.join(sorted(missing))}"
    if len(requests) > warm_up.MOST_RECORDS:
        yield (
            f"{len(requests)} warm-up requests; TF Serving takes {warm_up.MOST_RECORDS}"
        )
    for name, inputs in requests:
        rows = {array.shape[0] if array.ndim else 0 for array in inputs.values()}
        if name not in signatures or set(inputs) != set(signatures[name].inputs):
            yield f"a warm-up request for {name} with inputs {sorted(inputs)}"
        elif len(rows) != 1 or 0 in rows:
            yield f"a warm-up request for {name} without rows, or with unlike numbers"


def _answers_in_c(path, time_limit):
    """Answers to the warm-up requests; each is sent whole, and its first row twice."""
    requests = warm_up.read(path)
    cases = []
    for signature, inputs in requests:
        first = {key: array[:1] for key, array in inputs.items()}
        twice = {key: np.repeat(array, 2, axis=0) for key, array in first.items()}
        cases += [(signature, inputs), (signature, first), (signature, twice)]
    replies = {}
    advice = ". Raise `time_limit` for a large model"
    outputs = iter(run_in_c(path, cases, time_limit, advice=advice))
    for signature, inputs in requests:
        whole, first, twice = (next(outputs) for _ in range(3))
        rows = len(next(iter(inputs.values())))
        for key, array in whole.items():
            for found, count in ((array, rows), (first[key], 1), (twice[key], 2)):
                if found.shape[:1] != (count,):
                    raise ValueError(
                        f"{signature} answers {count} rows with {key} of shape "
                        f"{found.shape}; every output must have the batch first"
                    )
            # An integer is an index, which may differ between equal values.
            numbers = array.dtype.kind == "f"
            if numbers and not np.isfinite(array).all():
                raise ValueError(
                    f"{signature} answers its own warm-up request with {key} that "
                    "holds NaN or infinite values. Has its training diverged?"
                )
            if numbers and not _alike(key, first[key][0], array[0]):
                raise ValueError(
                    f"{signature} gives a row alone different {key} than the same row "
                    "in a batch. Does it mix rows, or draw random numbers?"
                )
        replies.setdefault(signature, whole)
    return replies


def _alike(key, found, expected):
    """Whether arrays are equal up to rounding."""
    difference = agreement.relative_difference(key, found, expected)
    return difference <= agreement.TOLERANCE


def run_in_c(path, cases, time_limit, config=b"", advice=""):
    """Outputs of each (signature, inputs), by a process without TensorFlow's Python.

    `config` is a serialized `ConfigProto`; `advice` ends the message about a timeout.
    """
    size = sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "requests", Path(folder) / "replies"
        asked.write_bytes(pickle.dumps(cases))
        # -P: modules are not imported from the user's current folder.
        command = [
            sys.executable,
            "-P",
            "-m",
            "tfae.serving.c_session",
            path,
            asked,
            answered,
            SPARE_MEMORY + 4 * size,
            config.hex(),
        ]
        try:
            done = subprocess.run(
                list(map(str, command)),
                capture_output=True,
                text=True,
                timeout=time_limit,
                # On the CPU: this process may hold the memory of the GPU.
                env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
            )
        except subprocess.TimeoutExpired as error:
            raise ValueError(
                f"it has not answered after {time_limit:g} s{advice}"
            ) from error
        if done.returncode:
            reasons = [f"the process ended with code {done.returncode}"]
            for line in done.stderr.splitlines():
                if line.startswith("Error: "):
                    reasons.append(line.removeprefix("Error: "))
            raise ValueError(f"TensorFlow's C++ loader: {reasons[-1]}")
        # Not pickled: the maker of the model may have influenced it.
        found = files.read_arrays(answered)
    arrays = (found[f"array_{index}"] for index in itertools.count())
    names = json.loads(str(found["names"]))
    return [{name: next(arrays) for name in one} for one in names]
