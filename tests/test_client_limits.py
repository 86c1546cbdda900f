"""Limits on the time and the size of an answer, and many threads at once."""

import concurrent.futures
import contextlib
import itertools
import json
import sys
import threading
import time
from pathlib import Path

import loopback
import numpy as np
import pytest
import strangers
import tensorflow as tf
from strangers import reply
from tensorflow_serving.apis import predict_pb2
from test_client_answers import Stranger, proto

from tfae.serving import Client

ROWS = np.zeros((1, 2), "float32")
GOOD = reply({"outputs": [[1.0, 2.0]]})
PAUSE = 0.05  # seconds, far below the timeouts here


def slowly(pieces, first=b""):
    """Function that gives `first` at once and then a piece now and then."""

    def give():
        yield first
        for piece in pieces():
            time.sleep(PAUSE)
            yield piece

    return give


@pytest.mark.parametrize(
    "pieces",
    [
        slowly(lambda: itertools.repeat(b"H")),
        slowly(lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
        slowly(lambda: itertools.repeat(b"X: 1\r\n"), b"HTTP/1.1 200 OK\r\n"),
        slowly(
            lambda: itertools.repeat(b" "),
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        ),
        slowly(lambda: itertools.repeat(b" "), b"HTTP/1.1 200 OK\r\n\r\n"),
        slowly(
            lambda: itertools.repeat(b"1\r\n \r\n"),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        slowly(
            lambda: itertools.repeat(b"X: 1\r\n"),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        ),
    ],
    ids=["status", "continue", "headers", "length", "end", "chunks", "trailers"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(pieces):
    started = time.monotonic()
    with (
        strangers.talker(pieces) as port,
        Client(f"http://127.0.0.1:{port}", "x", timeout=0.4) as client,
        pytest.raises(ConnectionError, match=r"did not answer within 0\.4 s"),
    ):
        _ = client.signatures
    assert 0.3 < time.monotonic() - started < 2


def test_a_tls_server_that_sends_a_byte_now_and_then_is_given_up():
    slow = slowly(lambda: itertools.repeat(b" "), b"HTTP/1.1 200 OK\r\n\r\n")
    started = time.monotonic()
    with (
        strangers.server(lambda request: slow(), tls=True) as (port, _),
        Client(
            f"https://127.0.0.1:{port}",
            "x",
            timeout=0.5,
            certificate_authority=strangers.TLS / "authority.pem",
        ) as client,
        pytest.raises(ConnectionError, match=r"did not answer within 0\.5 s"),
    ):
        _ = client.signatures
    assert time.monotonic() - started < 2


@pytest.mark.slow
def test_a_server_that_reads_nothing_is_given_up():
    """The request does not fit into what the system keeps for the server."""
    release = threading.Event()
    known = strangers.model(GOOD)(strangers.Request("GET", "/metadata", {}, b""))

    def pieces():
        yield known
        release.wait(5)

    started = time.monotonic()
    with (
        strangers.talker(pieces) as port,
        Client(f"http://127.0.0.1:{port}", "x", timeout=0.5, retries=0) as client,
    ):
        assert "encode" in client.signatures
        with pytest.raises(ConnectionError, match=r"did not answer within 0\.5 s"):
            client.predict(np.zeros((10**6, 2)), "encode", batch_size=10**6)
        release.set()
    assert time.monotonic() - started < 20  # most of it makes JSON of the rows


def test_the_time_is_that_of_a_call_with_its_retries():
    busy = reply({"error": "loading"}, "503 loading")
    started = time.monotonic()
    with (
        strangers.server(lambda request: busy) as (port, requests),
        Client(f"http://127.0.0.1:{port}", "x", timeout=0.5, retries=10**6) as client,
        pytest.raises(ConnectionError, match=r"unavailable \(status 503\)"),
    ):
        _ = client.signatures
    assert time.monotonic() - started < 2
    assert 1 < len(requests) < 5


@pytest.mark.parametrize(
    "pieces",
    [
        lambda: itertools.chain(
            [b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b" " * 999)
        ),
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"],
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", b" " * 1001],
        lambda: itertools.chain(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
            itertools.repeat(b"3e7\r\n" + b" " * 999 + b"\r\n"),
        ),
        lambda: [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n",
            b" " * 100_000,
        ],
        lambda: itertools.chain(
            [b"HTTP/1.1 404 no\r\n\r\n"], itertools.repeat(b" " * 999)
        ),
    ],
    ids=["endless", "announced", "one more", "chunks", "huge chunk", "an error"],
)
def test_an_answer_has_a_largest_size(pieces):
    with (
        strangers.talker(pieces) as port,
        Client(f"http://127.0.0.1:{port}", "x", max_answer_bytes=1_000) as client,
        pytest.raises(
            ConnectionError, match=r"more than 1000 bytes.*`max_answer_bytes`"
        ),
    ):
        _ = client.signatures


def test_an_answer_of_the_largest_size_is_read():
    known = strangers.model(GOOD)
    size = len(
        known(strangers.Request("GET", "/metadata", {}, b"")).split(b"\r\n\r\n")[1]
    )
    with strangers.server(known) as (port, _):
        url = f"http://127.0.0.1:{port}"
        with Client(url, "x", max_answer_bytes=size) as client:
            assert client.predict(ROWS, "encode")["codes"].tolist() == [[1, 2]]
        with (
            Client(url, "x", max_answer_bytes=size - 1) as client,
            pytest.raises(ConnectionError, match="answered with more than"),
        ):
            _ = client.signatures


@pytest.mark.parametrize(
    "pieces",
    [
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"],
        lambda: [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"],
        lambda: [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{"],
        lambda: [b"HTTP/1.1 200"],
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Le"],
        lambda: [b"PRI * HTTP/2.0\r\n\r\n"],
        lambda: [b"HTTP/9.9 200 OK\r\n\r\n"],
        lambda: [b"HTTP/1.1 abc OK\r\n\r\n"],
        lambda: [b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n"],
        lambda: [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"],
        lambda: [],
    ],
    ids=range(11),
)
def test_answers_that_are_not_whole_or_not_http_are_no_answers(pieces):
    with (
        strangers.talker(pieces) as port,
        Client(f"http://127.0.0.1:{port}", "x", retries=1) as client,
        pytest.raises(ConnectionError, match="cannot be reached"),
    ):
        _ = client.signatures


def test_bytes_that_nobody_asked_for_are_not_the_next_answer():
    stale = reply({"outputs": [[7.0, 7.0]]})
    known = strangers.model(GOOD)

    def handle(request):
        return known(request) if request.target.endswith("metadata") else GOOD + stale

    with (
        strangers.server(handle) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x") as client,
    ):
        for _ in range(5):
            assert client.predict(ROWS, "encode")["codes"].tolist() == [[1, 2]]
            time.sleep(PAUSE)


def test_a_connection_that_the_server_closed_meanwhile_is_made_again():
    known = strangers.model(GOOD)
    with (
        strangers.server(known, calls=1) as (port, requests),
        Client(f"http://127.0.0.1:{port}", "x", retries=0) as client,
    ):
        assert "encode" in client.signatures
        time.sleep(PAUSE)  # in which the server closes
        assert client.predict(ROWS, "encode")["codes"].tolist() == [[1, 2]]
    assert len(requests) == 2


THREADS = 8


class Doubling:
    """Answers with the inputs doubled, once as many calls as threads are there."""

    def __init__(self):
        self.together = threading.Barrier(THREADS, timeout=20)

    def __call__(self, request):
        if request.target.endswith("/metadata"):
            return strangers.model(GOOD)(request)
        self.together.wait()
        rows = json.loads(request.body)["inputs"]["inputs"]
        return reply({"outputs": [[2 * value for value in row] for row in rows]})


class DoublingStranger(Stranger):
    """The same over gRPC."""

    def __init__(self):
        super().__init__()
        self.together = threading.Barrier(THREADS, timeout=20)

    def Predict(self, request, context):
        self.together.wait()
        values = 2 * tf.make_ndarray(request.inputs["inputs"])
        reply = predict_pb2.PredictResponse()
        reply.outputs["codes"].CopyFrom(tf.make_tensor_proto(values))
        return reply


@contextlib.contextmanager
def doubling(kind):
    if kind == "grpc":
        with loopback.grpc_server(None, DoublingStranger(), THREADS) as url:
            yield url
    else:
        with strangers.server(Doubling()) as (port, _):
            yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_threads_call_one_client_at_the_same_time(kind):
    """The server answers none before all threads have asked."""

    def work(number):
        found = []
        for turn in range(5):
            rows = np.full((3, 2), number * 100 + turn, "float32")
            codes = client.predict(rows, "encode")["codes"]
            found.append(np.array_equal(codes, 2 * rows))
        return found

    with (
        doubling(kind) as url,
        Client(url, "x", retries=0) as client,
        concurrent.futures.ThreadPoolExecutor(THREADS) as pool,
    ):
        found = list(pool.map(work, range(THREADS)))
    assert found == [[True] * 5] * THREADS


def test_connections_are_kept_and_not_more_than_threads():
    with strangers.server(strangers.model(GOOD)) as (port, requests):
        made = []
        with Client(f"http://127.0.0.1:{port}", "x") as client:
            exchange = client._transport._exchange
            for _ in range(3):
                with concurrent.futures.ThreadPoolExecutor(4) as pool:
                    calls = [
                        pool.submit(client.predict, ROWS, "encode") for _ in "a" * 20
                    ]
                    assert all(call.result()["codes"].shape == (1, 2) for call in calls)
                made.append(len(exchange._idle))
        assert max(made) <= 4
        assert not exchange._idle
    assert len(requests) >= 60


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_a_closed_client_says_so(kind):
    server = (
        loopback.grpc_server(None, Stranger({"codes": proto(float_val=[1.0, 2.0])}))
        if kind == "grpc"
        else strangers.server(strangers.model(GOOD))
    )
    with server as found:
        url = found if kind == "grpc" else f"http://127.0.0.1:{found[0]}"
        with Client(url, "x") as client:
            later = client.batches(np.zeros((2, 2)), "encode", batch_size=1)
            assert next(later)["codes"].tolist() == [[1, 2]]
        client.close()
        for call in (lambda: next(later), lambda: client.predict(ROWS, "encode")):
            with pytest.raises(ValueError, match=r"The client of x at .* is closed"):
                call()


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_a_client_may_be_closed_while_another_thread_calls(kind):
    waiting, called = threading.Event(), threading.Event()

    def wait(*_):
        called.set()
        waiting.wait(20)

    if kind == "grpc":
        servicer = Stranger({"codes": proto(float_val=[1.0, 2.0])})
        answer = servicer.Predict
        servicer.Predict = lambda *call: wait() or answer(*call)
        server = loopback.grpc_server(None, servicer)
    else:
        known = strangers.model(GOOD)

        def handle(request):
            if request.target.endswith(":predict"):
                wait()
            return known(request)

        server = strangers.server(handle)
    with server as found, concurrent.futures.ThreadPoolExecutor(1) as pool:
        url = found if kind == "grpc" else f"http://127.0.0.1:{found[0]}"
        client = Client(url, "x")
        call = pool.submit(client.predict, ROWS, "encode")
        assert called.wait(20)
        client.close()
        waiting.set()
        if kind == "grpc":
            with pytest.raises(ValueError, match=r"x at grpc://127"):
                call.result()
        else:
            assert call.result()["codes"].tolist() == [[1, 2]]
            assert not client._transport._exchange._idle


@pytest.mark.skipif(sys.platform != "linux", reason="open files are told by /proc")
def test_an_answer_that_is_given_up_leaves_no_socket_open():
    # The last one of a connection, whose socket is then the answer's alone.
    too_long = reply(b" " * 10_000, Connection="close")
    with (
        strangers.server(lambda request: too_long) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x", max_answer_bytes=100) as client,
        pytest.raises(ConnectionError, match="max_answer_bytes") as kept,
    ):
        before = {*Path("/proc/self/fd").iterdir()}
        _ = client.signatures
    sockets = [
        file.readlink()
        for file in {*Path("/proc/self/fd").iterdir()} - before
        if file.is_symlink()
    ]
    assert not [one for one in sockets if "socket" in str(one)], kept
