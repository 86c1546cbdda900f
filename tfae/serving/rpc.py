"""TF Serving's gRPC interface."""

import json

from tfae.serving.tensor import tensor

SECONDS_BEFORE_RETRY = 0.2
LARGEST_MESSAGE = -1  # bytes; no limit, since batches are bounded by the client


class Rpc:
    """One model at one address; arguments as for `tfae.serving.Client`."""

    def __init__(self, url, model, version, label, timeout, retries):
        try:
            import grpc
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ValueError(
                "gRPC needs the extra `serving`. Install it with pip install "
                "'tensorflow-serving-api>=2.21,<2.22', or give an http:// URL."
            ) from error
        self._grpc = grpc
        self._name = f"{model} at {url}"
        self._model, self._timeout = model, timeout
        self._version, self._label = version, label
        policy = {
            "maxAttempts": retries + 1,
            "initialBackoff": f"{SECONDS_BEFORE_RETRY}s",
            "maxBackoff": "10s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
        }
        service = {"methodConfig": [{"name": [{}], "retryPolicy": policy}]}
        options = [
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ]
        if retries:
            options.append(("grpc.service_config", json.dumps(service)))
        self._channel = grpc.insecure_channel(url.partition("://")[2], options)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def signatures(self):
        """Dict from name to (inputs, outputs), dicts from name to `Tensor`."""
        from tensorflow.core.framework.types_pb2 import DataType
        from tensorflow_serving.apis.get_model_metadata_pb2 import (
            GetModelMetadataRequest,
            SignatureDefMap,
        )

        request = GetModelMetadataRequest(metadata_field=["signature_def"])
        self._address(request.model_spec)
        answer = self._call(self._stub.GetModelMetadata, request)
        found = SignatureDefMap()
        answer.metadata["signature_def"].Unpack(found)

        def read(arguments):
            return {
                name: tensor(
                    DataType.Name(info.dtype),
                    [dimension.size for dimension in info.tensor_shape.dim],
                )
                for name, info in arguments.items()
            }

        return {
            name: (read(signature.inputs), read(signature.outputs))
            for name, signature in found.signature_def.items()
            if signature.method_name  # without: initializes the model
        }

    def predict(self, signature, inputs, outputs):
        """Arrays by output name."""
        import tensorflow as tf
        from tensorflow_serving.apis.predict_pb2 import PredictRequest

        request = PredictRequest()
        self._address(request.model_spec)
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        answer = self._call(self._stub.Predict, request)
        return {name: tf.make_ndarray(value) for name, value in answer.outputs.items()}

    def close(self):
        """Closes the channel."""
        self._channel.close()

    def _address(self, spec):
        spec.name = self._model
        if self._version is not None:
            spec.version.value = self._version
        if self._label is not None:
            spec.version_label = self._label

    def _call(self, method, request):
        try:
            return method(request, timeout=self._timeout)
        except self._grpc.RpcError as error:
            code, reason = error.code(), error.details()
            codes = self._grpc.StatusCode
            if code is codes.DEADLINE_EXCEEDED:
                raise ConnectionError(
                    f"{self._name} did not answer within {self._timeout:g} s. Is the "
                    "server overloaded? Allow more time, or send fewer rows at once."
                ) from error
            if code is codes.RESOURCE_EXHAUSTED:
                raise ConnectionError(
                    f"{self._name} is overloaded: {reason}. Try again later, or send "
                    "fewer rows at once."
                ) from error
            if code is codes.UNAVAILABLE:
                raise ConnectionError(
                    f"{self._name} cannot be reached: {reason}. Is the server running, "
                    "and its gRPC port the one of the URL?"
                ) from error
            raise ValueError(f"{self._name} refused the call: {reason}") from error
