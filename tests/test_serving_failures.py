"""Servers that are down, slow or of another kind, and answers that do not fit."""

import json
import socket
import threading
import time

import grpc
import loopback
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

import tfae
from tfae.export import export
from tfae.serving import Client


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_is_down_is_named(scheme):
    client = Client(f"{scheme}://127.0.0.1:9", "digits", retries=1)
    with pytest.raises(ConnectionError, match="cannot be reached"):
        client.predict(np.zeros((1, 64)))


def answering(*answers):
    """REST handler that gives these (status, answer) pairs in turn, then the last."""
    left = list(answers)
    return lambda path, body: left.pop(0) if len(left) > 1 else left[0]


def metadata(outputs=(-1, 4)):
    """Metadata of a model whose only signature encodes."""

    def info(*sizes):
        dimensions = [{"size": str(size), "name": ""} for size in sizes]
        return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": dimensions}, "name": ""}

    signature = {
        "inputs": {"inputs": info(-1, 64)},
        "outputs": {"codes": info(*outputs)},
        "method_name": "tensorflow/serving/predict",
    }
    plain = {"signature_def": {"encode": signature}}
    return 200, {"model_spec": {}, "metadata": {"signature_def": plain}}


def test_an_unavailable_server_is_asked_again():
    busy = (503, {"error": "loading"})
    handle = answering(busy, busy, metadata(), busy, (200, {"outputs": [[1, 2, 3, 4]]}))
    with loopback.rest_server(None, handle) as url:
        codes = Client(url, "x").predict(np.zeros((1, 64)), "encode")["codes"]
    np.testing.assert_array_equal(codes, [[1, 2, 3, 4]])


@pytest.mark.parametrize("retries", [0, 2])
def test_a_server_that_stays_unavailable_is_given_up(retries):
    calls = []

    def handle(path, body):
        calls.append(path)
        return 503, {"error": "loading"}

    with (
        loopback.rest_server(None, handle) as url,
        pytest.raises(ConnectionError, match=r"unavailable \(status 503"),
    ):
        Client(url, "x", retries=retries).predict(np.zeros((1, 64)), "encode")
    assert len(calls) == retries + 1


@pytest.mark.parametrize("dropped", [1, 9])
def test_a_dropped_connection_is_made_again(dropped):
    """A server that closes some connections without a word, as where it restarts."""
    answer = json.dumps(metadata()[1]).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
    listener = socket.create_server(("127.0.0.1", 0))
    calls = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            with connection:
                connection.recv(65536)
                calls.append(1)
                if len(calls) > dropped:
                    connection.sendall(head + answer)

    threading.Thread(target=serve, daemon=True).start()
    client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", "x", retries=2)
    if dropped == 1:
        assert set(client.signatures) == {"encode"}
        assert len(calls) == 2
    else:
        with pytest.raises(ConnectionError, match="cannot be reached"):
            _ = client.signatures
        assert len(calls) == 3
    listener.close()


def test_an_answer_that_stops_half_way_is_given_up():
    listener = socket.create_server(("127.0.0.1", 0))
    waiting = threading.Event()

    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            waiting.wait(5)

    threading.Thread(target=serve, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(ConnectionError, match=r"did not answer within 0\.3 s"):
        _ = Client(url, "x", timeout=0.3).signatures
    waiting.set()
    listener.close()


def test_a_slow_server_is_given_up():
    waiting = threading.Event()

    def handle(path, body):
        waiting.wait(5)
        return metadata()

    with loopback.rest_server(None, handle) as url:
        started = time.monotonic()
        with pytest.raises(ConnectionError, match=r"did not answer within 0\.2 s"):
            Client(url, "x", timeout=0.2, retries=0).predict(np.zeros((1, 64)))
        assert time.monotonic() - started < 3
        waiting.set()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([[1, 2, 3]], r"codes of shape \(1, 3\) in place of \(1, 4\)"),
        ([[1, 2, 3, 4]] * 2, r"\(2, 4\) in place of \(1, 4\)"),
        ([1, 2, 3, 4], r"\(4,\) in place of \(1, 4\)"),
        ([[1, 2], [3]], "codes that is no array of float32"),
        ("text", "codes that is no array of float32"),
        ({"other": [[1]]}, "with other in place of codes"),
    ],
)
def test_answers_of_another_model_are_refused(answer, words):
    handle = answering(metadata(), (200, {"outputs": answer}))
    with (
        loopback.rest_server(None, handle) as url,
        pytest.raises(ValueError, match=words),
    ):
        Client(url, "x").predict(np.zeros((1, 64)), "encode")


