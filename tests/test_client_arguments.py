"""Arguments of wrong types and values: an error of ours, before anything is sent."""

import re

import numpy as np
import pytest
import strangers
from strangers import info, reply

from tfae.serving import Client

URL = "http://127.0.0.1:9"
WRONG = ("a", b"a", None, [1], {}, True, 1j, np.zeros(2), float("nan"), object())


class Hostile:
    """Looks like an array until NumPy asks for it."""

    def __array__(self, *arguments, **options):
        raise RuntimeError("not now")


def refused(word, **arguments):
    """Asserts that a client is not made, by one line that names the argument."""
    arguments = {"url": URL, "model": "x"} | arguments
    with pytest.raises(ValueError, match=f"`{word}` must be") as error:
        Client(**arguments)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 500


def named(value):
    """A name for a case, which is the same in every process."""
    return re.sub(r" at 0x\w+", "", repr(value))[:40]


@pytest.mark.parametrize(
    "value", [*WRONG, 0, -1, np.inf, 10**400, -(10**400)], ids=named
)
def test_timeouts_are_numbers_of_seconds(value):
    refused("timeout", timeout=value)


@pytest.mark.parametrize("value", [*WRONG, -1, 1.0, np.inf, -(10**400)], ids=named)
def test_retries_are_whole_numbers(value):
    refused("retries", retries=value)


@pytest.mark.parametrize("value", [*WRONG, 0, -1, 1.5, np.inf], ids=named)
def test_the_largest_size_of_an_answer_is_a_whole_number(value):
    refused("max_answer_bytes", max_answer_bytes=value)


@pytest.mark.parametrize(
    "value", [v for v in WRONG if v is not None] + [-1, 1.0, 2**63, 10**400], ids=named
)
def test_versions_are_whole_numbers(value):
    refused("version", version=value)


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "a\nb", "\ud800", "\0", b"a", None, 5, ["a"], {}, True, object()],
    ids=named,
)
@pytest.mark.parametrize("name", ["model", "label"])
def test_models_and_labels_are_names(name, value):
    if name == "model" or value is not None:
        refused(name, **{name: value})


@pytest.mark.parametrize(
    "value",
    [
        *(None, 5, True, b"http://a:1", ["http://a:1"], {}, object(), ""),
        *("http://", "http://:8501", "a:8501", "http://a b:1", "http://a\n:1"),
        *("http://a:port", "http://a:99999", "http://a:-1", "http://a:0"),
        *("http://[::1", "http://a..b:1", "http://" + "a" * 100 + ".b:1"),
        *("http://a:1?x", "http://a:1#x", "grpc://a:1/x", "grpc://dns:///a:1"),
        *("ftp://a:1", "file:///a", "http://\ud800:1", "http://a\0:1"),
    ],
    ids=named,
)
def test_urls_are_hosts_after_a_scheme(value):
    refused("url", url=value)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": np.float32(0.5), "retries": np.int64(0), "version": np.int32(3)},
        {"timeout": 1, "retries": 10**9, "max_answer_bytes": 2**40, "version": 0},
        {"label": "stable"},
    ],
    ids=named,
)
@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_numbers_of_numpy_and_large_ones_are_numbers(scheme, options):
    with (
        Client(f"{scheme}://127.0.0.1:9", "x", **{"timeout": 0.5} | options) as client,
        pytest.raises(ConnectionError, match=r"127\.0\.0\.1"),
    ):
        client.predict(np.zeros((1, 2)))


def test_a_url_may_have_a_path_and_international_letters():
    with (
        strangers.server(strangers.model(reply({"outputs": [[1, 2]]}))) as (
            port,
            asked,
        ),
        Client(f"http://127.0.0.1:{port}/aö/b", "m ö") as client,
    ):
        client.predict(np.zeros((1, 2)), "encode")
    assert asked[0].target == "/a%C3%B6/b/v1/models/m%20%C3%B6/metadata"
    with (
        Client("http://bücher.invalid", "x", retries=0) as client,
        pytest.raises(ConnectionError, match="cannot be reached"),
    ):
        _ = client.signatures


@pytest.fixture(scope="module")
def client():
    """A client of a model that takes rows of two numbers."""
    with (
        strangers.server(strangers.model(reply({"outputs": [[1, 2]]}))) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x") as one,
    ):
        yield one


@pytest.mark.parametrize(
    "value", [None, 5, True, b"a", ["encode"], {}, "", object()], ids=named
)
def test_signatures_are_names(client, value):
    for call in (client.predict, client.batches):
        with pytest.raises(ValueError, match="`signature` must be a name"):
            call(np.zeros((1, 2)), value)
    with pytest.raises(ValueError, match="`signature` must be a name"):
        client.signature(value)


@pytest.mark.parametrize("value", [None, "a", b"a", [1], 0, -1, 1.0, True], ids=named)
def test_batch_sizes_are_whole_numbers(client, value):
    for call in (client.predict, client.batches):
        with pytest.raises(ValueError, match="`batch_size` must be"):
            call(np.zeros((1, 2)), "encode", value)


@pytest.mark.parametrize(
    "inputs",
    [
        *(None, "a", b"a", 5, True, object(), {1, 2}, (x for x in "ab"), [], [[]]),
        *([[1, 2], [3]], [["a", "b"]], [[None, 1]], [[1j, 2]], [[object(), 1]]),
        *([[b"\xff", b"a"]], [["\ud800", "a"]], np.zeros((1, 2), "M8[s]"), Hostile()),
        *({}, {"other": 1}, {5: 1}, {"inputs": None}, {"inputs": [[1], [2, 3]]}),
        *({"inputs": Hostile()}, {"inputs": [[1, 2]], "more": 1}, {"a\n" * 999: 1}),
        *([[1e300, 0]], [[10**400, 0]]),
    ],
    ids=named,
)
def test_inputs_that_do_not_fit_are_refused_before_they_are_sent(client, inputs):
    for call in (client.predict, client.batches):
        with pytest.raises(ValueError, match="encode of x at http://127") as error:
            call(inputs, "encode")
        assert str(error.value).isprintable()
        assert len(str(error.value)) < 900


def test_texts_that_cannot_be_sent_are_refused():
    inputs = {"inputs": info((-1,), "DT_STRING")}
    known = strangers.metadata({"codes": info((-1, 2))}, inputs)
    with (
        strangers.server(lambda request: reply(known)) as (port, asked),
        Client(f"http://127.0.0.1:{port}", "x") as client,
    ):
        for texts in ([b"\xff"], ["\ud800"], [None], [5], [["a"]], "a", [["a"], "b"]):
            with pytest.raises(ValueError, match="encode of x at http://127"):
                client.predict(texts, "encode")
    assert len(asked) == 1


def test_signatures_without_inputs_or_outputs_are_refused():
    for inputs, outputs in (({}, {"codes": info((-1,))}), ({"a": info((-1,))}, {})):
        known = strangers.metadata(outputs, None)
        signature = known["metadata"]["signature_def"]["signature_def"]["encode"]
        signature["inputs"] = inputs
        with (
            strangers.server(lambda request, known=known: reply(known)) as (port, _),
            Client(f"http://127.0.0.1:{port}", "x") as client,
            pytest.raises(ValueError, match="has no inputs or no outputs"),
        ):
            client.predict({name: [1] for name in inputs}, "encode")
