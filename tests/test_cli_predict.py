"""`tfae predict`: outputs of any name, headers, tokens, certificates and limits."""

import itertools
import re
import zipfile

import numpy as np
import pytest
import strangers
from conftest import assert_one_line
from strangers import TLS, info, reply

import tfae
from tfae.cli import npz
from tfae.files import read_arrays

SECRET = "hunter2-hunter2"


def predicting(port, *options, output="answers.npz", scheme="http"):
    return [
        *("predict", "--url", f"{scheme}://127.0.0.1:{port}", "--model", "x"),
        *("--signature", "encode", "--input", "x.npy", "--output", output, *options),
    ]


@pytest.fixture
def call(call_cli, tmp_path):
    """As `call_cli`, in a folder with two rows of inputs."""
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    return call_cli


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def named(*names):
    """Handler of a model with outputs of these names."""
    values = {name: [[float(i)], [0.5]] for i, name in enumerate(names)}
    outputs = {name: info((-1, 1)) for name in names}
    return strangers.model(reply({"outputs": values}), outputs)


@pytest.mark.parametrize(
    "names",
    [
        ("file", "allow_pickle"),
        ("args", "kwds", "self", "compressed"),
        ("layer/codes", "layer/mean", "a//b", "trailing/"),
        ("", "a.npy", "b", "arr_0", "ö", "a b", "a:0", "..a", "a..", "*?|<>"),
        ("a" * 10_000,),
    ],
    ids=str,
)
def test_outputs_of_any_name_are_members(call, tmp_path, names):
    with strangers.server(named(*names)) as (port, _):
        result = call(*predicting(port))
    assert result.returncode == 0, result.stderr
    found = read_arrays(tmp_path / "answers.npz")
    assert set(found) == set(names)
    for i, name in enumerate(names):
        np.testing.assert_array_equal(found[name], np.array([[i], [0.5]], "float32"))


@pytest.mark.parametrize(
    "names",
    [
        ("../outside", "b"),
        ("/absolute",),
        ("a/../../b",),
        ("a/.",),
        (".",),
        ("..",),
        ("a\\b",),
        ("a\0b",),
        ("a\nb",),
        ("\ud800",),
        ("a" * 70_000,),
        ("codes", "codes.npy"),
    ],
    ids=lambda names: ascii(names)[:20],
)
def test_names_that_cannot_be_members_are_refused_before_the_call(
    call, tmp_path, names
):
    with strangers.server(named(*names)) as (port, asked):
        result = call(*predicting(port))
    assert_one_line(result, ".npz file", "Client")
    assert len(result.stderr) < 700
    assert len(asked) == 1
    assert left(tmp_path) == ["x.npy"]


def test_a_single_output_of_any_name_is_an_npy_file(call, tmp_path):
    with strangers.server(named("../file")) as (port, _):
        result = call(*predicting(port, output="answers.npy"))
    assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "answers.npy"), [[0], [0.5]])


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_texts_are_saved_without_pickling(call, tmp_path, suffix):
    handle = strangers.model(
        reply({"outputs": [["a", "b"], ["ö", "long"]]}),
        {"codes": info((-1, 2), "DT_STRING")},
    )
    with strangers.server(handle) as (port, _):
        result = call(*predicting(port, output=f"answers.{suffix}"))
    assert result.returncode == 0, result.stderr
    found = read_arrays(tmp_path / f"answers.{suffix}")
    found = found["codes"] if suffix == "npz" else found
    assert found.tolist() == [["a", "b"], ["ö", "long"]]


@pytest.mark.parametrize("before", [None, b"an older file"])
def test_what_fails_half_way_leaves_the_output_as_it_was(
    call, tmp_path, monkeypatch, before
):
    if before:
        (tmp_path / "answers.npz").write_bytes(before)
    files = left(tmp_path)
    written = []

    def plain(array):
        written.append(array)
        if len(written) == 2:
            raise OSError("No space left on device")
        return array

    monkeypatch.setattr(npz, "plain", plain)
    with strangers.server(named("a", "b")) as (port, _):
        assert_one_line(call(*predicting(port)), "No space left")
    assert left(tmp_path) == files
    if before:
        assert (tmp_path / "answers.npz").read_bytes() == before


