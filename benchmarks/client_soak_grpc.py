"""The gRPC server of `client_soak.py`; needs the extra `serving`."""

import time
from concurrent import futures

import grpc
import numpy as np
import tensorflow as tf
from client_soak_servers import (
    HONEST,
    LIES,
    LONGER,
    SLOW,
    TOO_SLOW,
    Server,
    expected,
)
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

ABORTS = {
    "busy": grpc.StatusCode.UNAVAILABLE,
    "overloaded": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "refuse": grpc.StatusCode.INVALID_ARGUMENT,
    "fail": grpc.StatusCode.INTERNAL,
}
# JSON has these, and tensors have none.
ONLY_LISTS = ("ragged", "null", "too large")


class GrpcServer(Server):
    """TF Serving's gRPC interface."""

    name = "gRPC"
    behaviours = (
        *("slow", "too slow", "long", "cut", "huge", "other type", *ABORTS),
        *(lie for lie in HONEST if lie not in ONLY_LISTS),
    )

    @property
    def url(self):
        """What a client calls."""
        return f"grpc://127.0.0.1:{self.port}"

    def start(self, threads):
        """Listens, on the port of the last time."""
        self._pool = futures.ThreadPoolExecutor(threads)
        self._server = grpc.server(self._pool)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            _Servicer(self), self._server
        )
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def stop(self):
        """Cancels the calls and closes the port."""
        self._server.stop(None).wait()
        self._pool.shutdown()


class _Servicer(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, server):
        self._server = server

    def GetModelMetadata(self, request, context):
        reply = get_model_metadata_pb2.GetModelMetadataResponse()
        found = get_model_metadata_pb2.SignatureDefMap()
        signature = found.signature_def["encode"]
        signature.method_name = "tensorflow/serving/predict"
        for side, name, dtype, sizes in (
            (signature.inputs, "inputs", tf.float32, (-1, 3)),
            (signature.outputs, "double", tf.float32, (-1, 3)),
            (signature.outputs, "total", tf.int64, (-1,)),
        ):
            side[name].dtype = dtype.as_datatype_enum
            for size in sizes:
                side[name].tensor_shape.dim.add().size = size
        reply.metadata["signature_def"].Pack(found)
        return reply

    def Predict(self, request, context):
        what = self._server.choose()
        outputs = expected(tf.make_ndarray(request.inputs["inputs"]))
        if what in ABORTS:
            context.abort(ABORTS[what], "not now")
        if what in ("slow", "too slow"):
            time.sleep(SLOW if what == "slow" else TOO_SLOW)
        if what == "other type":
            outputs["double"] = outputs["double"].astype("float64")
        if what in LIES:
            outputs = _lie(what, outputs)
        if what == "long":
            outputs["more"] = np.zeros(LONGER, "uint8")
        reply = predict_pb2.PredictResponse()
        for name, array in outputs.items():
            reply.outputs[name].CopyFrom(tf.make_tensor_proto(array))
        if what == "cut":
            tensor = reply.outputs["double"]
            tensor.tensor_content = tensor.tensor_content[:-1]
        if what == "huge":
            reply.outputs["double"].tensor_shape.dim[0].size = 10**12
        return reply


def _lie(what, outputs):
    lists = LIES[what]({name: array.tolist() for name, array in outputs.items()})
    types = {name: array.dtype for name, array in outputs.items()}
    keeps_types = what not in ("strings", "booleans", "fractions")
    return {
        name: np.array(values, types.get(name) if keeps_types else None)
        for name, values in lists.items()
    }
