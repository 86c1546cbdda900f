"""TF Serving's REST interface."""

import json
import time
from urllib.parse import quote

from tfae.serving.tensor import tensor

SECONDS_BEFORE_RETRY = 0.2
UNAVAILABLE = (429, 502, 503, 504)


class Rest:
    """One model at one URL; arguments as for `tfae.serving.Client`."""

    def __init__(self, url, model, version, label, timeout, retries):
        import requests

        self._url = f"{url}/v1/models/{quote(model, safe='')}"
        self._url += f"/versions/{version}" if version is not None else ""
        self._url += f"/labels/{quote(label, safe='')}" if label is not None else ""
        self._timeout = timeout
        self._waits = [SECONDS_BEFORE_RETRY * 2**attempt for attempt in range(retries)]
        self._errors = requests.exceptions
        self._session = requests.Session()

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
                if signature.get("method_name")  # without: initializes the model
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise self._stranger("other metadata") from error

    def predict(self, signature, inputs, outputs):
        """Lists of values by output name."""
        lists = {name: array.tolist() for name, array in inputs.items()}
        answer = self._ask(
            "POST", ":predict", {"signature_name": signature, "inputs": lists}
        )
        try:
            found = answer["outputs"]
        except (KeyError, TypeError) as error:
            raise self._stranger("no outputs") from error
        if len(outputs) == 1 and not isinstance(found, dict):
            return dict.fromkeys(outputs, found)  # REST leaves out the only name
        return found

    def _ask(self, method, path, body=None):
        # Calls change nothing: any may be repeated, but not to a server that is slow.
        for wait in [*self._waits, None]:
            try:
                response = self._send(method, path, body)
            except self._errors.RequestException as error:
                if _is_timeout(error):
                    raise self._slow() from error
                failure = self._unreachable()
            else:
                if response.status_code not in UNAVAILABLE:
                    break
                failure = self._unavailable(response.status_code)
            if wait is None:
                raise failure
            time.sleep(wait)
        try:
            answer = response.json()
        except self._errors.JSONDecodeError as error:
            raise self._stranger(f"status {response.status_code}") from error
        if response.ok:
            return answer
        reason = answer.get("error") if isinstance(answer, dict) else None
        raise ValueError(f"{self._url} refused the call: {reason or response.reason}")

    def _send(self, method, path, body):
        data = None if body is None else json.dumps(body)
        return self._session.request(
            method, self._url + path, data=data, timeout=self._timeout
        )

    def _slow(self):
        return ConnectionError(
            f"{self._url} did not answer within {self._timeout:g} s. Is the server "
            "overloaded? Allow more time, or send fewer rows at once."
        )

    def _unavailable(self, status):
        return ConnectionError(
            f"{self._url} is unavailable (status {status}). Is the model still "
            "loading, or the server overloaded?"
        )

    def _unreachable(self):
        return ConnectionError(
            f"{self._url} cannot be reached. Is the server running, and its REST port "
            "the one of the URL?"
        )

    def close(self):
        """Closes the connections."""
        self._session.close()

    def _stranger(self, answered):
        return ConnectionError(
            f"{self._url} is no model of TF Serving: it answered with {answered}. "
            "Check host, port and name."
        )


def _is_timeout(error):
    """Whether an answer, or the rest of one, has not come in time."""
    from requests.exceptions import Timeout
    from urllib3.exceptions import ReadTimeoutError

    inner = error.args[0] if error.args else None
    return isinstance(error, Timeout) or isinstance(inner, ReadTimeoutError)


def _tensor(info):
    shape = info["tensor_shape"]
    sizes = [int(dimension["size"]) for dimension in shape.get("dim", [])]
    return tensor(info["dtype"], sizes)