def test_members_are_stored_as_numpy_stores_them(tmp_path):
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.asfortranarray(np.ones((2, 3)))}
    npz.save(tmp_path / "ours.npz", arrays)
    np.savez(tmp_path / "theirs.npz", **arrays)
    with (
        zipfile.ZipFile(tmp_path / "ours.npz") as ours,
        zipfile.ZipFile(tmp_path / "theirs.npz") as theirs,
    ):
        assert ours.namelist() == theirs.namelist()
        for name in ours.namelist():
            assert ours.read(name) == theirs.read(name)


@pytest.mark.parametrize("source", ["file", "variable"])
def test_headers_and_a_token_are_sent_and_not_shown(
    call, tmp_path, monkeypatch, source
):
    (tmp_path / "token").write_text(f"{SECRET}\n")
    monkeypatch.setenv("MY_TOKEN", SECRET)
    options = {"file": ("--token-file", "token"), "variable": ("--token-variable",)}
    options = [*options[source], *(["MY_TOKEN"] if source == "variable" else [])]
    options += ["--header", "X-Tenant: a:b", "--header", "X-Other:"]
    with strangers.server(named("codes")) as (port, asked):
        result = call(*predicting(port, *options))
    assert result.returncode == 0, result.stderr
    assert len(asked) == 2
    for one in asked:
        assert one.headers["authorization"] == f"Bearer {SECRET}"
        assert one.headers["x-tenant"] == "a:b"
        assert one.headers["x-other"] == ""
    echo = strangers.model(reply({"error": f"no {SECRET}"}, "401 no"))
    with strangers.server(echo) as (port, _):
        result = call(*predicting(port, *options))
    assert_one_line(result, "refused the call: no ***")
    assert SECRET not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--header", SECRET], ["--header must be"]),
        (["--header", f"X Y: {SECRET}"], ["--header must have names"]),
        (["--header", f": {SECRET}"], ["--header must have names"]),
        (["--header", f"X: {SECRET}ö"], ["--header must have values"]),
        (["--header", "X: a", "--header", f"x: {SECRET}"], ["each name once"]),
        (["--header", "Host: a"], ["--header must not hold Host"]),
        (["--token-file", "missing"], ["--token-file", "missing"]),
        (["--token-file", "."], ["--token-file"]),
        (["--token-file", "/dev/zero"], ["--token-file", "/dev/zero"]),
        (["--token-file", "empty"], ["--token-file", "empty"]),
        (["--token-file", "large"], ["--token-file", "large"]),
        (["--token-file", "binary"], ["--token-file", "binary"]),
        (["--token-file", "two"], ["--token-file must be a string"]),
        (["--token-variable", "UNSET_HERE"], ["--token-variable", "UNSET_HERE"]),
        (["--token-file", "token", "--token-variable", "X"], ["not both"]),
        (
            ["--token-file", "token", "--header", "Authorization: a"],
            ["one of --token-file"],
        ),
        (["--certificate", "a.pem"], ["--certificate must be the path", "a.pem"]),
        (["--key", "token"], ["--key is for a --url after https://"]),
        (["--certificate-authority", "a"], ["--certificate-authority must be"]),
        (["--proxy", f"ftp://a:{SECRET}@b"], ["--proxy must be", "***@b"]),
        (["--retries", "-1"], ["--retries must be", "-1"]),
        (["--timeout", "nan"], ["--timeout must be", "nan"]),
        (["--max-answer-bytes", "0"], ["--max-answer-bytes must be"]),
        (["--version", "-1"], ["--version must be", "-1"]),
        (["--label", ".."], ["--label must be", ".."]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_connections_that_cannot_be(call, tmp_path, options, words):
    (tmp_path / "token").write_text("a")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "two").write_text(f"{SECRET} {SECRET}")
    (tmp_path / "large").write_text(SECRET * 10_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    files = left(tmp_path)
    result = call(*predicting(9, *options))
    assert_one_line(result, *words)
    assert SECRET not in result.stderr
    assert left(tmp_path) == files


def test_a_certificate_of_the_client_is_given_by_options(call, tmp_path):
    options = ["--certificate-authority", TLS / "authority.pem"]
    pair = ["--certificate", TLS / "client.pem", "--key", TLS / "client.key"]
    with strangers.server(named("codes"), tls=True, asks_certificate=True) as (port, _):
        result = call(*predicting(port, *options, *pair, scheme="https"))
        assert result.returncode == 0, result.stderr
        result = call(
            *predicting(port, *options, "--retries", "0", scheme="https"),
        )
        assert_one_line(result, "--certificate")


def test_a_large_answer_and_a_redirect_are_one_line(call, tmp_path):
    redirect = reply(b"", "307 a", Location="http://elsewhere.example:1/v1")
    endless = itertools.chain(
        [b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b" " * 999)
    )
    for answer, words, option in (
        (redirect, ["redirects to http://elsewhere.example:1"], []),
        (
            endless,
            ["more than 5000", "--max-answer-bytes"],
            ["--max-answer-bytes", 5000],
        ),
    ):
        with strangers.server(strangers.model(answer)) as (port, _):
            result = call(*predicting(port, *option))
        assert_one_line(result, *words)
        assert left(tmp_path) == ["x.npy"]


def test_names_and_signatures_are_no_markup(call, tmp_path):
    known = strangers.metadata({"[/x]\x1b[31m": info((-1, 1))})
    found = known["metadata"]["signature_def"]["signature_def"]
    found["[/bold]"] = found.pop("encode")
    answer = reply({"outputs": [[1.0]]})

    def handle(request):
        return reply(known) if request.target.endswith("/metadata") else answer

    with strangers.server(handle) as (port, _):
        arguments = predicting(port, "--batch-size", "1", output="answers.npy")
        arguments[arguments.index("encode")] = "[/bold]"
        result = call(*arguments)
    assert result.returncode == 0, result.stderr
    assert re.search(r"wrote answers\.npy: \[/x\] \[31m \(2, 1\)", result.stdout)
    assert left(tmp_path) == ["answers.npy", "x.npy"]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A folder with a model, as a file and exported, and 64 features of three rows."""
    folder = tmp_path_factory.mktemp("stored")
    model = tfae.StackedAutoencoder(64, [8, 2])
    tfae.saving.save(model, folder / "run" / "model.keras")
    rows = np.random.default_rng(0).random((3, 64), "float32")
    np.save(folder / "x.npy", rows)
    version = tfae.export.export(model, folder / "served", examples=rows)
    return folder, version, model.encode(rows).numpy()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["run", "run/model.keras", "served/1"])
def test_stored_models_need_no_server(call_cli, stored, kind, tmp_path):
    folder, _, codes = stored
    options = ("--input", folder / "x.npy", "--batch-size", 2, "--signature", "encode")
    result = call_cli("predict", folder / kind, *options, "--output", "codes.npy")
    assert result.returncode == 0, result.stderr
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), codes, rtol=1e-5)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((), ["The model is missing", "--url and --model"]),
        (("--url", "http://127.0.0.1:9"), ["The model is missing"]),
        (("run", "--url", "http://127.0.0.1:9"), ["run or --url, not both"]),
        (("run", "--label", "stable"), ["--label goes with --url"]),
        (("missing",), ["missing does not exist"]),
    ],
    ids=str,
)
def test_a_model_is_stored_or_served(call, place, words):
    options = ("--input", "x.npy", "--output", "codes.npy")
    assert_one_line(call("predict", *place, *options), *words)


def test_rows_must_fit_a_stored_model(call, tmp_path):
    model = tfae.StackedAutoencoder(64, [8, 2])
    tfae.saving.save(model, tmp_path / "run" / "model.keras")
    options = ("predict", "run", "--input", "x.npy", "--output", "codes.npy")
    assert_one_line(call(*options), "serving_default of run", "(any, 64)", "(2, 2)")
    result = call(*options, "--signature", "nothing")
    assert_one_line(result, "has no signature 'nothing'", "encode")
    assert left(tmp_path) == ["run", "x.npy"]
