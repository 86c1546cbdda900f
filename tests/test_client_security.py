"""What a client sends to whom, and what its messages never show."""

import base64
import json
import traceback

import grpc
import loopback
import numpy as np
import pytest
import strangers
from strangers import TLS, reply
from test_client_answers import Stranger, proto

from tfae.serving import Client
from tfae.serving.address import address

ROWS = np.zeros((1, 2), "float32")
GOOD = reply({"outputs": [[1.0, 2.0]]})
AUTHORITY = TLS / "authority.pem"
PAIR = {"certificate": TLS / "client.pem", "key": TLS / "client.key"}
SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def ask(url, **options):
    with Client(url, "x", retries=0, **options) as client:
        return client.predict(ROWS, "encode")["codes"].tolist()


@pytest.mark.parametrize("status", ["301 a", "302 a", "303 a", "307 a", "308 a"])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_redirects_are_not_followed(status, elsewhere):
    with strangers.server(strangers.model(GOOD)) as (other, reached):
        target = f"http://user:{SECRET}@127.0.0.1:{other}/v1/models/x:predict?a=b"
        handle = strangers.model(
            reply(b"", status, Location=target if elsewhere else "/elsewhere")
        )
        with (
            strangers.server(handle) as (port, requests),
            pytest.raises(
                ConnectionError, match=r"redirects to .* is not followed"
            ) as e,
        ):
            ask(f"http://127.0.0.1:{port}")
        assert len(requests) == 2
        assert reached == []
    assert (f"127.0.0.1:{other}" if elsewhere else "/elsewhere") in str(e.value)
    assert SECRET not in str(e.value)


def shown_by(call):
    """All that a traceback of the error of a call shows."""
    with pytest.raises((ValueError, OSError)) as error:
        call()
    text = str(error.value)
    return text + "".join(traceback.format_exception(error.value, chain=True))


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@127.0.0.1:9",
        f"https://user:{SECRET}@127.0.0.1:9",
        f"grpc://user:{SECRET}@127.0.0.1:9",
        f"http://{SECRET}@127.0.0.1:9",
        f"ftp://user:{SECRET}@127.0.0.1:9",
        f"user:{SECRET}@127.0.0.1:9",
        f"http://user:{SECRET}@127.0.0.1:port",
        f"http://user:{SECRET}@127.0.0.1:99999",
        f"http://user:a/{SECRET}@127.0.0.1:9",
        f"http://user:a@{SECRET}@",
        f"http://user:{SECRET} @127.0.0.1:9",
        f"http://127.0.0.1:9?token={SECRET}",
        f"http://127.0.0.1:9#{SECRET}",
        f"grpc://user:{SECRET}@127.0.0.1:9/path",
        f"http://user:{SECRET}@[::1",
    ],
)
def test_no_message_shows_a_password_of_a_url(url):
    shown = shown_by(lambda: ask(url, timeout=5))
    # Python's traceback shows no values, but this file's lines, which hold none.
    assert SECRET not in shown


def test_no_message_of_a_proxy_shows_its_password():
    proxy = f"http://user:{SECRET}@127.0.0.1:9"
    for url in ("http://127.0.0.1:8", "https://127.0.0.1:8", "grpc://127.0.0.1:8"):
        shown = shown_by(lambda url=url: ask(url, proxy=proxy, timeout=5))
        assert SECRET not in shown
    assert SECRET not in shown_by(
        lambda: ask("http://127.0.0.1:8", proxy=f"socks5://user:{SECRET}@127.0.0.1:9")
    )


def test_a_user_and_password_of_a_url_are_sent():
    with strangers.server(strangers.model(GOOD)) as (port, requests):
        assert ask(f"http://us%40er:p%3Aw@127.0.0.1:{port}/") == [[1, 2]]
    coded = base64.b64encode(b"us@er:p:w").decode()
    assert {one.headers["authorization"] for one in requests} == {f"Basic {coded}"}


