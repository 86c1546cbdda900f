"""TF Serving's gRPC interface."""

import json

from tfae.serving import answers
from tfae.serving.tensor import tensor

SECONDS_BEFORE_RETRY = 0.2
MOST_ATTEMPTS = 5  # of gRPC
LARGEST_LIMIT = 2**31 - 1  # bytes, of gRPC's options
NO_LIMIT = -1  # on requests, whose size the client chooses
LONGEST_RECONNECT_MS = 5_000  # finds a restarted server quickly


class Rpc:
    """A model at an address, safe to share between threads.

    Arguments as for `tfae.serving.rest.Rest`.
    """

    array = staticmethod(answers.from_tensor)

    def __init__(self, connection, model, version, label):
        try:
            import grpc
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ValueError(
                "gRPC needs the extra `serving`. Install it with pip install "
                "'tensorflow-serving-api>=2.21,<2.22', or give an http:// URL."
            ) from error
        self._grpc, self._connection = grpc, connection
        self._name = f"{model} at {connection.server.shown}"
        self._model, self._version, self._label = model, version, label
        self._metadata = tuple(connection.headers.items())
        place, options = connection.server.place, _options(connection)
        if connection.tls is None:
            self._channel = grpc.insecure_channel(place, options)
        else:
            _, authority, certificate, key = connection.tls
            credentials = grpc.ssl_channel_credentials(authority, key, certificate)
            self._channel = grpc.secure_channel(place, credentials, options)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def signatures(self):
        """Dict from name to (inputs, outputs), dicts from name to `Tensor`."""
        from google.protobuf.message import DecodeError
        from tensorflow_serving.apis.get_model_metadata_pb2 import (
            GetModelMetadataRequest,
            SignatureDefMap,
        )

        request = GetModelMetadataRequest(metadata_field=["signature_def"])
        self._address(request.model_spec)
        answer = self._call(self._stub.GetModelMetadata, request)
        found = SignatureDefMap()
        try:
            if not answer.metadata["signature_def"].Unpack(found):
                raise ValueError("The metadata are of another type.")
            return {
                name: (_read(signature.inputs), _read(signature.outputs))
                for name, signature in found.signature_def.items()
                if signature.method_name  # without: initializes the model
            }
        except (DecodeError, ValueError) as error:
            raise ConnectionError(
                f"{self._name} is not a model of TF Serving: it answered with other "
                "metadata. Check host, port and name."
            ) from error

    def predict(self, signature, inputs, outputs):
        """`TensorProto`s by output name."""
        import tensorflow as tf
        from tensorflow_serving.apis.predict_pb2 import PredictRequest

        request = PredictRequest()
        self._address(request.model_spec)
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        return dict(self._call(self._stub.Predict, request).outputs)

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
        timeout, metadata = self._connection.timeout, self._metadata
        try:
            return method(request, timeout=timeout, metadata=metadata)
        except self._grpc.RpcError as error:
            failure = self._failure(error.code(), error.details() or "")
        except ValueError as error:  # the channel was closed by another thread
            failure = ValueError(f"The call of {self._name} was aborted: {error}")
        # Not chained to gRPC's error, which shows the server's whole text, with
        # secrets.
        raise failure

    def _failure(self, code, details):
        codes, reason = self._grpc.StatusCode, self._connection.shown(details)
        if code is codes.DEADLINE_EXCEEDED:
            return self._connection.slow(self._name)
        if code is codes.RESOURCE_EXHAUSTED and "larger than max" in reason:
            return self._connection.too_long(self._name)
        if code is codes.RESOURCE_EXHAUSTED:
            return ConnectionError(
                f"{self._name} is overloaded: {reason}. Try again later, or send fewer "
                "rows at once."
            )
        if code is codes.UNAVAILABLE:
            return ConnectionError(
                f"{self._name} cannot be reached: {reason}. Is the server running, and "
                "its gRPC port the one of the URL?"
            )
        hint = ""
        if code in (codes.UNAUTHENTICATED, codes.PERMISSION_DENIED):
            hint = ". Give the `token` or `headers` that the server asks for"
        return ValueError(f"{self._name} refused the call: {reason}{hint}")


def _options(connection):
    """Options of a channel."""
    limit = min(connection.max_answer_bytes, LARGEST_LIMIT)
    reconnect_ms = int(1_000 * SECONDS_BEFORE_RETRY)
    options = [
        ("grpc.max_send_message_length", NO_LIMIT),
        ("grpc.max_receive_message_length", limit),
        ("grpc.initial_reconnect_backoff_ms", reconnect_ms),
        ("grpc.max_reconnect_backoff_ms", LONGEST_RECONNECT_MS),
        # The proxy that gRPC itself would take from the environment is not used.
        ("grpc.enable_http_proxy", int(connection.proxy is not None)),
    ]
    if connection.proxy:
        options.append(("grpc.http_proxy", connection.proxy.url))
    if connection.retries:
        policy = {
            "maxAttempts": min(connection.retries + 1, MOST_ATTEMPTS),
            "initialBackoff": f"{SECONDS_BEFORE_RETRY}s",
            "maxBackoff": "10s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
        }
        service = {"methodConfig": [{"name": [{}], "retryPolicy": policy}]}
        options.append(("grpc.service_config", json.dumps(service)))
    return options


def _read(arguments):
    from tensorflow.core.framework.types_pb2 import DataType

    return {
        name: tensor(
            # Types that this TensorFlow does not know are not supported.
            DataType.Name(info.dtype) if info.dtype in DataType.values() else "",
            [dimension.size for dimension in info.tensor_shape.dim],
        )
        for name, info in arguments.items()
    }
