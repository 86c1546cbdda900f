"""TF Serving's REST interface."""

import http.client
import ssl
import time
from urllib.parse import quote

from tfae.serving import answers, bodies
from tfae.serving.exchange import Exchange, TooLong
from tfae.serving.tensor import tensor
from tfae.serving.wording import masked, shown

SECONDS_BEFORE_RETRY = 0.2
LONGEST_WAIT = 10.0  # seconds between two attempts
UNAVAILABLE = (429, 502, 503, 504)
UNAUTHORIZED = (401, 403, 407)
MALFORMED = (KeyError, TypeError, AttributeError, ValueError)


class Rest:
    """A model at a URL, safe to share between threads.

    Args:
        connection: `tfae.serving.connection.Connection`.
        model: Name of the model.
        version: Integer or `None`.
        label: String or `None`.
    """

    array = staticmethod(answers.from_lists)

    def __init__(self, connection, model, version, label):
        path = f"/v1/models/{quote(model, safe='')}"
        path += f"/versions/{version}" if version is not None else ""
        path += f"/labels/{quote(label, safe='')}" if label is not None else ""
        self._path = connection.server.path + path
        self._url = connection.server.shown + path
        self._connection = connection
        self._exchange = Exchange(connection)

    def signatures(self):
        """Dict from name to (inputs, outputs), dicts from name to `Tensor`."""
        answer = self._ask("GET", "/metadata")
        try:
            found = answer["metadata"]["signature_def"]["signature_def"]
            return {
                name: tuple(
                    {key: _tensor(info) for key, info in signature[side].items()}
                    for side in ("inputs", "outputs")
                )
                for name, signature in found.items()
                if signature.get("method_name")  # else it initializes
            }
        except MALFORMED as error:
            raise self._stranger("other metadata") from error

    def predict(self, signature, inputs, outputs):
        """Lists of values by output name."""
        floats = all(spec.dtype.kind == "f" for spec in outputs.values())
        answer = self._ask("POST", ":predict", bodies.write(signature, inputs), floats)
        try:
            found = answer["outputs"]
        except (KeyError, TypeError) as error:
            raise self._stranger("no outputs") from error
        if len(outputs) == 1 and not isinstance(found, dict):
            return dict.fromkeys(outputs, found)  # REST leaves out the only name
        return found

    def close(self):
        """Closes the connections."""
        self._exchange.close()

    def _ask(self, method, path, body=None, floats=False):
        answer = self._answer(method, self._path + path, body)
        if 300 <= answer.status < 400 and answer.location is not None:
            raise ConnectionError(
                f"{self._url} redirects to {self._shown(masked(answer.location))}, "
                "which is not followed, since the request carries your data. Give the "
                "URL of the server itself."
            )
        accepted = 200 <= answer.status < 300
        try:
            content = bodies.read(answer.body, accepted and floats)
        except ValueError as error:
            if answer.status in UNAUTHORIZED:
                raise self._refused(answer.reason, answer.status) from error
            raise self._stranger(f"status {answer.status}") from error
        if accepted:
            return content
        reason = content.get("error") if isinstance(content, dict) else None
        raise self._refused(reason or answer.reason, answer.status)

    def _answer(self, method, path, body):
        """The first answer of an available server, after retries."""
        # Calls have no side effects and may be repeated, but not if the server is slow.
        deadline = time.monotonic() + self._connection.timeout
        attempt = 0
        while True:
            try:
                answer = self._exchange.ask(method, path, body, deadline)
            except TimeoutError as error:
                raise self._connection.slow(self._url) from error
            except TooLong as error:
                raise self._connection.too_long(self._url) from error
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                failure = self._unreachable()
            except ssl.SSLError as error:
                raise self._untrusted(error) from error
            except (OSError, http.client.HTTPException):
                failure = self._unreachable()
            else:
                if answer.status not in UNAVAILABLE:
                    return answer
                failure = self._unavailable(answer.status)
            wait = min(SECONDS_BEFORE_RETRY * 2 ** min(attempt, 16), LONGEST_WAIT)
            last = attempt >= self._connection.retries
            if last or time.monotonic() + wait >= deadline:
                raise failure
            time.sleep(wait)
            attempt += 1

    def _shown(self, text):
        return self._connection.shown(text)

    def _refused(self, reason, status):
        hint = ""
        if status in UNAUTHORIZED:
            hint = ". Give the `token` or `headers` that the server asks for"
        return ValueError(
            f"{self._url} refused the call: {self._shown(reason)} (status {status})"
            f"{hint}"
        )

    def _unavailable(self, status):
        return ConnectionError(
            f"{self._url} is unavailable (status {status}). Is the model still "
            "loading, or the server overloaded?"
        )

    def _unreachable(self):
        proxy = self._connection.proxy
        through = f" through the proxy {proxy.shown}" if proxy else ""
        hint = ""
        # Servers that require one may close before their reason arrives.
        if self._connection.tls and self._connection.tls.certificate is None:
            hint = " Does it ask for the `certificate` of a client?"
        return ConnectionError(
            f"{self._url} cannot be reached{through}. Is the server running, and its "
            f"REST port the one of the URL?{hint}"
        )

    def _untrusted(self, error):
        reason = getattr(error, "verify_message", None) or error.reason or error
        return ConnectionError(
            f"{self._url} cannot be reached by TLS: {shown(reason)}. Does the server "
            "speak TLS? Give its `certificate_authority`, or the `certificate` and "
            "`key` that it asks for."
        )

    def _stranger(self, answered):
        return ConnectionError(
            f"{self._url} is not a model of TF Serving: it answered with {answered}. "
            "Check host, port and name."
        )


def _tensor(info):
    dimensions = info["tensor_shape"].get("dim", [])
    return tensor(info["dtype"], [dimension["size"] for dimension in dimensions])