@pytest.mark.parametrize("status", ["400 a", "401 a", "403 a", "500 a"])
def test_what_a_server_repeats_of_secrets_is_masked(status):
    def handle(request):
        sent = json.dumps(request.headers) + request.target
        return reply({"error": f"you sent {sent}"}, status)

    headers = {"X-Key": f"x{SECRET}x"}
    with strangers.server(handle) as (port, requests):
        url = f"http://127.0.0.1:{port}"
        shown = shown_by(lambda: ask(url, token=SECRET, headers=headers))
        assert "you sent" in shown
        assert SECRET not in shown
        coded = base64.b64encode(f"user:{SECRET}".encode()).decode()
        shown = shown_by(lambda: ask(f"http://user:{SECRET}@127.0.0.1:{port}"))
        assert coded not in shown
    assert requests[0].headers["authorization"] == f"Bearer {SECRET}"


class Echoes(Stranger):
    """Refuses calls with the metadata that came with them."""

    def __init__(self, code=None):
        super().__init__({"codes": proto(float_val=[1.0, 2.0])})
        self.code, self.calls = code, []

    def Predict(self, request, context):
        self.calls.append(dict(context.invocation_metadata()))
        if self.code is not None:
            context.abort(self.code, f"you sent {self.calls[-1]}")
        return super().Predict(request, context)


@pytest.mark.parametrize("code", ["UNAUTHENTICATED", "INTERNAL", "UNAVAILABLE"])
def test_what_a_grpc_server_repeats_of_secrets_is_masked(code):
    servicer = Echoes(grpc.StatusCode[code])
    with loopback.grpc_server(None, servicer) as url:
        options = {"token": SECRET, "headers": {"X-Key": f"x{SECRET}x"}}
        shown = shown_by(lambda: ask(url, **options))
    assert "you sent" in shown
    assert SECRET not in shown
    assert servicer.calls[0]["authorization"] == f"Bearer {SECRET}"


