"""The client, against TF Serving's interfaces on loopback."""

import subprocess
import sys

import loopback
import numpy as np
import pytest
from conftest import slow

import tfae
from tfae.export import export, serving_config
from tfae.models.signatures import Signature
from tfae.serving import Client


@pytest.fixture(scope="module")
def model():
    return tfae.StackedAutoencoder(64, [16, 4])


@pytest.fixture(scope="module")
def base(model, tmp_path_factory):
    """A folder of models: digits in two versions, and one that takes whole numbers."""
    base = tmp_path_factory.mktemp("models")
    export(model, base / "digits", check=False)
    other = tfae.StackedAutoencoder(64, [16, 3])
    export(other, base / "digits", check=False)
    export(tfae.PreprocessedModel(model, "uint8"), base / "pixels", check=False)
    return base


@pytest.fixture(params=["rest", "grpc"])
def url(request, base):
    with getattr(loopback, f"{request.param}_server")(base) as url:
        yield url


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_answers_are_those_of_the_local_model(url, model, vectors, rows):
    client = Client(url, "digits", version=1)
    inputs = vectors[:rows]
    codes = client.predict(inputs, "encode", batch_size=16)["codes"]
    assert codes.dtype == "float32"
    np.testing.assert_allclose(codes, model.encode(inputs), atol=1e-6)
    outputs = client.predict(codes, "decode", batch_size=16)["reconstruction"]
    np.testing.assert_allclose(outputs, model(inputs), atol=1e-6)
    scores = client.predict({"inputs": inputs}, "score")["score"]
    np.testing.assert_allclose(
        scores, np.mean((outputs - inputs) ** 2, axis=1), rtol=1e-4
    )


def test_both_interfaces_answer_bit_for_bit_alike(base, vectors):
    with loopback.rest_server(base) as rest, loopback.grpc_server(base) as grpc:
        answers = [Client(url, "digits").predict(vectors) for url in (rest, grpc)]
    np.testing.assert_array_equal(*(x["reconstruction"] for x in answers))


def test_the_server_chooses_the_version_that_nobody_names(url, vectors):
    assert Client(url, "digits").predict(vectors, "encode")["codes"].shape == (64, 3)


def test_labels_stand_for_versions(url, base, vectors):
    serving_config.write(base)
    for label, size in (("stable", 4), ("canary", 3)):
        codes = Client(url, "digits", label=label).predict(vectors, "encode")["codes"]
        assert codes.shape == (64, size)
    with pytest.raises(ValueError, match=r"refused the call.*beta"):
        Client(url, "digits", label="beta").predict(vectors)


def test_a_version_has_a_number_or_a_label():
    with pytest.raises(ValueError, match="`version` or `label`, not both"):
        Client("http://127.0.0.1:9", "x", version=1, label="stable")


class Adds(tfae.StackedAutoencoder):
    """Serves a signature of two inputs, as a generative model's noise is one."""

    def serving_signatures(self):
        def add(codes, noise):
            return {"samples": self.decode(codes + noise)}

        inputs = {"codes": (4,), "noise": (4,)}
        return super().serving_signatures() | {"sample": Signature(add, inputs)}

    def serving_examples(self, examples):
        values = super().serving_examples(examples)
        return values | {"noise": np.ones_like(values["codes"])}


@pytest.fixture(scope="module")
def two_inputs(tmp_path_factory):
    """A model with a signature of two inputs, and the folder it is exported in."""
    base, model = tmp_path_factory.mktemp("two_inputs"), Adds(64, [16, 4])
    export(model, base / "adds")
    return model, base


@pytest.mark.parametrize("kind", ["grpc", slow("rest")])
def test_several_inputs_are_a_dict(two_inputs, vectors, kind):
    model, base = two_inputs
    inputs = {"codes": vectors[:, :4], "noise": vectors[:, 4:8]}
    with getattr(loopback, f"{kind}_server")(base) as url, Client(url, "adds") as one:
        first, second = (one.predict(inputs, "sample", 16)["samples"] for _ in "ab")
        with pytest.raises(ValueError, match=r"takes a dict of .*noise.*an array"):
            one.predict(vectors, "sample")
        with pytest.raises(ValueError, match="must have as many rows each"):
            one.predict(inputs | {"noise": vectors[:3, :4]}, "sample")
    np.testing.assert_array_equal(first, second)
    expected = model.decode(inputs["codes"] + inputs["noise"])
    np.testing.assert_allclose(first, expected, atol=1e-6)


def test_signatures_tell_types_and_shapes(url):
    inputs, outputs = Client(url, "pixels").signature("encode")
    assert inputs == {"inputs": (np.dtype("uint8"), (-1, 64))}
    assert outputs == {"codes": (np.dtype("float32"), (-1, 4))}


def test_an_unknown_model_is_named(url):
    with pytest.raises(ValueError, match=r"nothing.* refused the call: .*not found"):
        Client(url, "nothing").predict(np.zeros((1, 64)))


def test_an_unknown_version_is_named(url):
    with pytest.raises(ValueError, match="refused the call"):
        Client(url, "digits", version=9).predict(np.zeros((1, 64)))


