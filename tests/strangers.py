"""HTTP servers on loopback that answer with any bytes, and keep what they were sent."""

import contextlib
import itertools
import json
import select
import socket
import socketserver
import ssl
import threading
from typing import NamedTuple

import certificates

TLS = certificates.folder()


class Request(NamedTuple):
    """One request; names of headers are in lower case."""

    method: str
    target: str
    headers: dict
    body: bytes


def reply(body, status="200 OK", **headers):
    """Bytes of an answer; `body` may be bytes or what JSON can hold."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Length": len(body)} | headers
    lines = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def info(sizes, dtype="DT_FLOAT"):
    """What metadata say of one argument."""
    dimensions = [{"size": str(size), "name": ""} for size in sizes]
    return {"dtype": dtype, "tensor_shape": {"dim": dimensions}, "name": "x:0"}


def metadata(outputs, inputs=None):
    """Metadata of a model with the signature `encode`."""
    signature = {
        "inputs": inputs or {"inputs": info((-1, 2))},
        "outputs": outputs,
        "method_name": "tensorflow/serving/predict",
    }
    return {"metadata": {"signature_def": {"signature_def": {"encode": signature}}}}


def model(answer, outputs=None):
    """Handler of a model whose predictions are these bytes."""
    known = reply(metadata(outputs or {"codes": info((-1, 2))}))

    def handle(request):
        return known if request.target.endswith("/metadata") else answer

    return handle


@contextlib.contextmanager
def server(handle, tls=False, asks_certificate=False, calls=None):
    """Serves `handle`, from a `Request` to bytes or an iterator of bytes.

    Gives the port and the list of the requests. A connection is closed after `calls`
    requests, and where the answer is `None`.
    """
    requests = []
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
        if asks_certificate:
            context.load_verify_locations(TLS / "authority.pem")
            context.verify_mode = ssl.CERT_REQUIRED

    class Handler(socketserver.StreamRequestHandler):
        def setup(self):
            if context is not None:
                self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def finish(self):
            super().finish()
            self.request.close()

        def handle(self):
            left = itertools.count() if calls is None else range(calls)
            for _ in left:
                request = _read(self.rfile)
                if request is None:
                    return
                requests.append(request)
                answer = handle(request)
                if answer is None:
                    return
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    self.wfile.write(piece)
                    self.wfile.flush()

    with _listening(Handler) as port:
        yield port, requests


@contextlib.contextmanager
def talker(pieces):
    """Sends the bytes of `pieces()` to whoever connects, and reads one piece; port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65536)
            with contextlib.suppress(OSError):
                for piece in pieces():
                    self.request.sendall(piece)

    with _listening(Handler) as port:
        yield port


@contextlib.contextmanager
def proxy():
    """An HTTP proxy; gives its port and the list of the first lines it was sent."""
    lines = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            request = _read(self.rfile)
            if request is None:
                return
            given = request.headers.get("proxy-authorization", "")
            lines.append(f"{request.method} {request.target} {given}".strip())
            if request.method != "CONNECT":
                self.wfile.write(
                    reply({"error": f"proxied {request.target}"}, "418 no")
                )
                return
            host, _, port = request.target.rpartition(":")
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with socket.create_connection((host, int(port))) as other:
                ends = {self.request: other, other: self.request}
                while True:
                    for one in select.select([*ends], [], [], 10)[0]:
                        piece = one.recv(65536)
                        if not piece:
                            return
                        ends[one].sendall(piece)

    with _listening(Handler) as port:
        yield port, lines


@contextlib.contextmanager
def _listening(handler):
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request, address):
            """Clients that go away are what these tests are about."""

    with Server(("127.0.0.1", 0), handler) as one:
        threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield one.server_address[1]
        finally:
            one.shutdown()


def _read(file):
    """The next `Request` of a connection, or `None` at its end."""
    with contextlib.suppress(OSError):
        first = file.readline().split()
        if len(first) != 3:
            return None
        headers = {}
        while (line := file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name.strip().lower()] = value.strip()
        body = file.read(int(headers.get("content-length", 0)))
        return Request(first[0].decode(), first[1].decode(), headers, body)
    return None