@pytest.mark.parametrize("answer", [(200, None), (200, {"ok": True}), (404, None)])
def test_a_server_of_another_kind_is_noticed(answer):
    with (
        loopback.rest_server(None, answering(answer)) as url,
        pytest.raises(ConnectionError, match="is not a model of TF Serving"),
    ):
        Client(url, "x").predict(np.zeros((1, 64)))


def test_signatures_of_other_types_leave_the_others_alone():
    status, answer = metadata()
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    one_a_row = {"tensor_shape": {"dim": [{"size": "-1"}]}}
    for name, kind in (("turn", "DT_COMPLEX64"), ("read", "DT_STRING")):
        given = {"inputs": {"given": {"dtype": kind, **one_a_row}}}
        signatures[name] = signatures["encode"] | given
    handle = answering((status, answer), (200, {"outputs": [[1, 2, 3, 4]]}))
    with loopback.rest_server(None, handle) as url:
        client = Client(url, "x")
        assert client.predict(np.zeros((1, 64)), "encode")["codes"].shape == (1, 4)
        with pytest.raises(ValueError, match=r"turn of .* has given of a type other"):
            client.predict(np.zeros(1, complex), "turn")
        assert client.predict(np.array(["a text"]), "read")["codes"].shape == (1, 4)
        with pytest.raises(ValueError, match="takes given of type object"):
            client.predict(np.zeros(1), "read")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder with one exported model, `x`."""
    base = tmp_path_factory.mktemp("models")
    export(tfae.StackedAutoencoder(64, [4]), base / "x", check=False)
    return base


class Failing(loopback.Predictions):
    """Refuses the first predictions with a status."""

    def __init__(self, base, code, times):
        super().__init__(loopback.Models(base))
        self.code, self.left, self.calls = code, times, 0

    def Predict(self, request, context):
        self.calls += 1
        if self.left:
            self.left -= 1
            context.abort(self.code, "not now")
        return super().Predict(request, context)


def test_an_unavailable_grpc_server_is_asked_again(base):
    servicer = Failing(base, grpc.StatusCode.UNAVAILABLE, 2)
    with loopback.grpc_server(None, servicer) as url:
        codes = Client(url, "x").predict(np.zeros((1, 64)), "encode")["codes"]
    assert codes.shape == (1, 4)
    assert servicer.calls == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (grpc.StatusCode.UNAVAILABLE, "cannot be reached: not now"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "is overloaded: not now"),
    ],
)
def test_a_grpc_server_that_stays_unavailable_is_given_up(base, code, words):
    servicer = Failing(base, code, -1)
    with (
        loopback.grpc_server(None, servicer) as url,
        pytest.raises(ConnectionError, match=words),
    ):
        Client(url, "x", retries=1).predict(np.zeros((1, 64)))
    assert servicer.calls == 2


def test_other_grpc_errors_are_not_tried_again(base):
    servicer = Failing(base, grpc.StatusCode.INTERNAL, -1)
    with (
        loopback.grpc_server(None, servicer) as url,
        pytest.raises(ValueError, match="refused the call: not now"),
    ):
        Client(url, "x").predict(np.zeros((1, 64)))
    assert servicer.calls == 1


def test_a_slow_grpc_server_is_given_up(base):
    waiting = threading.Event()

    class Slow(loopback.Predictions):
        def Predict(self, request, context):
            waiting.wait(5)

    with loopback.grpc_server(None, Slow(loopback.Models(base))) as url:
        client = Client(url, "x", timeout=1.0)
        assert "encode" in client.signatures
        started = time.monotonic()
        with pytest.raises(ConnectionError, match=r"did not answer within 1 s"):
            client.predict(np.zeros((1, 64)))
        assert time.monotonic() - started < 4
        waiting.set()


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("codes", np.zeros((1, 3)), r"codes of shape \(1, 3\) in place of \(1, 4\)"),
        ("codes", np.zeros((2, 4)), r"codes of shape \(2, 4\) in place of \(1, 4\)"),
        ("codes", np.array([["a"] * 4]), "codes that is no array of float32"),
        ("other", np.zeros((1, 4)), "with other in place of codes"),
    ],
)
def test_grpc_answers_of_another_model_are_refused(base, name, answer, words):
    class Stranger(loopback.Predictions):
        def Predict(self, request, context):
            reply = predict_pb2.PredictResponse()
            reply.outputs[name].CopyFrom(tf.make_tensor_proto(answer))
            return reply

    with (
        loopback.grpc_server(None, Stranger(loopback.Models(base))) as url,
        pytest.raises(ValueError, match=words),
    ):
        Client(url, "x").predict(np.zeros((1, 64)), "encode")
