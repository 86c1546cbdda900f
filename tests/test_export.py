"""Exports: signatures, versions, and what an interruption leaves."""

import os
import random
import time

import keras
import numpy as np
import processes
import pytest
import tensorflow as tf
from c_runner import runner
from conftest import slow

import tfae
from tfae import files
from tfae.export import export, servability, warm_up
from tfae.locks import locked
from tfae.models.signatures import Signature

# Each takes seconds; TFAE_KILLS=20 tries as many moments.
KILLS = int(os.environ.get("TFAE_KILLS", "3"))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return tfae.StackedAutoencoder(64, [16, 4], dropout=0.5, tie_weights=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_next_version_follows_the_highest(model, tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "figures").mkdir()
    assert export(model, tmp_path, check=False) == tmp_path / "8"
    assert export(model, tmp_path, version=3, check=False) == tmp_path / "3"
    assert export(model, tmp_path, check=False) == tmp_path / "9"
    assert names(tmp_path) == ["3", "7", "8", "9", "figures"]


def test_served_answers_are_those_of_inference(model, vectors, tmp_path):
    path = export(model, tmp_path / "digits", examples=vectors)
    outputs = runner().run(path, "serving_default", {"inputs": vectors})
    expected = model(vectors, training=False).numpy()
    np.testing.assert_allclose(outputs["reconstruction"], expected, atol=1e-6)
    scores = runner().run(path, "score", {"inputs": vectors})["score"]
    errors = np.mean((expected - vectors) ** 2, axis=1)
    np.testing.assert_allclose(scores, errors, rtol=1e-5)


def test_warm_up_holds_real_rows_for_every_signature(model, vectors, tmp_path):
    path = export(model, tmp_path / "digits", examples=vectors, check=False)
    requests = dict(warm_up.read(path))
    assert set(requests) == {"serving_default", "encode", "decode", "score"}
    np.testing.assert_array_equal(requests["score"]["inputs"], vectors[:8])
    codes = model.encode(vectors[:8])
    np.testing.assert_allclose(requests["decode"]["codes"], codes, atol=1e-6)


def of_bytes(model):
    return tfae.PreprocessedModel(model, "uint8")


def test_whole_numbers_are_scaled_inside_the_graph(model, vectors, tmp_path):
    pixels = np.round(vectors * 255).astype("uint8")
    path = export(of_bytes(model), tmp_path, examples=pixels)
    codes = runner().run(path, "encode", {"inputs": pixels})["codes"]
    expected = model.encode(pixels.astype("float32") / 255)
    np.testing.assert_allclose(codes, expected, atol=1e-6)
    outputs = runner().run(path, "decode", {"codes": codes})["reconstruction"]
    assert outputs.dtype == "float32"
    np.testing.assert_allclose(outputs, 255 * model.decode(codes), atol=1e-3)


@pytest.mark.slow
def test_half_precision_is_served_as_float32(vectors, tmp_path):
    model = tfae.StackedAutoencoder(64, [16, 4], dtype="mixed_float16")
    path = export(model, tmp_path, examples=vectors)
    values = model.serving_examples(vectors)
    for name, signature in model.serving_signatures().items():
        arrays = {key: np.asarray(values[key], "float32") for key in signature.inputs}
        (output,) = runner().run(path, name, arrays).values()
        assert output.dtype == "float32"
        (expected,) = signature.function(*map(tf.constant, arrays.values())).values()
        np.testing.assert_allclose(output, expected, atol=2e-3)


def test_images_keep_their_shape(vectors, tmp_path):
    encoder = keras.Sequential([keras.layers.Conv2D(2, 3, 2, padding="same")])
    decoder = keras.Sequential(
        [keras.layers.Conv2DTranspose(1, 3, 2, padding="same", activation="sigmoid")]
    )
    model = tfae.Autoencoder(encoder, decoder)
    images = vectors.reshape(-1, 8, 8, 1)
    model(images)
    path = export(model, tmp_path, examples=images)
    codes = runner().run(path, "encode", {"inputs": images})["codes"]
    assert codes.shape == (64, 4, 4, 2)


def test_examples_of_whole_numbers_are_refused_before_they_wrap(model, tmp_path):
    with pytest.raises(ValueError, match="numbers from 0 to 255"):
        export(of_bytes(model), tmp_path, examples=np.full((2, 64), 256))


@pytest.mark.parametrize("existed", [True, slow(False)])
def test_a_diverged_model_is_refused(tmp_path, existed):
    model = tfae.StackedAutoencoder(64, [4])
    model.set_weights([np.full(w.shape, np.nan) for w in model.weights])
    with pytest.raises(ValueError, match="NaN or infinite values"):
        export(model, tmp_path if existed else tmp_path / "new" / "model")
    assert names(tmp_path) == []


def test_a_model_that_no_server_takes_is_refused(tmp_path):
    def python(inputs):
        doubled = tf.py_function(lambda x: 2 * x, [inputs], tf.float32)
        return {"doubled": tf.ensure_shape(doubled, (None, 64))}

    with pytest.raises(ValueError, match=r"^The export is not servable: .*EagerPyFunc"):
        export(serving(python), tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_named(model, tmp_path):
    (tmp_path / "file").write_text("here already")
    for folder in ("/proc/models", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=str(folder).rpartition("/")[0]):
            export(model, folder)
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("version", [0, -1, 1.5, "2", True, 2**63])
def test_a_version_is_a_positive_integer(model, tmp_path, version):
    with pytest.raises(ValueError, match="`version` must be a positive integer"):
        export(model, tmp_path, version=version)
    assert names(tmp_path) == []


def test_no_version_is_overwritten(model, tmp_path):
    export(model, tmp_path, version=2, check=False)
    before = (tmp_path / "2" / "saved_model.pb").read_bytes()
    with pytest.raises(ValueError, match="Version 2 exists"):
        export(model, tmp_path, version=2)
    assert (tmp_path / "2" / "saved_model.pb").read_bytes() == before


def test_an_unbuilt_model_is_refused(tmp_path):
    encoder = keras.Sequential([keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.layers.Dense(64)])
    with pytest.raises(ValueError, match="must be built"):
        export(tfae.Autoencoder(encoder, decoder), tmp_path)


def test_a_model_without_signatures_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="serving_signatures"):
        export(model, tmp_path)


@pytest.mark.parametrize("shape", [(3, 5), (0, 64), (64,)])
def test_examples_must_fit(model, tmp_path, shape):
    with pytest.raises(ValueError, match=r"`examples` must be .*\(64,\)"):
        export(model, tmp_path, examples=np.zeros(shape))


def serving(function):
    """A model that serves nothing but `function`."""

    class Serves(tfae.StackedAutoencoder):
        def serving_signatures(self):
            return {"serving_default": Signature(function, {"inputs": (64,)})}

    return Serves(64, [4])


@pytest.mark.parametrize("size", [1.0, 1e-6])
def test_answers_that_differ_are_refused_before_the_rename(tmp_path, size):
    def noise(inputs):
        return {"noise": size * tf.random.normal(tf.shape(inputs))}

    with pytest.raises(ValueError, match="draw random numbers"):
        export(serving(noise), tmp_path)
    assert names(tmp_path) == []


def test_answers_that_depend_on_other_rows_are_refused(tmp_path):
    def centre(inputs):
        return {"centred": inputs - tf.reduce_mean(inputs, axis=0)}

    with pytest.raises(ValueError, match="a row alone different centred"):
        export(serving(centre), tmp_path)


def test_the_next_export_removes_what_a_killed_one_left(model, tmp_path):
    for name in (".tfae-tmp-killed", ".tfae-tmp-running"):
        (tmp_path / name).mkdir()
    with locked(tmp_path / ".tfae-tmp-running"):
        export(model, tmp_path, check=False)
    assert names(tmp_path) == [".tfae-tmp-running", "1"]


def started(*arguments):
    """A process that has its model and waits for a message to export it."""
    process, connection = processes.start(processes.export_when_told, *arguments)
    assert connection.recv() == "ready"
    return process, connection


@pytest.mark.slow
def test_two_exports_at_once_give_two_whole_versions(tmp_path):
    both = [started(tmp_path) for _ in range(2)]
    for _, connection in both:
        connection.send("go")
    for process, connection in both:
        assert connection.recv() in (tmp_path / "1", tmp_path / "2")
        process.join()
        assert process.exitcode == 0
    assert names(tmp_path) == ["1", "2"]
    for version in ("1", "2"):
        servability.check_servable(tmp_path / version)


@pytest.mark.slow
def test_a_killed_export_leaves_a_whole_version_or_none(tmp_path):
    process, connection = started(tmp_path)
    whole = time.monotonic()
    connection.send("go")
    assert connection.recv() == tmp_path / "1"
    whole = time.monotonic() - whole
    process.join()
    assert versions(tmp_path) == {"1"}
    outcomes = []
    for kill in range(KILLS):
        before = versions(tmp_path)
        process, connection = started(tmp_path)
        connection.send("go")
        # A random moment in each part of the time, and of a little more.
        time.sleep(random.uniform(kill, kill + 1) / KILLS * 1.2 * whole)
        process.kill()
        process.join()
        new = versions(tmp_path) - before
        outcomes.append(len(new))
        for version in new:
            servability.check_servable(tmp_path / version)
    assert outcomes[0] == 0  # killed in the first part
    assert set(outcomes) <= {0, 1}, outcomes
    files.settle(tmp_path)
    assert set(names(tmp_path)) == versions(tmp_path)
    print(f"versions written by {KILLS} exports that were killed: {sum(outcomes)}")


def versions(folder):
    return {name for name in names(folder) if not name.startswith(".tfae-")}


def test_there_is_a_last_version(model, tmp_path):
    (tmp_path / str(2**63 - 1)).mkdir()
    with pytest.raises(ValueError, match=f"no version after {2**63 - 1}"):
        export(model, tmp_path, check=False)
    assert names(tmp_path) == [str(2**63 - 1)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [100, slow(20_000)])
def test_a_full_disk_leaves_nothing_behind(tmp_path, size):
    process, connection = started(tmp_path, size)
    connection.send("go")
    assert isinstance(connection.recv(), OSError)
    process.join()
    assert names(tmp_path) == []


def test_lookup_tables_are_exported(tmp_path):
    table = {
        "size": np.array([1.0, 3.0, 2.0] * 20),
        "kind": np.array(["f", "m", "f"] * 20, object),
    }
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    networks = tfae.networks.dense(encoding.width, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), encoding)
    model = tfae.Detector(model).fit(table, false_alarm_rate=0.1, epochs=1, verbose=0)
    rows = [{"size": 1.0, "kind": "f"}, {"size": 2.0, "kind": "m"}]
    path = export(model, tmp_path / "tables", examples=rows)
    variables = tf.train.list_variables(str(path / "variables" / "variables"))
    assert not any(name.startswith("variables/") for name, _ in variables)
