"""TF Serving's interfaces on loopback, in front of TensorFlow's C++ loader.

The gRPC side is the official servicer of `tensorflow_serving`, the REST side speaks
the documented JSON; behind both, the models run through the C API.
"""

import contextlib
import http.server
import json
import re
import threading
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from c_runner import runner
from google.protobuf import json_format, text_format
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

DEFAULT = "serving_default"  # what a request without a signature gets


class Models:
    """The exported models below `base`, with the labels of its `models.config`."""

    def __init__(self, base):
        self.base = Path(base).resolve()  # the runner has a folder of its own

    def path(self, name, version=None, label=None):
        if label:
            version = self._labels(name)[label]
        versions = sorted(
            int(path.name)
            for path in (self.base / name).glob("*")
            if path.is_dir() and path.name.isdecimal()
        )
        if not versions or version not in (None, *versions):
            raise KeyError(f"Servable not found for request: {name}, {version}")
        return self.base / name / str(version or versions[-1])

    def _labels(self, name):
        text = (self.base / "models.config").read_text()
        config = text_format.Parse(text, ModelServerConfig())
        for model in config.model_config_list.config:
            if model.name == name:
                return dict(model.version_labels)
        return {}

    def signatures(self, path):
        saved = SavedModel.FromString((path / "saved_model.pb").read_bytes())
        return saved.meta_graphs[0].signature_def


def run_alone(*call):
    """Runs a signature in the process of its own that this process has for it."""
    return runner().run(*call)


class Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, models, run=run_alone):
        self.models, self.run = models, run

    def Predict(self, request, context):
        try:
            path = self.models.path(*_wanted(request.model_spec))
            inputs = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
            signature = request.model_spec.signature_name or DEFAULT
            outputs = self.run(path, signature, inputs)
        except KeyError as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        reply = predict_pb2.PredictResponse()
        reply.model_spec.CopyFrom(request.model_spec)
        for name, array in outputs.items():
            reply.outputs[name].CopyFrom(tf.make_tensor_proto(array))
        return reply

    def GetModelMetadata(self, request, context):
        try:
            path = self.models.path(*_wanted(request.model_spec))
        except KeyError as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        found = get_model_metadata_pb2.SignatureDefMap()
        for name, signature in self.models.signatures(path).items():
            found.signature_def[name].CopyFrom(signature)
        reply = get_model_metadata_pb2.GetModelMetadataResponse()
        reply.model_spec.name = request.model_spec.name
        reply.model_spec.version.value = int(path.name)
        reply.metadata["signature_def"].Pack(found)
        return reply


class _Status(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, models):
        self.models = models

    def GetModelStatus(self, request, context):
        try:
            path = self.models.path(*_wanted(request.model_spec))
        except KeyError as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        reply = get_model_status_pb2.GetModelStatusResponse()
        status = reply.model_version_status.add()
        status.version = int(path.name)
        status.state = get_model_status_pb2.ModelVersionStatus.AVAILABLE
        return reply


def _wanted(spec):
    version = spec.version.value if spec.HasField("version") else None
    return spec.name, version, spec.version_label


@contextlib.contextmanager
def grpc_server(base, servicer=None, workers=1):
    """Serves the models below `base`, or `servicer`; gives the `grpc://` URL."""
    models = base and Models(base)
    server = grpc.server(futures.ThreadPoolExecutor(workers))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        servicer or Predictions(models), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_Status(models), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"grpc://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@contextlib.contextmanager
def rest_server(base, handle=None):
    """As `grpc_server`, for `http://`; `handle(path, body)` may answer instead."""
    handle = handle or rest_answer(Models(base))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits for 40 ms

        def do_GET(self):
            self.answer(None)

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            self.answer(json.loads(self.rfile.read(length)))

        def answer(self, body):
            status, answer = handle(self.path, body)
            content = json.dumps(answer).encode() if answer is not None else b"hello"
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def rest_answer(models, run=run_alone):
    """Function of a path and a body that answers for the models."""

    def answer(path, body):
        name, version, label, verb = re.fullmatch(
            r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?"
            r"(/metadata|:predict|)",
            path,
        ).groups()
        try:
            folder = models.path(name, version and int(version), label)
        except KeyError as error:
            return 404, {"error": str(error)}
        signatures = models.signatures(folder)
        if verb == "/metadata":
            found = get_model_metadata_pb2.SignatureDefMap()
            for key, signature in signatures.items():
                found.signature_def[key].CopyFrom(signature)
            plain = json_format.MessageToDict(
                found,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            spec = {"name": name, "version": folder.name}
            return 200, {"model_spec": spec, "metadata": {"signature_def": plain}}
        signature = body.get("signature_name", DEFAULT)
        try:
            columns = body["inputs"] if "inputs" in body else _columns(body)
            inputs = {
                key: np.array(columns[key], tf.as_dtype(info.dtype).as_numpy_dtype)
                for key, info in signatures[signature].inputs.items()
            }
            outputs = run(folder, signature, inputs)
        except (KeyError, ValueError) as error:
            return 400, {"error": str(error)}
        lists = {key: array.tolist() for key, array in outputs.items()}
        if "inputs" not in body:
            rows = zip(*lists.values(), strict=True)
            found = [dict(zip(lists, row, strict=True)) for row in rows]
            return 200, {"predictions": found}
        return 200, {"outputs": lists if len(lists) > 1 else next(iter(lists.values()))}

    return answer


def _columns(body):
    """Inputs by name, of rows of several inputs as a request may have them."""
    rows = body["instances"]
    return {key: [row[key] for row in rows] for key in rows[0]}
