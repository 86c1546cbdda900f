"""URLs of servers and proxies, checked and masked."""

import base64
import ipaddress
import urllib.request
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from tfae.serving.wording import MASK, masked, shown

SCHEMES = ("http", "https", "grpc", "grpcs")
ENCRYPTED = ("https", "grpcs")
PORTS = {"http": 80, "https": 443}
# Environment variables of the proxy for a scheme; for gRPC, in gRPC's own order.
PROXIES = {
    "http": ("http", "all"),
    "https": ("https", "all"),
    "grpc": ("grpc", "https", "http"),
    "grpcs": ("grpc", "https", "http"),
}
# Characters allowed in a path; all others are percent-encoded.
PATH_CHARACTERS = "/%:@!$&'()*+,;=~-._"


class Address(NamedTuple):
    """A parsed URL.

    `user` is the part before the host, with its `@`, and `authorization` the value of
    its header, or `None`; `secrets` are the strings that must not appear in messages;
    `shown` is the URL without them.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    user: str
    authorization: str | None
    secrets: tuple
    shown: str

    @property
    def encrypted(self):
        """Whether the connection uses TLS."""
        return self.scheme in ENCRYPTED

    @property
    def rest(self):
        """Whether it is the address of a REST interface."""
        return self.scheme in PORTS

    @property
    def url(self):
        """The URL with its credentials, which must not appear in messages."""
        return f"{self.scheme}://{self.user}{self.place}{self.path}"

    @property
    def place(self):
        """`host:port`, with the brackets of IPv6, or only the host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def loopback(self):
        """Whether the host is this machine, by name or by IP address."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            found = ipaddress.ip_address(self.host)
        except ValueError:  # a name
            return False
        return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def address(url):
    """The `Address` of a server.

    Raises:
        ValueError: If `url` is not the URL of a server; its credentials are masked.
    """
    found = _parts(url, SCHEMES)
    if found is None or (not found.rest and found.path):
        received = masked(url) if isinstance(url, str) else shown(repr(url))
        raise ValueError(
            "`url` must be a host after http://, https://, grpc:// or grpcs://, with a "
            f"port and without a query, such as http://127.0.0.1:8501. Received: "
            f"{received}"
        )
    return found


def proxy_of(proxy, server):
    """The `Address` of the proxy for a server, or `None`.

    Args:
        proxy: URL, `"none"`, or `None` for the proxy in the environment, which is not
            used for addresses of this machine.
        server: `Address` of the server.
    """
    if proxy is None:
        return None if server.loopback else _environment_proxy(server)
    if isinstance(proxy, str) and proxy == "none":
        return None
    found = _parts(proxy, ("http",))
    if found is None or found.path:
        received = masked(proxy) if isinstance(proxy, str) else shown(repr(proxy))
        raise ValueError(
            "`proxy` must be a host after http://, such as http://proxy:3128, or "
            f'"none". Received: {received}'
        )
    return found


def _environment_proxy(server):
    if urllib.request.proxy_bypass(server.place):
        return None
    named = urllib.request.getproxies()
    url = next((named[kind] for kind in PROXIES[server.scheme] if kind in named), "")
    if not url:
        return None
    found = _parts(url if "://" in url else f"http://{url}", ("http",))
    if found is None or found.path:
        raise ValueError(
            f"The environment names {masked(url)} as the proxy for {server.shown}, but "
            "only proxies after http:// are supported. Give `proxy` or set NO_PROXY."
        )
    return found


def _parts(url, schemes):
    """The `Address` of a URL with one of these schemes, or `None`."""
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url.rstrip("/"))
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")  # as the resolver does
    except ValueError:  # an invalid port, a broken bracket, a long label
        return None
    wrong = not host or parts.scheme not in schemes or port == 0
    if wrong or "?" in url or "#" in url:
        return None
    authorization, secrets = None, ()
    if "@" in parts.netloc:
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        coded = base64.b64encode(f"{user}:{password}".encode()).decode()
        authorization = f"Basic {coded}"
        secrets = (coded, password, parts.password or "", user)
    path = quote(parts.path, safe=PATH_CHARACTERS)
    if parts.scheme in PORTS:
        port = port or PORTS[parts.scheme]
    user, at, place = parts.netloc.rpartition("@")
    mask = f"{MASK}@" if at else ""
    shown_url = shown(f"{parts.scheme}://{mask}{place}{path}")
    return Address(
        *(parts.scheme, host, port, path, user + at),
        *(authorization, secrets, shown_url),
    )
