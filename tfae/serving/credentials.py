"""Credentials of a client: headers, a token, and certificates."""

import contextlib
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tfae.serving.wording import shown

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\x20-\x7e]*")
TOKEN = re.compile(r"[\x21-\x7e]+")
# Headers of HTTP and gRPC that the client sets, or that would change its answers.
OWN = {
    *("accept-encoding", "connection", "content-length", "content-type", "expect"),
    *("host", "proxy-authorization", "proxy-connection", "te", "trailer"),
    *("transfer-encoding", "upgrade", "user-agent"),
}


def headers_of(headers, token, authorization):
    """Headers of each request, by name in lower case.

    Args:
        headers: Dict of strings, or `None`.
        token: Bearer token, or `None`.
        authorization: Header value from the user in the URL, or `None`.

    Raises:
        ValueError: If a header is invalid; the message shows no value.
    """
    if headers is not None and not isinstance(headers, Mapping):
        raise ValueError(
            "`headers` must be a dict of names and values. Received: an object of type "
            f"{type(headers).__name__}"
        )
    found = {}
    for name, value in (headers or {}).items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(
                "`headers` must have names of ASCII letters, digits and hyphens. "
                "Received: another name, which may hold a secret and is not shown"
            )
        if not isinstance(value, str) or not VALUE.fullmatch(value):
            raise ValueError(
                "`headers` must have values that are strings of printable ASCII "
                f"characters. Received: another value of {shown(name)}"
            )
        key = name.lower()
        if key in OWN or key.startswith(("grpc-", ":")) or key.endswith("-bin"):
            raise ValueError(
                f"`headers` must not hold {shown(name)}, which the client sets itself "
                "or cannot send. Leave it out."
            )
        if key in found:
            raise ValueError(f"`headers` must hold {shown(name)} once only.")
        found[key] = value.strip()
    if token is not None:
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise ValueError(
                "`token` must be a string of printable ASCII characters without "
                "spaces. Received: another value, which is not shown"
            )
        token = f"Bearer {token}"
    given = [one for one in (found.get("authorization"), token, authorization) if one]
    if len(given) > 1:
        raise ValueError(
            "Give one of `token`, the header Authorization, and a user and password in "
            "`url`. Received: several of them"
        )
    return found | ({"authorization": given[0]} if given else {})


class Tls(NamedTuple):
    """A context for Python's sockets, and the contents of its files for gRPC."""

    context: ssl.SSLContext
    authority: bytes | None
    certificate: bytes | None
    key: bytes | None


def tls_of(encrypted, certificate_authority, certificate, key):
    """The `Tls` for a server, or `None` for an unencrypted connection.

    Args:
        encrypted: Boolean, whether the scheme of the URL requires TLS.
        certificate_authority: Path of the PEM file of trusted authorities, or `None`
            for those of the system.
        certificate: Path of the PEM file of the client's certificate, or `None`.
        key: Path of the PEM file of its private key, or `None`.

    Raises:
        ValueError: If a file does not hold the expected contents.
    """
    files = {
        "certificate_authority": certificate_authority,
        "certificate": certificate,
        "key": key,
    }
    contents = {name: _read(name, path) for name, path in files.items()}
    if not encrypted:
        given = [name for name, path in files.items() if path is not None]
        if given:
            raise ValueError(
                f"`{given[0]}` is for a `url` after https:// or grpcs://, which are "
                "encrypted."
            )
        return None
    if (certificate is None) != (key is None):
        raise ValueError("Give both `certificate` and `key`, or neither.")
    context = _context(certificate_authority)
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key, password=_no_password)
        except (ValueError, OSError) as error:
            raise ValueError(
                "`certificate` and `key` must be PEM files of a certificate and of its "
                f"private key, not encrypted. Received: certificate={certificate!s} "
                f"and key={key!s} ({shown(error)})"
            ) from error
    return Tls(context, *contents.values())


def _read(name, path):
    if path is None:
        return None
    try:
        if Path(path).is_file():  # and not an endless device
            return Path(path).read_bytes()
        reason = "no file"
    except (TypeError, ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or type(path).__name__
    raise ValueError(
        f"`{name}` must be the path of a PEM file. Received: "
        f"{name}={shown(repr(str(path)))} ({reason})"
    )


def _context(certificate_authority):
    """A context that trusts the given authorities, or those of the system."""
    try:
        context = ssl.create_default_context(cafile=certificate_authority)
    except OSError as error:  # includes TLS errors
        raise ValueError(
            "`certificate_authority` must be a PEM file of certificates. Received: "
            f"certificate_authority={certificate_authority!s} ({shown(error)})"
        ) from error
    if certificate_authority is None:
        # Some systems have no authorities; `requests` includes some.
        with contextlib.suppress(ImportError):
            import certifi

            context.load_verify_locations(cafile=certifi.where())
    return context


def _no_password():
    raise ValueError("the key is encrypted")