def test_an_unknown_signature_lists_the_known_ones(url):
    with pytest.raises(ValueError, match=r"no signature 'sample'.*decode.*encode"):
        Client(url, "digits").predict(np.zeros((1, 64)), "sample")


@pytest.mark.parametrize("shape", [(5, 63), (64,), (0, 64), (2, 8, 8)])
def test_inputs_of_another_shape_are_refused(url, shape):
    with pytest.raises(ValueError, match=r"inputs of shape \(any, 64\)\. Received"):
        Client(url, "digits").predict(np.zeros(shape))


def test_values_that_the_type_cannot_hold_are_refused(url):
    client = Client(url, "pixels")
    for value in (0.5, 256, -1):
        with pytest.raises(ValueError, match="inputs of type uint8"):
            client.predict(np.full((1, 64), value))
    with pytest.raises(ValueError, match="inputs of type float32"):
        Client(url, "digits").predict(np.full((1, 64), "a"))
    assert client.predict(np.full((1, 64), 255.0), "score")["score"].shape == (1,)


def test_inputs_of_another_name_are_refused(url):
    with pytest.raises(ValueError, match=r"takes a dict of inputs\. Received: x"):
        Client(url, "digits").predict({"x": np.zeros((1, 64))})


@pytest.mark.parametrize("url", ["localhost:8501", "grpc://", "http:///"])
def test_a_url_has_a_scheme_and_a_host(url):
    with pytest.raises(ValueError, match="must be a host after http://"):
        Client(url, "digits")


def test_a_slash_at_the_end_of_a_url_is_no_matter(url, vectors):
    assert Client(f"{url}/", "digits").predict(vectors, "score")


def test_names_are_no_paths(url):
    for name in ("a/../digits", "digits#b", "digits?x"):
        with pytest.raises(ValueError, match="refused the call"):
            Client(url, name).predict(np.zeros((1, 64)))


@pytest.mark.parametrize("timeout", [0, -1, np.inf, np.nan, 1e10])
def test_timeouts_are_seconds_of_a_day(timeout):
    with pytest.raises(ValueError, match="`timeout` must be greater than 0"):
        Client("http://127.0.0.1:9", "x", timeout=timeout)


@pytest.mark.parametrize("batch_size", [0, -1, 1.5])
def test_batches_have_rows(url, batch_size):
    with pytest.raises(ValueError, match="`batch_size` must be"):
        Client(url, "digits").predict(np.zeros((1, 64)), batch_size=batch_size)


def test_rest_needs_no_tensorflow(base):
    code = (
        "import sys, numpy as np\n"
        "from tfae.serving import Client\n"
        "client = Client(sys.argv[1], 'digits')\n"
        "print(client.predict(np.zeros((3, 64)), 'encode')['codes'].shape)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    with loopback.rest_server(base) as url:
        result = subprocess.run(
            [sys.executable, "-c", code, url], capture_output=True, text=True
        )
    assert result.stdout == "(3, 3)\n", result.stderr


def test_predict_writes_what_the_model_answers(run_cli, base, tmp_path, vectors, model):
    np.save(tmp_path / "x.npy", vectors)
    with loopback.rest_server(base) as url:
        options = ["--url", url, "--model", "digits", "--version", "1"]
        options += ["--input", "x.npy", "--batch-size", "16"]
        result = run_cli(
            "predict", *options, "--signature", "encode", "--output", "codes.npy"
        )
        assert result.returncode == 0, result.stderr
        assert "wrote codes.npy: codes (64, 4)" in result.stdout
        assert run_cli("predict", *options, "--output", "all.npz").returncode == 0
    codes = np.load(tmp_path / "codes.npy")
    np.testing.assert_allclose(codes, model.encode(vectors), atol=1e-6)
    outputs = np.load(tmp_path / "all.npz")["reconstruction"]
    np.testing.assert_allclose(outputs, model(vectors), atol=1e-6)


def test_predict_reads_several_inputs(run_cli, two_inputs, tmp_path, vectors):
    model, base = two_inputs
    codes = vectors[:, :4]
    np.savez(tmp_path / "x.npz", codes=codes, noise=codes)
    serving_config.write(base)
    with loopback.rest_server(base) as url:
        options = ["--url", url, "--model", "adds", "--label", "stable"]
        options += ["--signature", "sample", "--batch-size", "16"]
        result = run_cli(
            "predict", *options, "--input", "x.npz", "--output", "samples.npy"
        )
    assert result.returncode == 0, result.stderr
    samples = np.load(tmp_path / "samples.npy")
    np.testing.assert_allclose(samples, model.decode(2 * codes), atol=1e-6)


def test_metadata_is_what_json_says(base):
    """The loopback's metadata carry what a real server's do."""
    with loopback.rest_server(base) as url:
        import requests

        answer = requests.get(f"{url}/v1/models/digits/metadata", timeout=10).json()
    encode = answer["metadata"]["signature_def"]["signature_def"]["encode"]
    assert encode["inputs"]["inputs"]["tensor_shape"]["dim"][0]["size"] == "-1"
