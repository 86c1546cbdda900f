"""TF Serving's REST interface."""

import json

from tfae.serving.tensor import tensor

SECONDS_BEFORE_RETRY = 0.2
UNAVAILABLE = (429, 502, 503, 504)


class Rest:
    """One model at one URL; arguments as for `tfae.serving.Client`."""

    def __init__(self, url, model, version, label, timeout, retries):
        import requests
        from urllib3.util import Retry

        self._url = f"{url.rstrip('/')}/v1/models/{model}"
        self._url += f"/versions/{version}" if version is not None else ""
        self._url += f"/labels/{label}" if label is not None else ""
        self._timeout = timeout
        self._errors = requests.exceptions
        self._session = requests.Session()
        policy = Retry(
            total=retries,
            read=False,  # a slow server is not to be asked for the same again
            backoff_factor=SECONDS_BEFORE_RETRY,
            status_forcelist=UNAVAILABLE,
            respect_retry_after_header=False,
            allowed_methods=None,  # calls change nothing: any may be repeated
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(
                scheme, requests.adapters.HTTPAdapter(max_retries=policy)
            )

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
        try:
            response = self._session.request(
                method,
                self._url + path,
                data=None if body is None else json.dumps(body),
                timeout=self._timeout,
            )
        except self._errors.Timeout as error:
            raise ConnectionError(
                f"{self._url} did not answer within {self._timeout:g} s. Is the server "
                "overloaded? Allow more time, or send fewer rows at once."
            ) from error
        except self._errors.RequestException as error:
            raise ConnectionError(
                f"{self._url} cannot be reached. Is the server running, and its REST "
                "port the one of the URL?"
            ) from error
        if response.status_code in UNAVAILABLE:
            raise ConnectionError(
                f"{self._url} is unavailable (status {response.status_code}). Is the "
                "model still loading, or the server overloaded?"
            )
        try:
            answer = response.json()
        except self._errors.JSONDecodeError as error:
            raise self._stranger(f"status {response.status_code}") from error
        if response.ok:
            return answer
        reason = answer.get("error") if isinstance(answer, dict) else None
        raise ValueError(f"{self._url} refused the call: {reason or response.reason}")

    def close(self):
        """Closes the connections."""
        self._session.close()

    def _stranger(self, answered):
        return ConnectionError(
            f"{self._url} is no model of TF Serving: it answered with {answered}. "
            "Check host, port and name."
        )


def _tensor(info):
    shape = info["tensor_shape"]
    sizes = [int(dimension["size"]) for dimension in shape.get("dim", [])]
    return tensor(info["dtype"], sizes)
