"""HTTP over persistent connections, with limits, and without redirects or cookies.

Python's `http.client` limits only the time between two bytes, and not the size: a
server that sends a byte now and then would block its caller forever.
"""

import collections
import contextlib
import http.client
import socket
import ssl
import time
import weakref
from typing import NamedTuple

PIECE = 65_536  # bytes per read


class Answer(NamedTuple):
    """Answer of a server; `location` is the target of a redirect, or `None`."""

    status: int
    reason: str
    location: str | None
    body: bytes


class TooLong(Exception):
    """An answer is larger than allowed."""


class _Timed:
    """A socket whose operations end at `deadline`, in time of the monotonic clock."""

    deadline = 0.0

    def _hurry(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("The deadline has passed.")
        self.settimeout(left)

    def recv_into(self, *arguments):
        self._hurry()
        return super().recv_into(*arguments)

    def send(self, *arguments):
        self._hurry()
        return super().send(*arguments)

    def sendall(self, *arguments):
        self._hurry()
        return super().sendall(*arguments)


class _Socket(_Timed, socket.socket):
    pass


class _TlsSocket(_Timed, ssl.SSLSocket):
    pass


class _Plain(http.client.HTTPConnection):
    deadline = 0.0

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # So that requests to a proxy have a deadline, too.
        self._create_connection = self._connected

    def _connected(self, *arguments, **options):
        plain = socket.create_connection(*arguments, **options)
        timed = _Socket(fileno=plain.detach())
        timed.deadline = self.deadline
        return timed


# After `_Plain` in the order of bases, so that TLS uses a `_Socket`.
class _Encrypted(http.client.HTTPSConnection, _Plain):
    pass


class Exchange:
    """Calls to a server, from any number of threads.

    Args:
        connection: `tfae.serving.connection.Connection`.
    """

    def __init__(self, connection):
        self._server, self._proxy = connection.server, connection.proxy
        self._headers = dict(connection.headers)
        self._context = connection.tls and connection.tls.context
        if self._context is not None:
            self._context.sslsocket_class = _TlsSocket
        self._limit = connection.max_answer_bytes
        self._idle = collections.deque()  # its operations are atomic
        self._closed = False
        # For clients that are never closed.
        weakref.finalize(self, _close_all, self._idle)

    def ask(self, method, path, body, deadline):
        """Returns the `Answer` to a request.

        Args:
            method: `"GET"` or `"POST"`.
            path: Path of the URL, encoded.
            body: Bytes of JSON, or `None`.
            deadline: Time of the monotonic clock at which the call times out.

        Raises:
            TimeoutError: At the deadline.
            TooLong: If the answer is larger than the limit.
            OSError: If the connection fails or is dropped.
            http.client.HTTPException: If the answer is not HTTP, or incomplete.
        """
        line = self._connect(deadline)
        try:
            line.sock.deadline = deadline
            headers = dict(self._headers)
            if self._proxy is not None and self._context is None:
                headers |= self._proxy_headers()
            if body is not None:
                headers["content-type"] = "application/json"
            # A server may answer and close before it has read the whole request.
            with contextlib.suppress(BrokenPipeError):
                line.request(method, self._target(path), body, headers)
            # An answer keeps the socket open when its connection is closed.
            with contextlib.closing(line.getresponse()) as response:
                content = self._read(response)
        except BaseException:  # the rest of the answer must not become the next one
            line.close()
            raise
        if response.will_close:
            line.close()
        else:
            self._keep(line)
        location = response.headers.get("Location")
        return Answer(response.status, response.reason, location, content)

    def close(self):
        """Closes the connections; those in use are closed after their call."""
        self._closed = True
        _close_all(self._idle)

    def _keep(self, line):
        self._idle.append(line)
        if self._closed:
            self.close()

    def _connect(self, deadline):
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread took it
                line = self._idle.pop()
                if not _is_stale(line.sock):
                    return line
                line.close()
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("The deadline has passed.")
        place = self._proxy or self._server
        if self._context is None:
            line = _Plain(place.host, place.port, timeout=left)
        else:
            line = _Encrypted(
                place.host, place.port, timeout=left, context=self._context
            )
            if self._proxy:
                line.set_tunnel(
                    self._server.host, self._server.port, self._proxy_headers()
                )
        line.deadline = deadline
        try:
            line.connect()
        except BaseException:
            line.close()
            raise
        return line

    def _target(self, path):
        """Target of a request: the whole URL for an unencrypted proxy."""
        if self._proxy is None or self._context is not None:
            return path
        return f"http://{self._server.place}{path}"

    def _proxy_headers(self):
        given = self._proxy.authorization
        return {"proxy-authorization": given} if given else {}

    def _read(self, response):
        length, content = response.length, bytearray()
        if length is not None and length > self._limit:
            raise TooLong
        while piece := response.read(PIECE):
            content += piece
            if len(content) > self._limit:
                raise TooLong
        # Missing bytes of the body, or truncated headers.
        cut_short = length is None and not response.chunked and not content
        if response.length or cut_short:
            raise http.client.IncompleteRead(b"", response.length)
        return bytes(content)


def _close_all(lines):
    while lines:
        with contextlib.suppress(IndexError):  # another thread took it
            lines.pop().close()


def _is_stale(sock):
    """Whether an idle connection is closed, or holds unexpected bytes."""
    sock.settimeout(0)
    try:
        # Not through TLS, which would wait for a whole record.
        socket.socket.recv(sock, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
