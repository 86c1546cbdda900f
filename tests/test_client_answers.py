"""Answers and metadata that lie or are malformed: one sentence, never a number."""

import json

import grpc
import loopback
import numpy as np
import pytest
import strangers
import tensorflow as tf
from strangers import info, metadata, reply
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2

from tfae.serving import Client

ROWS = np.zeros((1, 2), "float32")


def answered(body, outputs=None):
    """What the client makes of a body of JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    with (
        strangers.server(strangers.model(reply(body), outputs)) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x", retries=0) as client,
    ):
        return client.predict(ROWS, "encode")


@pytest.mark.parametrize(
    ("dtype", "value", "words"),
    [
        ("DT_FLOAT", None, "null"),
        ("DT_FLOAT", "1", "strings"),
        ("DT_FLOAT", "NaN", "strings"),
        ("DT_FLOAT", True, "booleans"),
        ("DT_FLOAT", {"b64": "MQ=="}, "objects"),
        ("DT_FLOAT", 10**400, "larger numbers"),
        ("DT_FLOAT", 1e300, "larger numbers"),
        ("DT_DOUBLE", None, "null"),
        ("DT_INT64", None, "null"),
        ("DT_INT64", 1.5, "fractions"),
        ("DT_INT64", True, "booleans"),
        ("DT_INT64", 2**63, "larger numbers"),
        ("DT_INT64", float("inf"), "infinite numbers"),
        ("DT_UINT8", -1, "larger numbers|other numbers"),
        ("DT_UINT8", 256, "larger numbers"),
        ("DT_BOOL", 1, "integers"),
        ("DT_BOOL", "true", "strings"),
        ("DT_BOOL", None, "null"),
        ("DT_STRING", None, "null"),
        ("DT_STRING", 1, "integers"),
        ("DT_STRING", {"b64": "not base64"}, "objects"),
        ("DT_STRING", {"other": "x"}, "objects"),
    ],
)
def test_what_is_not_of_the_type_does_not_become_it(dtype, value, words):
    outputs = {"codes": info((-1, 2), dtype)}
    first = {"DT_BOOL": True, "DT_STRING": "a"}.get(dtype, 1)
    for row in ([value, value], [first, value]):
        pattern = rf"answered encode with codes that is no array of .*({words})"
        with pytest.raises(ValueError, match=pattern):
            answered({"outputs": [row]}, outputs)


@pytest.mark.parametrize(
    ("name", "dtype", "row"),
    [
        ("DT_FLOAT", "float32", [1, 2.5]),
        ("DT_FLOAT", "float32", [float("nan"), float("-inf")]),
        ("DT_DOUBLE", "float64", [1e300, 10**30]),
        ("DT_INT64", "int64", [2**63 - 1, -(2**63)]),
        ("DT_UINT8", "uint8", [0, 255]),
        ("DT_BOOL", "bool", [True, False]),
        ("DT_STRING", "object", ["a", "ö"]),
    ],
)
def test_what_is_of_the_type_is_that_array(name, dtype, row):
    found = answered({"outputs": [row]}, {"codes": info((-1, 2), name)})["codes"]
    expected = np.array([row], dtype)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_bytes_come_as_base64():
    body = {"outputs": [["a", {"b64": "/wA="}]]}
    found = answered(body, {"codes": info((-1, 2), "DT_STRING")})["codes"]
    assert found.tolist() == [["a", b"\xff\x00"]]


def test_a_number_too_large_for_json_is_not_infinite():
    with pytest.raises(ValueError, match="codes that is no array of float32, since"):
        answered(b'{"outputs": [[1e999, 0]]}')


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 2], [3, 4]], r"of shape \(2, 2\) in place of \(1, 2\)"),
        ([], r"of shape \(0,\) in place of \(1, 2\)"),
        ([[[1], [2]]], r"of shape \(1, 2, 1\) in place of \(1, 2\)"),
        ([[[[1]], [[2]]]], r"of shape \(1, 2, 1\) or more in place of \(1, 2\)"),
        ([[1, [2]]], "since it holds lists of other lengths"),
        ([[1, 2], 3], "since it holds lists of other lengths"),
        (5, r"of shape \(\) in place of \(1, 2\)"),
    ],
)
def test_another_shape_is_named(rows, words):
    with pytest.raises(ValueError, match=f"codes .*{words}"):
        answered({"outputs": rows})


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"outputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"outputs": [[' + b"1" * 5_000 + b", 0]]}",
        b'{"outputs": [[1, 2]',
        b'{"outputs": [[1, 2]], "outputs": [[3, 4]]}',
        b"\xff\xfe\x00",
        b"",
        b"null",
        b'"outputs"',
        b"[1]",
    ],
    ids=["open", "deep", "objects", "digits", "cut", "twice", "bytes", *"abcd"],
)
def test_malformed_answers_are_one_sentence(body):
    with pytest.raises(ConnectionError, match="is not a model of TF Serving") as error:
        answered(body)
    assert "\n" not in str(error.value)


def test_an_output_given_twice_is_not_one_of_them():
    outputs = {"codes": info((-1, 2)), "more": info((-1, 2))}
    body = b'{"outputs": {"codes": [[1, 2]], "codes": [[3, 4]], "more": [[5, 6]]}}'
    with pytest.raises(ConnectionError, match="is not a model of TF Serving"):
        answered(body, outputs)


def test_the_order_of_outputs_is_no_matter():
    outputs = {"codes": info((-1, 2)), "more": info((-1,))}
    body = {"outputs": {"more": [3.0], "codes": [[1.0, 2.0]]}}
    found = answered(body, outputs)
    assert {name: array.tolist() for name, array in found.items()} == {
        "codes": [[1, 2]],
        "more": [3],
    }


def with_size(size):
    found = metadata({"codes": info((-1, 2))})
    signature = found["metadata"]["signature_def"]["signature_def"]["encode"]
    signature["outputs"]["codes"]["tensor_shape"]["dim"][1]["size"] = size
    return found


@pytest.mark.parametrize(
    "answer",
    [
        *map(with_size, ["abc", "1" * 5_000, "-2", -2, 1.5, True, None, [], "", "2_0"]),
        metadata({"codes": {"dtype": [], "tensor_shape": {}}}),
        metadata({"codes": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": "abc"}}}),
        metadata({"codes": {"dtype": "DT_FLOAT"}}),
        metadata({"codes": info([1] * 65)}),
        metadata({"codes": 5}),
        metadata([]),
        metadata(None),
        {"metadata": []},
        {"metadata": {"signature_def": {"signature_def": []}}},
        {"metadata": {"signature_def": {"signature_def": {"encode": 5}}}},
        [],
        b"[" * 100_000,
        b'{"metadata": ' + b"1" * 5_000 + b"}",
    ],
)
def test_malformed_metadata_are_one_sentence(answer):
    with (
        strangers.server(lambda request: reply(answer)) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x", retries=0) as client,
        pytest.raises((ConnectionError, ValueError), match=r"127\.0\.0\.1") as error,
    ):
        client.predict(ROWS, "encode")
    message = str(error.value)
    assert (
        "is not a model of TF Serving: it answered" in message
        or "no outputs" in message
    )


def test_names_of_a_server_are_shown_on_one_short_line():
    name = "a\n\x1b[31m\ud800" + "b" * 10_000
    outputs = {name: info((-1, 2))}
    with pytest.raises(
        ValueError, match="answered encode with other in place"
    ) as error:
        answered({"outputs": {"other": [[1, 2]]}}, outputs)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 600
    with pytest.raises(ValueError, match="no array of float32") as error:
        answered({"outputs": {name: [[None, 2]]}}, outputs)
    assert str(error.value).isprintable()


def test_reasons_of_a_server_are_shown_on_one_short_line():
    answer = reply({"error": "no\n\x1b[31m" + "b" * 10_000}, "400 no")
    with (
        strangers.server(lambda request: answer) as (port, _),
        Client(f"http://127.0.0.1:{port}", "x") as client,
        pytest.raises(ValueError, match="refused the call: no ") as error,
    ):
        _ = client.signatures
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 600


class Stranger(loopback.Predictions):
    """A gRPC server of the signature `encode` that gives these answers."""

    def __init__(self, outputs=None, packed=None, dtype=tf.float32):
        self.outputs, self.packed, self.dtype = outputs, packed, dtype

    def GetModelMetadata(self, request, context):
        reply = get_model_metadata_pb2.GetModelMetadataResponse()
        if self.packed is not None:
            reply.metadata["signature_def"].CopyFrom(self.packed)
            return reply
        found = get_model_metadata_pb2.SignatureDefMap()
        signature = found.signature_def["encode"]
        signature.method_name = "tensorflow/serving/predict"
        for side, name, dtype in (
            (signature.inputs, "inputs", tf.float32),
            (signature.outputs, "codes", self.dtype),
        ):
            side[name].dtype = tf.as_dtype(dtype).as_datatype_enum
            for size in (-1, -1):
                side[name].tensor_shape.dim.add().size = size
        reply.metadata["signature_def"].Pack(found)
        return reply

    def Predict(self, request, context):
        reply = predict_pb2.PredictResponse()
        for name, value in self.outputs.items():
            reply.outputs[name].CopyFrom(value)
        return reply


def by_grpc(servicer, **options):
    with (
        loopback.grpc_server(None, servicer) as url,
        Client(url, "x", retries=0, **options) as client,
    ):
        return client.predict(ROWS, "encode")


@pytest.mark.parametrize(
    ("dtype", "array", "kind"),
    [
        (tf.float32, np.array([[True, True]]), "DT_BOOL"),
        (tf.float32, np.array([["1", "2"]]), "DT_STRING"),
        (tf.float32, np.array([[1, 2]]), "DT_INT64"),
        (tf.float32, np.array([[1.0, 2.0]]), "DT_DOUBLE"),
        (tf.int64, np.array([[1.5, 2.0]]), "DT_DOUBLE"),
        (tf.string, np.array([[1.0, 2.0]]), "DT_DOUBLE"),
        (tf.bool, np.array([[1, 0]]), "DT_INT64"),
    ],
)
def test_what_is_not_of_the_type_does_not_become_it_over_grpc(dtype, array, kind):
    with pytest.raises(ValueError, match=f"codes that is no array of .*{kind}"):
        by_grpc(Stranger({"codes": tf.make_tensor_proto(array)}, dtype=dtype))


def proto(dtype=1, sizes=(1, 2), **values):
    found = tensor_pb2.TensorProto(dtype=dtype, **values)
    for size in sizes:
        found.tensor_shape.dim.add().size = size
    return found


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (proto(tensor_content=b"123"), "since it lacks values"),
        (proto(999), "since it is of type unknown"),
        (proto(sizes=(1, 10**12), float_val=[1.0]), "of more than 268435456 bytes"),
        (proto(sizes=(10**12, 2), float_val=[1.0]), "in place of"),
        (proto(sizes=(1, -5), float_val=[1.0]), "of a shape that cannot be"),
        (proto(sizes=(1, -1), float_val=[1.0] * 2), "since it lacks values|in place"),
    ],
    ids=range(6),
)
def test_malformed_tensors_are_one_sentence(value, words):
    with pytest.raises(ValueError, match=f"answered encode with codes .*{words}"):
        by_grpc(Stranger({"codes": value}))


def test_malformed_grpc_metadata_are_one_sentence():
    packed = get_model_metadata_pb2.GetModelMetadataResponse().metadata["signature_def"]
    packed.Pack(get_model_metadata_pb2.SignatureDefMap())
    good = type(packed)()
    good.CopyFrom(packed)
    packed.value = b"\xff\xff\xff"
    for answer in (packed, type(packed)(type_url="type.googleapis.com/other.Kind")):
        with pytest.raises(ConnectionError, match="it answered with other metadata"):
            by_grpc(Stranger(packed=answer))
    with pytest.raises(ValueError, match="has no signature 'encode'"):
        by_grpc(Stranger(packed=good))


def test_grpc_answers_have_a_largest_size():
    large = {"codes": tf.make_tensor_proto(np.zeros((1, 5_000), "float32"))}
    with pytest.raises(ConnectionError, match=r"more than 2000 bytes.*max_answer"):
        by_grpc(Stranger(large), max_answer_bytes=2_000)
    assert by_grpc(Stranger(large))["codes"].shape == (1, 5_000)


def test_grpc_reasons_are_shown_on_one_short_line():
    class Refuses(Stranger):
        def GetModelMetadata(self, request, context):
            context.abort(grpc.StatusCode.INTERNAL, "no\n" + "b" * 3_000)

    with pytest.raises(ValueError, match="refused the call: no b") as error:
        by_grpc(Refuses())
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 600
