"""The client: what goes in, what comes out, and what is wrong with either."""

import numpy as np

from tfae.arguments import check_integers
from tfae.serving.rest import Rest
from tfae.serving.rpc import Rpc

ROWS = 256  # of one call
SECONDS_OF_A_DAY = 86_400
TRANSPORTS = {"http": Rest, "https": Rest, "grpc": Rpc}


class Client:
    """Sends arrays to a served model, in batches.

    Args:
        url: `http://host:8501` for REST, or `grpc://host:8500` (extra `serving`).
        model: Name that the model is served under.
        version: Integer, or `None` for the one that the server chooses.
        label: Name that the server has for a version, such as `stable`, in place of
            `version`.
        timeout: Seconds after which a call is given up; over REST, seconds for which
            the server is silent.
        retries: Number of further attempts while the server is unavailable (gRPC
            makes 4 at most); the waits between them double.

    Raises:
        ValueError: If the server does not have the model; or, in a call, if it does
            not have the signature, or the inputs do not fit it.
        ConnectionError: If the server does not answer, or not in time.

    Example:
    >>> client = Client("http://127.0.0.1:8501", "leaky_relu_digits")
    >>> codes = client.predict(np.zeros((3, 64)), "encode")["codes"]
    """

    def __init__(self, url, model, version=None, label=None, timeout=60.0, retries=3):
        if version is not None and label is not None:
            raise ValueError(
                "Give `version` or `label`, not both. "
                f"Received: version={version}, label={label}"
            )
        if not 0 < timeout <= SECONDS_OF_A_DAY or retries < 0:
            raise ValueError(
                "`timeout` must be greater than 0, and a day at most, and `retries` 0 "
                f"or more. Received: timeout={timeout}, retries={retries}"
            )
        url = url.rstrip("/")
        scheme, _, host = url.partition("://")
        if scheme not in TRANSPORTS or not host:
            raise ValueError(
                "`url` must be a host after http://, https:// or grpc://, such as "
                f"http://127.0.0.1:8501. Received: {url}"
            )
        self._transport = TRANSPORTS[scheme](
            url, model, version, label, timeout, retries
        )
        self._name = f"{model} at {url}"
        self._signatures = None

    def close(self):
        """Closes the connection; `with Client(…) as client:` does it, too."""
        self._transport.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    @property
    def signatures(self):
        """Dict from name to (inputs, outputs), dicts from name to `Tensor`."""
        if self._signatures is None:
            self._signatures = self._transport.signatures()
        return self._signatures

    def predict(self, inputs, signature="serving_default", batch_size=ROWS):
        """Outputs of `signature` by name, for all rows of `inputs`.

        Args:
            inputs: Array, or a dict of arrays for a signature of several inputs, with
                the examples as rows.
            signature: Name of a signature, such as `encode`, `decode` or `score`.
            batch_size: Integer, number of rows of one call.

        Returns:
            Dict of arrays with as many rows.
        """
        parts = list(self.batches(inputs, signature, batch_size))
        return {
            name: np.concatenate([part[name] for part in parts]) for name in parts[0]
        }

    def batches(self, inputs, signature="serving_default", batch_size=ROWS):
        """As `predict`, one dict of arrays a batch."""
        check_integers(batch_size=batch_size)
        specs, outputs = self.signature(signature)
        arrays = self._fit(signature, specs, inputs)
        count = len(next(iter(arrays.values())))
        for start in range(0, count, batch_size):
            batch = {name: x[start : start + batch_size] for name, x in arrays.items()}
            replies = self._transport.predict(signature, batch, outputs)
            rows = min(batch_size, count - start)
            yield self._understand(signature, outputs, replies, rows)

    def signature(self, signature):
        """Inputs and outputs of one signature, dicts from name to `Tensor`."""
        if signature not in self.signatures:
            raise ValueError(
                f"{self._name} has no signature {signature!r}. Signatures: "
                f"{', '.join(sorted(self.signatures))}"
            )
        inputs, outputs = self.signatures[signature]
        for name, spec in {**inputs, **outputs}.items():
            if spec.dtype is None:
                raise ValueError(
                    f"{signature} of {self._name} has {name} of a type other than "
                    "numbers and strings, which this client does not send. Choose "
                    "another one."
                )
        return inputs, outputs

    def _fit(self, signature, specs, inputs):
        """`inputs` by name, in the shapes and types of the signature."""
        if not isinstance(inputs, dict):
            inputs = dict.fromkeys(specs if len(specs) == 1 else (), inputs)
        if set(inputs) != set(specs):
            raise ValueError(
                f"{signature} of {self._name} takes a dict of {', '.join(specs)}. "
                f"Received: {', '.join(inputs) or 'an array'}"
            )
        arrays = {}
        for name, spec in specs.items():
            array = _texts(np.asarray(inputs[name]))
            if not _matches(array.shape, spec.shape) or not len(array):
                raise ValueError(
                    f"{signature} of {self._name} takes {name} of shape "
                    f"{_shown(spec.shape)}. Received: {array.shape}"
                )
            if not _holds(spec.dtype, array):
                raise ValueError(
                    f"{signature} of {self._name} takes {name} of type {spec.dtype}. "
                    f"Received: {array.dtype} with values that it cannot hold"
                )
            arrays[name] = array.astype(spec.dtype, copy=False)
        if len({len(array) for array in arrays.values()}) != 1:
            raise ValueError(f"The inputs of {signature} must have as many rows each.")
        return arrays

    def _understand(self, signature, specs, replies, rows):
        if not isinstance(replies, dict) or set(replies) != set(specs):
            found = ", ".join(replies) if isinstance(replies, dict) else "one output"
            raise ValueError(
                f"{self._name} answered {signature} with {found} in place of "
                f"{', '.join(specs)}. Has the model changed? Make a new client."
            )
        outputs = {}
        for name, spec in specs.items():
            try:
                outputs[name] = np.asarray(replies[name], spec.dtype)
            except (TypeError, ValueError, OverflowError) as error:
                raise ValueError(
                    f"{self._name} answered {signature} with {name} that is no array "
                    f"of {spec.dtype}. Has the model changed? Make a new client."
                ) from error
            wanted = (rows, *spec.shape[1:])
            if not _matches(outputs[name].shape, wanted):
                raise ValueError(
                    f"{self._name} answered {signature} with {name} of shape "
                    f"{outputs[name].shape} in place of {_shown(wanted)}. Has the "
                    "model changed? Make a new client."
                )
        return outputs


def _matches(shape, pattern):
    return len(shape) == len(pattern) and all(
        wanted in (-1, size) for size, wanted in zip(shape, pattern, strict=True)
    )


def _texts(array):
    """An array with strings in the place of their bytes."""
    if array.dtype.kind not in "OS":
        return array
    texts = [x.decode() if isinstance(x, bytes) else x for x in array.flat]
    return np.array(texts, object).reshape(array.shape)


def _holds(dtype, array):
    """Whether `dtype` can hold the values of `array`: floats round, others may not."""
    if dtype.kind == "O":
        return all(isinstance(text, str) for text in array.flat)
    if array.dtype.kind not in "biuf":
        return False
    if dtype.kind == "f":
        limit = np.finfo(dtype).max
        return not (np.isfinite(array) & (np.abs(array) > limit)).any()
    with np.errstate(invalid="ignore"):  # NaN, which no integer equals
        return bool((array.astype(dtype) == array).all())


def _shown(pattern):
    return f"({', '.join('any' if size == -1 else str(size) for size in pattern)})"
