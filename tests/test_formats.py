"""Exports in other formats: each agrees with its model in its own runtime."""

import json

import contract
import keras
import numpy as np
import pytest
from conftest import assert_one_line, contents, mostly_slow, slow

import tfae
from tfae import export, extras, recipes
from tfae.export import litert, onnx, openvino

FORMATS = {"litert": litert, "onnx": onnx, "openvino": openvino}
DIGITS = [
    name
    for name in recipes.RECIPES
    if name.endswith(("_digits", "_faults", "_newsgroups", "breast_cancer"))
]
# What the formats lack, of the models that need it.
TEXTS = "takes texts, inputs, and the format holds only numbers"
REFUSED = {
    **dict.fromkeys(
        (
            ("adversarial_ring_digits", "litert"),
            ("adversarial_semi_supervised_digits", "litert"),
            ("adversarial_uniform_digits", "litert"),
            ("boltzmann_digits", "litert"),
            ("generative_stochastic_deep_digits", "litert"),
            ("generative_stochastic_digits", "litert"),
        ),
        "cannot hold Erf",
    ),
    ("pixel_cnn_levels_digits", "openvino"): "SparseSoftmaxCrossEntropyWithLogits",
    ("pixel_cnn_levels_digits", "litert"): "SparseSoftmaxCrossEntropyWithLogits",
    ("pixel_cnn_digits", "onnx"): "cannot hold Log1p",
    ("recurrent_faults", "litert"): "cannot hold TensorListReserve",
    ("pixel_rnn_digits", "onnx"): "cannot hold Log1p",
    ("pixel_rnn_diagonal_digits", "onnx"): "cannot hold Log1p",
    **{(name, one): TEXTS for name in DIGITS if "text_" in name for one in FORMATS},
}
# TensorFlow's quantizer ends its process.
CRASHES = (
    *(name for name in DIGITS if name.startswith("score_matching")),
    "pixel_rnn_diagonal_digits",
)


@pytest.fixture
def model():
    model = tfae.StackedAutoencoder(64, [16, 4])
    model.build((None, 64))
    return model


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("format", mostly_slow(FORMATS, "onnx"))
def test_each_signature_answers_as_the_model(model, vectors, tmp_path, format):
    found = export.to(model, tmp_path, format, vectors)
    assert found.folder == tmp_path / format
    assert json.loads((found.folder / "export.json").read_text()) == found.report
    assert names_in(found.folder) == sorted(found.report["files"])
    expected = {
        "serving_default": {"reconstruction": model(vectors)},
        "encode": {"codes": model.encode(vectors)},
    }
    for name, outputs in expected.items():
        run = FORMATS[format].runner(found.folder, name)
        for count in (1, 3):
            answer = run({"inputs": vectors[:count]})
            (key,) = outputs
            np.testing.assert_allclose(answer[key], outputs[key][:count], atol=1e-5)
    decode = FORMATS[format].runner(found.folder, "decode")
    codes = np.asarray(expected["encode"]["codes"])
    np.testing.assert_allclose(
        decode({"codes": codes})["reconstruction"], model(vectors), atol=1e-5
    )
    for name, told in found.report["signatures"].items():
        assert told["inputs"] == ["codes" if name == "decode" else "inputs"]
        assert max(told["difference"].values()) < 1e-5 and told["milliseconds"] > 0


@pytest.mark.parametrize("format", [slow("litert"), "onnx"])
def test_eight_bits_are_smaller_and_their_error_is_told(
    model, vectors, tmp_path, format
):
    model.compile("adam", "mse", run_eagerly=True)
    wide = tfae.StackedAutoencoder(64, [256, 8])
    wide.build((None, 64))
    whole = export.to(wide, tmp_path, format, vectors)
    found = export.to(wide, tmp_path, format, vectors, int8=True)
    assert found.folder.name == f"{format}_int8"
    assert found.report["bytes"] < whole.report["bytes"] / 2
    errors = found.report["error"]
    mean = np.mean((np.asarray(wide(vectors)) - vectors) ** 2)
    assert errors["model"] == pytest.approx(mean, rel=1e-4)
    assert 0 < abs(errors["export"] / errors["model"] - 1) < 0.1
    assert (tmp_path / "litert_int8" / "model.h").exists() == (format == "litert")


def test_a_file_is_a_c_array():
    text = litert.c_array(bytes(range(14)))
    assert text.count("0x") == 14 and "model_tflite_len = 14;" in text
    assert "  0x0c, 0x0d,\n};" in text


def test_only_some_signatures_may_be_exported(model, vectors, tmp_path):
    export.to(model, tmp_path, "onnx", vectors)
    found = export.to(model, tmp_path, "onnx", vectors, signatures=["score"])
    assert names_in(found.folder) == ["export.json", "score.onnx"]
    with pytest.raises(ValueError, match=r"`signatures` must be among.*Received: sco"):
        export.to(model, tmp_path, "onnx", vectors, signatures=["sco"])
    with pytest.raises(ValueError, match="Received: none"):
        export.to(model, tmp_path, "onnx", vectors, signatures=[])


@pytest.mark.slow
def test_a_search_is_exported_with_its_index(model, vectors, tmp_path):
    index = tfae.evaluation.retrieval.of(model, vectors, "euclidean")
    found = export.to(model, tmp_path, "onnx", vectors, index=index, count=3)
    answer = onnx.runner(found.folder, "search")({"inputs": vectors})
    places, distances = tfae.evaluation.retrieval.search(index, model, vectors, 3)
    np.testing.assert_array_equal(answer["ids"][:, 0], places[:, 0])
    np.testing.assert_allclose(answer["distances"], distances, atol=1e-5)


