"""The servers of `client_soak.py`: each does at random what servers may do.

Their model doubles rows of three whole numbers and adds each row up.
"""

import contextlib
import json
import random
import socket
import socketserver
import threading
import time

import numpy as np

SLOW = 0.1  # seconds
TOO_SLOW = 0.8  # seconds, longer than the client waits
DOWN = 0.1  # seconds of a restart
LONGER = 200_000  # bytes, more than the client takes
SHARE_OF_RIGHT = 0.5  # of the answers


def expected(rows):
    """Outputs of the model by name."""
    rows = np.asarray(rows, "float32")
    return {"double": 2 * rows, "total": rows.sum(axis=1).astype("int64")}


def is_right(rows, found):
    """Whether outputs are those of the rows, in values, shapes and types."""
    wanted = expected(rows)
    return set(found) == set(wanted) and all(
        found[name].dtype == array.dtype and np.array_equal(found[name], array)
        for name, array in wanted.items()
    )


class Server:
    """What both servers share: a port that outlives restarts, and what to do next.

    Args:
        counts: Counter of (name, behaviour).
        behaviours: Names of those to choose from, or `None` for all.
    """

    def __init__(self, counts, behaviours):
        self.counts, self.port = counts, 0
        known = self.behaviours
        self.others = [one for one in known if behaviours is None or one in behaviours]
        self.always = behaviours is not None

    def restart(self, threads):
        """Goes down for a moment, in the middle of its calls."""
        self.stop()
        time.sleep(DOWN)
        self.start(threads)

    def choose(self):
        """The name of what to do next."""
        right = not self.always and random.random() < SHARE_OF_RIGHT
        found = "right" if right else random.choice(self.others)
        self.counts[self.name, found] += 1
        return found


# What becomes of the outputs, as lists, where a server lies. The last one cannot be
# found out, and is there to prove that wrong answers are counted.
LIES = {
    "fewer rows": lambda o: {name: rows[1:] for name, rows in o.items()},
    "more rows": lambda o: {name: [*rows, rows[0]] for name, rows in o.items()},
    "other width": lambda o: o | {"double": [row[1:] for row in o["double"]]},
    "deeper": lambda o: o | {"double": [[[x] for x in row] for row in o["double"]]},
    "ragged": lambda o: o | {"double": [[*o["double"][0], 1.0], *o["double"][1:]]},
    "null": lambda o: o | {"double": [[None] * 3] * len(o["double"])},
    "strings": lambda o: o | {"double": [[*map(str, row)] for row in o["double"]]},
    "booleans": lambda o: o | {"total": [True] * len(o["total"])},
    "fractions": lambda o: o | {"total": [one + 0.5 for one in o["total"]]},
    "too large": lambda o: o | {"total": [10**30] * len(o["total"])},
    "one missing": lambda o: {"double": o["double"]},
    "one more": lambda o: o | {"more": o["total"]},
    "swapped names": lambda o: {"double": o["total"], "total": o["double"]},
    "deceit": lambda o: o | {"total": [one + 1 for one in o["total"]]},
}
HONEST = tuple(name for name in LIES if name != "deceit")


def _spec(dtype, *sizes):
    dimensions = [{"size": str(size)} for size in sizes]
    return {"dtype": dtype, "tensor_shape": {"dim": dimensions}}


METADATA = {
    "metadata": {
        "signature_def": {
            "signature_def": {
                "encode": {
                    "inputs": {"inputs": _spec("DT_FLOAT", -1, 3)},
                    "outputs": {
                        "double": _spec("DT_FLOAT", -1, 3),
                        "total": _spec("DT_INT64", -1),
                    },
                    "method_name": "tensorflow/serving/predict",
                }
            }
        }
    }
}


class RestServer(Server):
    """TF Serving's REST interface."""

    name = "REST"
    behaviours = (
        *("other order", "chunks", "slow", "too slow", "in pieces", "drop", "close"),
        *("busy", "refuse", "redirect", "cut", "nested", "digits", "twice", "long"),
        *("endless", "html", *HONEST),
    )

    @property
    def url(self):
        """What a client calls."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, threads):
        """Listens, on the port of the last time."""
        outer, self._lines = self, set()

        class Handler(socketserver.StreamRequestHandler):
            def setup(self):
                outer._lines.add(self.request)
                super().setup()

            def handle(self):
                while outer._answer(self.rfile, self.wfile):
                    pass

            def finish(self):
                outer._lines.discard(self.request)
                with contextlib.suppress(OSError):
                    super().finish()

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close = True, True, False
            request_queue_size = 128

            def handle_error(self, request, address):
                """Nothing: connections are meant to break."""

        self._server = Listener(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        ).start()

    def stop(self):
        """Closes the port and all connections."""
        self._server.shutdown()
        self._server.server_close()
        for line in list(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _answer(self, reader, writer):
        """Answers one request; whether the connection stays open."""
        first, length = reader.readline(), 0
        while line := reader.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if not first:
            return False
        body = reader.read(length)
        if first.startswith(b"GET"):
            writer.write(_http(json.dumps(METADATA).encode()))
            return True
        rows = np.array(json.loads(body)["inputs"]["inputs"])
        outputs = {name: array.tolist() for name, array in expected(rows).items()}
        return self._do(self.choose(), outputs, writer)

    def _do(self, what, outputs, writer):
        if what in LIES:
            outputs = LIES[what](outputs)
        if what == "other order":
            outputs = dict(reversed(outputs.items()))
        content = json.dumps({"outputs": outputs}).encode()
        if what in ("slow", "too slow"):
            time.sleep(SLOW if what == "slow" else TOO_SLOW)
        if what in BODIES:
            content = BODIES[what](content)
        answer = _http(content, **HEADERS.get(what, {}))
        if what == "chunks":
            pieces = (content[:9], content[9:])
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces)
            answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            answer += chunks + b"0\r\n\r\n"
        if what == "in pieces":
            for piece in (answer[:20], answer[20:-5]):
                writer.write(piece)
                time.sleep(SLOW / 4)
            answer = answer[-5:]
        if what == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:  # until the client has had enough
                writer.write(content)
        if what == "drop":
            answer = answer[: len(answer) // 2]
        if what != "close":
            writer.write(answer)
        return what not in ("drop", "close")


BODIES = {
    "cut": lambda content: content[:-3],
    "nested": lambda content: b"[" * 50_000,
    "digits": lambda content: content.replace(b"[[", b"[[" + b"1" * 5_000, 1),
    "twice": lambda content: content[:-2] + b', "total": []}}',
    "long": lambda content: content + b" " * LONGER,
    "html": lambda content: b"<html>",
    "busy": lambda content: b'{"error": "busy"}',
    "refuse": lambda content: b'{"error": "no"}',
    "redirect": lambda content: b"",
}
HEADERS = {
    "busy": {"status": "503 Service Unavailable"},
    "refuse": {"status": "400 Bad Request"},
    "redirect": {"status": "307 Temporary Redirect", "Location": "http://127.0.0.1:9/"},
}


def _http(content, status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def kinds():
    """Classes of servers: of REST, and of gRPC where it is installed."""
    try:
        from client_soak_grpc import GrpcServer
    except ImportError:
        return [RestServer]
    return [RestServer, GrpcServer]
