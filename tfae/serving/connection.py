"""Checked connection settings, for both interfaces."""

import dataclasses

from tfae.arguments import check_integers, is_real
from tfae.serving import address, credentials
from tfae.serving.wording import shown

SECONDS_OF_A_DAY = 86_400
LARGEST_INTEGER = 2**63 - 1
MAX_ANSWER_BYTES = 2**28


@dataclasses.dataclass(frozen=True, repr=False)  # which would show the secrets
class Connection:
    """Address of a server, contents of requests, and limits.

    Arguments of `tfae.serving.Client`, checked.
    """

    server: address.Address
    headers: dict
    tls: credentials.Tls | None
    proxy: address.Address | None
    timeout: float
    retries: int
    max_answer_bytes: int

    @property
    def secrets(self):
        """Strings that must not appear in messages."""
        values = [*self.headers.values(), *self.server.secrets]
        values += self.proxy.secrets if self.proxy else ()
        values += [value.partition(" ")[2] for value in self.headers.values()]
        return sorted(filter(None, values), key=len, reverse=True)

    def shown(self, text):
        """Text of a server, made safe for messages."""
        return shown(text, self.secrets)

    def slow(self, name):
        """The error for a server that did not answer in time."""
        return ConnectionError(
            f"{name} did not answer within {self.timeout:g} s. Is the server "
            "overloaded? Allow more time, or send fewer rows at once."
        )

    def too_long(self, name):
        """The error for an answer above the size limit."""
        return ConnectionError(
            f"{name} answered with more than {self.max_answer_bytes} bytes. Send fewer "
            "rows at once, or allow more by `max_answer_bytes`."
        )


def connection(
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
):
    """`Connection` from arguments of `tfae.serving.Client`, which are checked."""
    server = address.address(url)
    if not is_real(timeout) or not 0 < timeout <= SECONDS_OF_A_DAY:
        raise ValueError(
            "`timeout` must be greater than 0, and a day at most, in seconds. "
            f"Received: timeout={shown(repr(timeout))}"
        )
    check_integers(least=0, retries=retries)
    check_integers(most=LARGEST_INTEGER, max_answer_bytes=max_answer_bytes)
    return Connection(
        server,
        credentials.headers_of(headers, token, server.authorization),
        credentials.tls_of(server.encrypted, certificate_authority, certificate, key),
        address.proxy_of(proxy, server),
        float(timeout),
        int(retries),
        int(max_answer_bytes),
    )
