"""The client of a model server, with checks of inputs and outputs."""

import numpy as np

from tfae.arguments import check_integers
from tfae.serving import inputs as sent
from tfae.serving.connection import MAX_ANSWER_BYTES, connection
from tfae.serving.rest import Rest
from tfae.serving.rpc import Rpc
from tfae.serving.wording import shown
from tfae.types import PathLike

ROWS = 256  # per call
LARGEST_VERSION = 2**63 - 1


class Client:
    """Sends arrays to a served model in batches; threads may share a client.

    Redirects are not followed and cookies are not kept. Messages show no passwords, and
    no tokens or header values of four characters or more.

    Args:
        url: `http://host:8501` or `https://host` for REST, `grpc://host:8500` or
            `grpcs://host:8500`, which is encrypted, for gRPC (extra `serving`).
        model: Name of the served model.
        version: Integer, or `None` for the server's choice.
        label: The server's name of a version, such as `stable`, in place of `version`.
        timeout: Time limit of a call in seconds, including its retries.
        retries: Number of further attempts while the server is unavailable (gRPC
            makes 4 at most); the waits between them double.
        headers: Dict of strings, sent with each request as headers, or as gRPC
            metadata.
        token: Bearer token, sent in the header `Authorization`.
        certificate_authority: Path of a PEM file of trusted authorities, in place of
            the system's.
        certificate: Path of a PEM file of the client's own certificate, for servers
            that require one.
        key: Path of a PEM file of the private key of `certificate`.
        proxy: URL of an HTTP proxy, `"none"`, or `None` for the proxy in the
            environment, which is not used for addresses of this machine.
        max_answer_bytes: Largest size of an answer in bytes.

    Raises:
        ValueError: If an argument is invalid; if the server does not have the model;
            or, in a call, if the model lacks the signature, or the inputs do not fit
            it.
        ConnectionError: If the server does not answer in time.

    Example:
    >>> client = tfae.serving.Client("http://127.0.0.1:8501", "leaky_relu_digits")
    >>> client.predict(np.zeros((3, 64)), "encode")["codes"].shape
    (3, 12)
    """

    def __init__(
        self,
        url: str,
        model: str,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 60.0,
        retries: int = 3,
        *,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        certificate_authority: PathLike | None = None,
        certificate: PathLike | None = None,
        key: PathLike | None = None,
        proxy: str | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        _check_names(model=model)
        if version is not None and label is not None:
            raise ValueError(
                "Give `version` or `label`, not both. "
                f"Received: version={shown(version)}, label={shown(label)}"
            )
        if version is not None:
            check_integers(least=0, most=LARGEST_VERSION, version=version)
            version = int(version)
        if label is not None:
            _check_names(label=label)
        self._connection = connection(
            url,
            timeout,
            retries,
            headers,
            token,
            certificate_authority,
            certificate,
            key,
            proxy,
            max_answer_bytes,
        )
        server = self._connection.server
        transport = Rest if server.rest else Rpc
        self._transport = transport(self._connection, model, version, label)
        self._name = f"{model} at {server.shown}"
        self._signatures = None
        self._closed = False

    def close(self) -> None:
        """Closes the connection, as does `with Client(…) as client:`."""
        self._closed = True
        self._transport.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    @property
    def signatures(self):
        """Dict from name to (inputs, outputs), dicts from name to `Tensor`."""
        self._check_open()
        if self._signatures is None:
            # Without a lock: concurrent threads all get the same signatures.
            self._signatures = self._transport.signatures()
        return self._signatures

    def predict(self, inputs, signature="serving_default", batch_size=ROWS):
        """Outputs of `signature` by name, for all rows of `inputs`.

        Args:
            inputs: Array, or a dict of arrays for a signature of several inputs, with
                the examples as rows.
            signature: Name of a signature, such as `encode`, `decode` or `score`.
            batch_size: Integer, number of rows per call.

        Returns:
            Dict of arrays with the same number of rows.
        """
        parts = list(self.batches(inputs, signature, batch_size))
        return {
            name: np.concatenate([part[name] for part in parts]) for name in parts[0]
        }

    def batches(
        self, inputs, signature: str = "serving_default", batch_size: int = ROWS
    ):
        """As `predict`, but iterates over one dict of arrays per batch."""
        check_integers(batch_size=batch_size)
        specs, outputs = self.signature(signature)
        arrays = sent.fit(self._what(signature), specs, inputs)
        return self._answers(signature, arrays, outputs, int(batch_size))

    def signature(self, signature: str):
        """Inputs and outputs of one signature, dicts from name to `Tensor`."""
        if not isinstance(signature, str) or not signature:
            raise ValueError(
                "`signature` must be a name. Received: "
                f"signature={shown(repr(signature))}"
            )
        if signature not in self.signatures:
            raise ValueError(
                f"{self._name} has no signature {shown(repr(signature))}. Signatures: "
                f"{shown(', '.join(sorted(self.signatures)))}"
            )
        inputs, outputs = self.signatures[signature]
        if not inputs or not outputs:
            raise ValueError(
                f"{self._what(signature)} has no inputs or no outputs. Choose another "
                "signature."
            )
        for name, spec in {**inputs, **outputs}.items():
            if spec.dtype is None:
                raise ValueError(
                    f"{self._what(signature)} has {shown(name)} of a type other than "
                    "numbers and strings, which this client does not send. Choose "
                    "another one."
                )
        return inputs, outputs

    def _answers(self, signature, arrays, outputs, batch_size):
        count = len(next(iter(arrays.values())))
        for start in range(0, count, batch_size):
            self._check_open()
            batch = {name: x[start : start + batch_size] for name, x in arrays.items()}
            replies = self._transport.predict(signature, batch, outputs)
            rows = min(batch_size, count - start)
            yield self._understand(signature, outputs, replies, rows)

    def _understand(self, signature, specs, replies, rows):
        if not isinstance(replies, dict) or set(replies) != set(specs):
            found = ", ".join(replies) if isinstance(replies, dict) else "one output"
            names = f"{shown(found or 'nothing')} in place of {shown(', '.join(specs))}"
            raise self._changed(signature, names)
        outputs = {}
        for name, spec in specs.items():
            wanted = (rows, *spec.shape[1:])
            try:
                outputs[name] = self._transport.array(
                    replies[name], spec.dtype, wanted, self._connection.max_answer_bytes
                )
            except ValueError as error:
                raise self._changed(signature, f"{shown(name)} {error}") from error
        return outputs

    def _changed(self, signature, found):
        return ValueError(
            f"{self._name} answered {shown(signature)} with {found}. Has the "
            "model changed? Make a new client."
        )

    def _what(self, signature):
        return f"{shown(signature)} of {self._name}"

    def _check_open(self):
        if self._closed:
            raise ValueError(f"The client of {self._name} is closed. Make a new one.")


def _check_names(**values):
    for name, value in values.items():
        text = isinstance(value, str) and value.isprintable()
        if not text or value in ("", ".", ".."):
            raise ValueError(
                f"`{name}` must be a name of printable characters. Received: "
                f"{name}={shown(repr(value))}"
            )
