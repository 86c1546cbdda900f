"""JSON of the REST client: the same arrays and errors with `orjson` and without it."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import strangers
from strangers import info, reply

from tfae.serving import Client, bodies

ROWS = np.zeros((1, 2), "float32")
FLOATS = {"codes": info((-1, 2))}
TWO = {"codes": info((-1, 2)), "more": info((-1,), "DT_DOUBLE")}
INTEGERS = {"codes": info((-1, 2), "DT_INT64")}


@pytest.fixture(params=["orjson", "json"])
def library(request, monkeypatch):
    """Either library; fails where the client uses the other one for plain numbers."""
    if request.param == "json":
        monkeypatch.setattr(bodies, "orjson", None)
    return request.param


def outcome(body, outputs):
    """What the client makes of an answer: bytes of arrays, or the text of an error."""
    with (
        strangers.server(strangers.model(reply(body), outputs)) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x", retries=0) as client,
    ):
        try:
            found = client.predict(ROWS, "encode")
        except (ConnectionError, ValueError) as error:
            return type(error), re.sub(rf":{port}\b", "", str(error))
    # `repr` tells -0.0 from 0.0, and each number from its neighbours.
    return {name: (x.dtype, x.shape, repr(x.tolist())) for name, x in found.items()}


@pytest.mark.parametrize(
    ("body", "outputs"),
    [
        (b'{"outputs": [[1, 2.5]]}', FLOATS),
        (b' {"outputs":\n[[ -0, -0.0 ]]}\t', FLOATS),
        (b'{"outputs": [[7.038531e-26, 16777217]]}', FLOATS),
        (b'{"outputs": [[1E+5, 1e-400]]}', FLOATS),
        (b'{"outputs": [[18446744073709551616, -9223372036854775809]]}', FLOATS),
        (b'{"outputs": [[1%s, 0]]}' % (b"0" * 30), FLOATS),
        (b'{"outputs": [[NaN, 2]]}', FLOATS),
        (b'{"outputs": [[Infinity, -Infinity]]}', FLOATS),
        (b'{"outputs": {"more": [5e-324], "codes": [[1, 2]]}}', TWO),
        (b'{"outputs": [[-9223372036854775808, 9223372036854775807]]}', INTEGERS),
        (b'{"outputs": {"c:d": [[1, 2]]}}', {"c:d": info((-1, 2))}),
        (b'{"outputs": {"\\u0063odes": [[1, 2]], "more": [3]}}', TWO),
        ('{"outputs": [["a:", "ö"]]}'.encode(), {"codes": info((-1, 2), "DT_STRING")}),
    ],
)
def test_good_answers_are_the_same_arrays(body, outputs, monkeypatch):
    found = outcome(body, outputs)
    assert isinstance(found, dict), found
    monkeypatch.setattr(bodies, "orjson", None)
    assert outcome(body, outputs) == found


@pytest.mark.parametrize(
    ("body", "outputs"),
    [
        (b'{"outputs": [[null, 2]]}', FLOATS),
        (b'{"outputs": [[1e999, 2]]}', FLOATS),
        (b'{"outputs": [[1e300, 2]]}', FLOATS),
        (b'{"outputs": [[1%s, 2]]}' % (b"0" * 400), FLOATS),
        (b'{"outputs": [[1%s, 2]]}' % (b"0" * 5_000), FLOATS),
        (b'{"outputs": [["1", true]]}', FLOATS),
        (b'{"outputs": [[{"b64": "MQ=="}, 2]]}', FLOATS),
        (b'{"outputs": [[1, 2], [3]]}', FLOATS),
        (b'{"outputs": [[[1], [2]]]}', FLOATS),
        (b'{"outputs": 5}', FLOATS),
        (b'{"outputs": {}}', FLOATS),
        (b'{"outputs": {"codes": [[1, 2]]}}', TWO),
        (b'{"outputs": {"codes": [[1, 2]], "codes": [[3, 4]], "more": [5]}}', TWO),
        (b'{"outputs": {"codes": [[1, 2]], "\\u0063odes": [[3, 4]]}}', FLOATS),
        (b'{"outputs": [[1, 2]], "outputs": [[3, 4]]}', FLOATS),
        (b'{"outputs": [[{"a": 1, "a": 2}, 2]]}', FLOATS),
        (b'{"outputs": [[1, 2]]', FLOATS),
        (b'{"outputs": [[1, 2]]} 1', FLOATS),
        (b'{"outputs": [[01, 2]]}', FLOATS),
        (b'{"outputs": [[1, 2],]}', FLOATS),
        (b'\xef\xbb\xbf{"outputs": [[1, 2]]}', FLOATS),
        (b'{"outputs\xff": [[1, 2]]}', FLOATS),
        (b'{"a": "\\ud800"}', FLOATS),
        (b"[" * 100_000, FLOATS),
        (b"null", FLOATS),
        (b"", FLOATS),
        (b'{"outputs": [[1%s, 2]]}' % (b"0" * 30), INTEGERS),
        (b'{"outputs": [[1.5, 1%s]]}' % (b"0" * 30), INTEGERS),
        (b'{"outputs": [[Infinity, 2]]}', INTEGERS),
        (b'{"outputs": [[1, 2]]}', {"codes": info((-1, 2), "DT_BOOL")}),
    ],
)
def test_bad_answers_are_the_same_error(body, outputs, monkeypatch):
    found = outcome(body, outputs)
    assert isinstance(found, tuple), found
    assert "\n" not in found[1]
    monkeypatch.setattr(bodies, "orjson", None)
    assert outcome(body, outputs) == found


def test_random_numbers_are_read_as_python_reads_them(monkeypatch):
    """Texts of doubles in every form, of up to 25 digits and of every size."""
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 2**64, 20_000, dtype="uint64").view("float64")
    texts = [repr(float(one)) for one in bits[np.isfinite(bits)]]
    texts += [f"{one:.24e}" for one in bits[np.isfinite(bits)]]
    texts += [f"{one:.20f}" for one in generator.normal(size=20_000)]
    body = f'{{"outputs": [{", ".join(texts)}]}}'.encode()
    with_orjson = bodies._read_plain(body)["outputs"]
    monkeypatch.setattr(bodies, "orjson", None)
    expected = bodies.read(body, floats=True)["outputs"]
    np.testing.assert_array_equal(
        np.array(with_orjson).view("uint64"), np.array(expected).view("uint64")
    )


def floats():
    """Float32 of all kinds that are finite, and one that is not its shortest text."""
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 2**32, 40_000, dtype="uint32").view("float32")
    ends = np.finfo("float32")
    special = [
        7.038531e-26,
        -0.0,
        ends.max,
        ends.min,
        ends.tiny,
        ends.smallest_subnormal,
    ]
    found = np.concatenate([np.array(special, "float32"), bits[np.isfinite(bits)]])
    return found[: len(found) // 2 * 2].reshape(-1, 2)


@pytest.mark.parametrize(
    "array",
    [
        floats(),
        np.asfortranarray(floats()[:5]),
        floats()[::3],
        np.array([[5e-324, 1.7976931348623157e308], [0.1, -1e22]]),
        np.array([[2**63 - 1, -(2**63)]]),
        np.array([[2**64 - 1, 0]], "uint64"),
        np.array([[0, 255]], "uint8"),
        np.array([[True, False]]),
        np.zeros((2, 0, 3), "float32"),
        np.array([["a", 'ö"\n']], object),
    ],
    ids=["float32", "order", "steps", "float64", *"iubB", "empty", "texts"],
)
def test_requests_hold_the_arrays_exactly(array, library):
    body = bodies.write("encode", {"inputs": array})
    sent = json.loads(body)
    assert sent.keys() == {"signature_name", "inputs"}
    assert sent["signature_name"] == "encode"
    is_float = array.dtype.kind == "f"
    # By way of float64, as a server may read it.
    found = np.array(sent["inputs"]["inputs"], "float64" if is_float else array.dtype)
    if array.size:  # else lists do not tell the shape
        found = found.astype(array.dtype)
        assert found.tolist() == array.tolist()
        if array.dtype != object:
            assert found.tobytes() == array.tobytes()
    assert (b", " not in body) == (library == "orjson" and array.dtype != object)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_sent_by_its_name(value, library):
    rows = np.array([[value, 1]], "float32")
    name = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    body = bodies.write("encode", {"inputs": rows, "other": ROWS})
    assert f'"inputs": [[{name}, 1.0]]'.encode() in body
    assert b"null" not in body


def test_names_that_are_not_unicode_are_sent_escaped(library):
    body = bodies.write("encode", {"a\ud800": ROWS})
    assert b'"a\\ud800"' in body


def test_a_client_sends_and_receives_what_is_not_finite(library):
    """Such numbers come back as they were sent."""

    def echo(request):
        if request.target.endswith("/metadata"):
            return strangers.model(b"")(request)
        rows = json.loads(request.body)["inputs"]["inputs"]
        return reply({"outputs": rows})

    rows = np.concatenate([floats()[:500], [[np.nan, np.inf], [-np.inf, 0]]])
    rows = rows.astype("float32")
    with (
        strangers.server(echo) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x") as client,
    ):
        found = client.predict(rows, "encode", batch_size=500)["codes"]
    np.testing.assert_array_equal(found.view("uint32"), rows.view("uint32"))


def test_plain_answers_and_requests_are_those_of_orjson(monkeypatch):
    monkeypatch.setattr(bodies, "json", None)  # which would do the same, but slower
    assert bodies.write("encode", {"x": ROWS}).endswith(b'{"x":[[0.0,0.0]]}}')
    found = bodies.read(b'{"outputs": {"a": [[1.5]], "b": [2]}}', floats=True)
    assert found == {"outputs": {"a": [[1.5]], "b": [2]}}


def test_orjson_is_no_requirement():
    code = (
        "import sys\n"
        "sys.modules['orjson'] = None\n"
        "import numpy as np\n"
        "from tfae.serving import Client, bodies\n"
        "print(bodies.write('encode', {'x': np.ones((1, 2))}).decode())\n"
        "print(bodies.read(b'{\"outputs\": [[1, 2]]}', floats=True))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert result.stdout.splitlines() == [
        '{"signature_name": "encode", "inputs": {"x": [[1.0, 1.0]]}}',
        "{'outputs': [[1, 2]]}",
    ], result.stderr