def test_files_that_differ_do_not_take_the_place_of_others(
    model, vectors, tmp_path, monkeypatch
):
    export.to(model, tmp_path, "onnx", vectors)
    before = contents(tmp_path)
    true = onnx.runner

    def wrong(folder, name):
        run = true(folder, name)
        return lambda request: {key: 1.01 * one for key, one in run(request).items()}

    monkeypatch.setattr(onnx, "runner", wrong)
    other = tfae.StackedAutoencoder(64, [8])
    other.build((None, 64))
    with pytest.raises(ValueError, match="does not agree with the model: reconstruc"):
        export.to(other, tmp_path, "onnx", vectors)
    assert contents(tmp_path) == before


def test_what_cannot_be_exported_is_refused(model, vectors, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="`format` must be litert, onnx or openvino"):
        export.to(model, tmp_path, "coreml", vectors)
    with pytest.raises(ValueError, match="NNCF"):
        export.to(model, tmp_path, "openvino", vectors, int8=True)
    with pytest.raises(ValueError, match="`int8` needs `examples`"):
        export.to(model, tmp_path, "onnx", int8=True)
    with pytest.raises(ValueError, match="must be built"):
        unbuilt = tfae.Autoencoder(*tfae.networks.dense(64, [4]))
        export.to(unbuilt, tmp_path, "onnx")
    monkeypatch.setitem(extras.MODULES["onnx"], "absent", "the-package")
    with pytest.raises(ValueError, match=r"no module absent\..*install the-package"):
        export.to(model, tmp_path, "onnx", vectors)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("format", mostly_slow(FORMATS, "onnx"))
def test_operations_that_a_format_lacks_are_named(format, vectors, tmp_path):
    class Odd(tfae.StackedAutoencoder):
        def encode(self, inputs):
            codes = super().encode(inputs)
            return codes + keras.ops.svd(codes[:, None], compute_uv=False)

    model = Odd(64, [4])
    model.build((None, 64))
    with pytest.raises(ValueError, match=rf"exported as {format}: it cannot hold.*Svd"):
        export.to(model, tmp_path, format, vectors)
    assert not contents(tmp_path)


def test_a_crash_of_the_quantizer_is_told(model, vectors, tmp_path, monkeypatch):
    program = tmp_path / "crash.py"
    program.write_text("import os\nos.kill(os.getpid(), 11)\n")
    monkeypatch.setattr(litert.litert_int8, "__file__", str(program))
    with pytest.raises(ValueError, match="interpreter crashed on it, by signal 11"):
        export.to(model, tmp_path / "out", "litert", vectors, int8=True)


@pytest.mark.slow
def test_the_command_prints_sizes_and_differences(trained, call_cli, tmp_path):
    folder = tmp_path / "run"
    tfae.saving.save(tfae.load(trained[0]), folder / "model.keras")
    result = call_cli("export", folder, "--format", "onnx", "--data", "digits")
    assert result.returncode == 0, result.stderr
    printed = " ".join(result.stdout.split())
    assert f"wrote {folder.name}/onnx," in printed and "kB" in printed
    assert "encode.onnx codes" in printed and "answers as the model" in printed
    result = call_cli(
        *("export", folder, "--format", "litert", "--data", "digits", "--json"),
        *("--int8", "--signature", "serving_default"),
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert [*told["signatures"]] == ["serving_default"] and told["error"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "tflite"), ("--format must be saved_model, litert, onnx or",)),
        (("--format", "openvino", "--int8"), ("--int8", "NNCF", "--format litert")),
        (("--format", "onnx", "--version", 2), ("--version is for SavedModels",)),
        (("--format", "onnx", "--no-check"), ("--no-check is for SavedModels",)),
        (("--int8",), ("--format litert",)),
        (("--format", "onnx", "--signature", "sample"), ("--signature", "encode")),
    ],
)
def test_what_cannot_be_is_one_line(trained, call_cli, options, words):
    assert_one_line(call_cli("export", trained[0], *options), *words)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("format", [slow(one) for one in FORMATS])
@pytest.mark.parametrize("name", DIGITS)
def test_a_recipe_is_exported_or_refused_with_its_reason(name, format, tmp_path):
    recipe = recipes.get(name)
    model, examples = contract.new_model(recipe), contract.samples(recipe)
    if not model.built:
        model(examples[:2])
    refused = REFUSED.get((name, format))
    if refused:
        with pytest.raises(ValueError, match=refused):
            export.to(model, tmp_path, format, examples)
        return
    found = export.to(model, tmp_path, format, examples)
    assert {*found.report["signatures"]} == {*model.serving_signatures()}
    if format not in extras.QUANTIZED:
        return
    if name in CRASHES and format == "litert":
        with pytest.raises(ValueError, match="interpreter crashed on it"):
            export.to(model, tmp_path, format, examples, int8=True)
        return
    report = export.to(model, tmp_path, format, examples, int8=True).report
    for told in report["signatures"].values():
        assert all(np.isfinite(one) for one in told["difference"].values())
    if "reconstruction" in model.serving_signatures():
        assert np.isfinite(report["error"]["export"])