def test_headers_go_with_every_request():
    headers = {"X-Tenant": "a b", "X-Empty": ""}
    with strangers.server(strangers.model(GOOD)) as (port, requests):
        ask(f"http://127.0.0.1:{port}", headers=headers)
    assert len(requests) == 2
    for one in requests:
        assert one.headers["x-tenant"] == "a b"
        assert one.headers["x-empty"] == ""
        assert "authorization" not in one.headers
    servicer = Echoes()
    with loopback.grpc_server(None, servicer) as url:
        ask(url, headers=headers)
    assert servicer.calls[0]["x-tenant"] == "a b"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"headers": [("a", "b")]}, "`headers` must be a dict"),
        ({"headers": f"X-Key: {SECRET}"}, "`headers` must be a dict"),
        ({"headers": {f"X-Key: {SECRET}": "b"}}, "`headers` must have names of"),
        ({"headers": {"": "b"}}, "`headers` must have names of"),
        ({"headers": {5: "b"}}, "`headers` must have names of"),
        ({"headers": {"X-Key": f"{SECRET}\r\nX-Other: 1"}}, "another value of X-Key"),
        ({"headers": {"X-Key": f"{SECRET}ö"}}, "another value of X-Key"),
        ({"headers": {"X-Key": 5}}, "another value of X-Key"),
        ({"headers": {"X-Key": None}}, "another value of X-Key"),
        ({"headers": {"Content-Length": "5"}}, "must not hold Content-Length"),
        ({"headers": {"Host": "a"}}, "must not hold Host"),
        ({"headers": {"grpc-timeout": "1S"}}, "must not hold grpc-timeout"),
        ({"headers": {"a-bin": "a"}}, "must not hold a-bin"),
        ({"headers": {"X-Key": "a", "x-key": "b"}}, "x-key once only"),
        ({"token": f"{SECRET}\n"}, "`token` must be a string"),
        ({"token": ""}, "`token` must be a string"),
        ({"token": 5}, "`token` must be a string"),
        ({"token": SECRET, "headers": {"authorization": "a"}}, "Give one of `token`"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_headers_and_tokens_that_cannot_be(scheme, options, words):
    with pytest.raises(ValueError, match=words) as error:
        Client(f"{scheme}://127.0.0.1:9", "x", **options)
    assert SECRET not in str(error.value)


def test_a_url_and_a_token_do_not_both_say_who_asks():
    with pytest.raises(ValueError, match="Give one of `token`") as error:
        Client(f"http://user:{SECRET}@127.0.0.1:9", "x", token="a")
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_rest_speaks_tls_with_a_certificate_of_its_own(host):
    handle = strangers.model(GOOD)
    with strangers.server(handle, tls=True, asks_certificate=True) as (port, requests):
        url = f"https://{host}:{port}"
        assert ask(url, certificate_authority=AUTHORITY, **PAIR) == [[1, 2]]
        with pytest.raises(ConnectionError, match=r"reached.*`certificate`"):
            ask(url, certificate_authority=AUTHORITY)
        with pytest.raises(ConnectionError, match=r"by TLS: .*certificate"):
            ask(url, **PAIR)
        assert len(requests) == 2


def test_rest_trusts_names_and_plain_servers_no_more_than_tls_does():
    with strangers.server(strangers.model(GOOD), tls=True) as (port, _):
        strings = {name: str(path) for name, path in PAIR.items()}
        url = f"https://127.0.0.1:{port}"
        assert ask(url, certificate_authority=str(AUTHORITY), **strings) == [[1, 2]]
        with pytest.raises(ConnectionError, match="by TLS: IP address mismatch"):
            ask(f"https://[::ffff:127.0.0.1]:{port}", certificate_authority=AUTHORITY)
    with (
        strangers.talker(lambda: [b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as port,
        pytest.raises(ConnectionError, match="Does the server speak TLS"),
    ):
        ask(f"https://127.0.0.1:{port}", certificate_authority=AUTHORITY)


def tls_grpc(servicer):
    """A gRPC server that asks for a certificate, and its port."""
    from concurrent import futures

    from tensorflow_serving.apis import prediction_service_pb2_grpc

    server = grpc.server(futures.ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        servicer, server
    )
    pair = ((TLS / "server.key").read_bytes(), (TLS / "server.pem").read_bytes())
    credentials = grpc.ssl_server_credentials(
        [pair], AUTHORITY.read_bytes(), require_client_auth=True
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    return server, port


def test_grpc_speaks_tls_with_a_certificate_of_its_own():
    servicer = Echoes()
    server, port = tls_grpc(servicer)
    try:
        url = f"grpcs://127.0.0.1:{port}"
        options = {"certificate_authority": AUTHORITY, "token": SECRET}
        assert ask(url, **options, **PAIR) == [[1, 2]]
        assert servicer.calls[0]["authorization"] == f"Bearer {SECRET}"
        for wrong in ({"certificate_authority": AUTHORITY}, PAIR):
            with pytest.raises(ConnectionError, match="cannot be reached"):
                ask(url, timeout=5, **wrong)
    finally:
        server.stop(None).wait()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"certificate_authority": "none.pem"},
            "`certificate_authority` must be .*none",
        ),
        ({"certificate_authority": "/dev/zero"}, "the path of a PEM file"),
        ({"key": "/dev/zero"}, "`key` must be the path of a PEM file"),
        ({"certificate_authority": TLS}, "`certificate_authority` must be the path"),
        ({"certificate_authority": 5}, "`certificate_authority` must be the path"),
        ({"certificate_authority": True}, "`certificate_authority` must be the path"),
        ({"certificate_authority": "a\0b"}, "`certificate_authority` must be the path"),
        ({"certificate_authority": TLS / "other.pem"}, "PEM file of certificates"),
        ({"certificate": TLS / "client.pem"}, "both `certificate` and `key`"),
        ({"key": TLS / "client.key"}, "both `certificate` and `key`"),
        (PAIR | {"key": TLS / "server.key"}, "PEM files of a certificate and of its"),
        (PAIR | {"key": TLS / "encrypted.key"}, "not encrypted"),
        (PAIR | {"key": TLS / "client.pem"}, "PEM files of a certificate and of its"),
        (
            PAIR | {"certificate": TLS / "other.pem"},
            "PEM files of a certificate and of",
        ),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_certificates_that_cannot_be(scheme, options, words):
    with pytest.raises(ValueError, match=words):
        Client(f"{scheme}://127.0.0.1:9", "x", **options)


@pytest.mark.parametrize("scheme", ["http", "grpc"])
@pytest.mark.parametrize("name", ["certificate_authority", "certificate", "key"])
def test_certificates_are_for_tls(scheme, name):
    path = {"certificate_authority": AUTHORITY, **PAIR}[name]
    with pytest.raises(ValueError, match=f"`{name}` is for a `url` after https://"):
        Client(f"{scheme}://127.0.0.1:9", "x", **{name: path})


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_loopback_is_not_asked_through_the_proxy_of_the_environment(
    scheme, monkeypatch
):
    with strangers.proxy() as (port, lines):
        for name in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        if scheme == "http":
            with strangers.server(strangers.model(GOOD)) as (server, _):
                assert ask(f"http://127.0.0.1:{server}") == [[1, 2]]
                assert ask(f"http://localhost:{server}") == [[1, 2]]
        else:
            with loopback.grpc_server(None, Echoes()) as url:
                assert ask(url) == [[1, 2]]
                assert ask(url.replace("127.0.0.1", "localhost")) == [[1, 2]]
        assert lines == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.3.2.1", True),
        ("[::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("10.0.0.1", False),
        ("[::2]", False),
    ],
)
def test_loopback_is_known_by_name_and_number(host, expected):
    assert address(f"http://{host}:8501").loopback is expected


@pytest.mark.parametrize("explicit", [True, False])
def test_other_hosts_are_asked_through_a_proxy(explicit, monkeypatch):
    with strangers.proxy() as (port, lines):
        url = f"http://us:{SECRET}@127.0.0.1:{port}"
        if explicit:
            options = {"proxy": url}
        else:
            options = {}
            monkeypatch.setenv("http_proxy", url)
        with pytest.raises(
            ValueError, match=r"proxied http://host\.invalid:8501/v1/models"
        ):
            ask("http://host.invalid:8501", **options)
    coded = base64.b64encode(f"us:{SECRET}".encode()).decode()
    target = "http://host.invalid:8501/v1/models/x/metadata"
    assert lines == [f"GET {target} Basic {coded}"]


def test_proxies_can_be_switched_off(monkeypatch):
    with strangers.proxy() as (port, lines):
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{port}")
        for name, options in (("a", {"proxy": "none"}), ("host.invalid", {})):
            monkeypatch.setenv("no_proxy", name)
            with pytest.raises(ConnectionError, match="cannot be reached"):
                ask("http://host.invalid:8501", **options)
        assert lines == []


def test_tls_goes_through_proxies_unread():
    handle = strangers.model(GOOD)
    with (
        strangers.server(handle, tls=True) as (server, requests),
        strangers.proxy() as (port, lines),
    ):
        found = ask(
            f"https://127.0.0.1:{server}",
            certificate_authority=AUTHORITY,
            token=SECRET,
            proxy=f"http://127.0.0.1:{port}",
        )
    assert found == [[1, 2]]
    assert lines == [f"CONNECT 127.0.0.1:{server}"]
    assert requests[0].headers["authorization"] == f"Bearer {SECRET}"


def test_grpc_goes_through_a_proxy_that_is_given():
    with (
        loopback.grpc_server(None, Echoes()) as url,
        strangers.proxy() as (port, lines),
    ):
        assert ask(url, proxy=f"http://127.0.0.1:{port}") == [[1, 2]]
    assert lines == [f"CONNECT {url.removeprefix('grpc://')}"]


@pytest.mark.parametrize(
    "proxy",
    ["127.0.0.1:3128", "https://a:1", "socks5://a:1", 5, True, "", "http://a/b"],
)
def test_proxies_that_cannot_be(proxy):
    with pytest.raises(ValueError, match="`proxy` must be a host after http://"):
        Client("http://127.0.0.1:9", "x", proxy=proxy)


def test_an_environment_with_a_proxy_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setenv("all_proxy", f"socks5://user:{SECRET}@127.0.0.1:9")
    with pytest.raises(ValueError, match=r"names socks5://\*\*\*@127.* NO_PROXY") as e:
        Client("http://host.invalid:8501", "x")
    assert SECRET not in str(e.value)


def test_cookies_and_netrc_are_not_sent(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login a password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    known = strangers.model(reply({"outputs": [[1.0, 2.0]]}, **{"Set-Cookie": "a=b"}))
    with (
        strangers.server(known) as (port, requests),
        Client(f"http://127.0.0.1:{port}", "x") as client,
    ):
        for _ in range(2):
            client.predict(ROWS, "encode")
    assert len(requests) == 3
    assert not any({"cookie", "authorization"} & set(one.headers) for one in requests)
