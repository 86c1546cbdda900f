"""What TF Serving would stumble on is found, and named."""

import re
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

import tfae
from tfae.export import export, servability, warm_up


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = tfae.StackedAutoencoder(64, [16, 4])
    return export(model, tmp_path_factory.mktemp("digits"), check=False)


@pytest.fixture
def version(exported, tmp_path):
    """A servable export to spoil."""
    return shutil.copytree(exported, tmp_path / "1")


def edit(version, change):
    """Applies `change` to the only graph of a SavedModel."""
    file = version / "saved_model.pb"
    saved = SavedModel.FromString(file.read_bytes())
    change(saved.meta_graphs[0])
    file.write_bytes(saved.SerializeToString())


def save(path, function, shape=(None, 64), jit_compile=None):
    """A SavedModel of one function through TensorFlow alone, warm-up included."""
    module = tf.Module()
    spec = tf.TensorSpec(shape, name="inputs")
    module.serve = tf.function(function, [spec], jit_compile=jit_compile)
    tf.saved_model.save(module, str(path), {"serving_default": module.serve})
    rows = np.zeros((shape[0] or 2, 64), "float32")
    warm_up.write(path, "x", {"serving_default": {"inputs": rows}})
    return path


def test_an_export_is_servable(version):
    answers = servability.check_servable(version)
    assert set(answers) == {"serving_default", "encode", "decode", "score"}
    assert answers["encode"]["codes"].shape == (8, 4)


@pytest.mark.slow
def test_a_keras_model_saved_by_tensorflow_is_refused(vectors, tmp_path):
    model = tfae.StackedAutoencoder(64, [16, 4])
    path = tmp_path / "1"

    @tf.function(input_signature=[tf.TensorSpec((None, 64), name="inputs")])
    def reconstruct(inputs):
        return {"reconstruction": model(inputs)}

    tf.saved_model.save(model, str(path), {"serving_default": reconstruct})
    request = {"serving_default": {"inputs": vectors[:2]}}
    warm_up.write(path, "x", request)
    loaded = tf.saved_model.load(str(path))  # Python takes it
    answer = loaded.signatures["serving_default"](inputs=tf.constant(vectors[:2]))
    np.testing.assert_allclose(answer["reconstruction"], model(vectors[:2]), atol=1e-6)
    with pytest.raises(ValueError, match=r"C\+\+ loader: .*Could not find variable"):
        servability.check_servable(path)


def test_python_functions_are_refused(tmp_path):
    def double(inputs):
        doubled = tf.py_function(lambda x: 2 * x, [inputs], tf.float32)
        return {"doubled": tf.ensure_shape(doubled, (None, 64))}

    with pytest.raises(ValueError, match="TF Serving lacks the operations EagerPyFunc"):
        servability.check_servable(save(tmp_path / "1", double))


def test_functions_for_xla_are_refused(tmp_path):
    path = save(tmp_path / "1", lambda inputs: {"twice": 2 * inputs}, jit_compile=True)
    with pytest.raises(ValueError, match="must be compiled by XLA"):
        servability.check_servable(path)


def test_static_batches_are_refused(tmp_path):
    path = save(tmp_path / "1", lambda inputs: {"twice": 2 * inputs}, (3, 64))
    with pytest.raises(ValueError, match="inputs takes batches of 3 only"):
        servability.check_servable(path)


def test_scalars_are_refused(tmp_path):
    path = save(tmp_path / "1", lambda inputs: {"sum": tf.reduce_sum(inputs)})
    with pytest.raises(ValueError, match="sum has no batch dimension"):
        servability.check_servable(path)


def test_outputs_with_other_rows_are_refused(tmp_path):
    def twice_as_many(inputs):
        return {"doubled": tf.concat([inputs, inputs], 0)}

    path = save(tmp_path / "1", twice_as_many)
    with pytest.raises(ValueError, match="answers 2 rows with doubled of shape"):
        servability.check_servable(path)


def test_a_batch_fixed_inside_the_graph_is_refused(tmp_path):
    def pairs(inputs):
        pair = tf.reshape(inputs, (2, 64))
        # Whose declared shape hides the two rows from the static checks.
        hidden = tf.raw_ops.PlaceholderWithDefault(input=pair, shape=(None, 64))
        return {"pairs": hidden}

    path = save(tmp_path / "1", pairs)
    with pytest.raises(ValueError, match=r"C\+\+ loader: serving_default failed"):
        servability.check_servable(path)


def test_a_signature_of_lost_tensors_is_refused(version):
    def rename(graph):
        graph.signature_def["encode"].outputs["codes"].name = "lost:0"

    edit(version, rename)
    with pytest.raises(ValueError, match="has no tensor lost:0"):
        servability.check_servable(version)


def test_damaged_warm_up_is_refused(version):
    with tf.io.TFRecordWriter(str(version / warm_up.FILE)) as writer:
        writer.write(b"\xff" * 20)
    with pytest.raises(ValueError, match="warmup_requests cannot be read"):
        servability.check_servable(version)


def test_half_precision_is_refused(tmp_path):
    def half(inputs):
        return {"half": tf.cast(inputs, tf.float16)}

    with pytest.raises(ValueError, match="half has type float16, which JSON"):
        servability.check_servable(save(tmp_path / "1", half))


def test_names_of_nobody_s_choice_are_refused(tmp_path):
    path = save(tmp_path / "1", lambda inputs: 2 * inputs)
    with pytest.raises(ValueError, match="output_0 needs a name of its own"):
        servability.check_servable(path)


def test_unknown_operations_are_named(version):
    def add(graph):
        graph.graph_def.node.add(name="strange", op="MyOwnKernel")

    edit(version, add)
    with pytest.raises(ValueError, match="lacks the operations MyOwnKernel"):
        servability.check_servable(version)


def test_the_default_signature_must_be_there(version):
    edit(version, lambda graph: graph.signature_def.pop("serving_default"))
    with pytest.raises(ValueError, match="no signature serving_default"):
        servability.check_servable(version)


def test_the_method_must_be_predict(version):
    def rename(graph):
        graph.signature_def["encode"].method_name = "tensorflow/serving/classify"

    edit(version, rename)
    with pytest.raises(ValueError, match="encode: its method is"):
        servability.check_servable(version)


def test_the_tag_must_be_serve(version):
    edit(version, lambda graph: graph.meta_info_def.tags.append("train"))
    with pytest.raises(ValueError, match="one graph, tagged serve"):
        servability.check_servable(version)


def test_the_folder_must_be_a_version(version):
    with pytest.raises(
        ValueError, match="must be a positive integer of 64 bits, not 'one'"
    ):
        servability.check_servable(version.rename(version.with_name("one")))


def test_warm_up_must_be_there_for_every_signature(version):
    rows = np.zeros((1, 64), "float32")
    warm_up.write(version, "x", {"encode": {"inputs": rows}})
    with pytest.raises(ValueError, match="no warm-up request for decode, score, serv"):
        servability.check_servable(version)
    (version / warm_up.FILE).unlink()
    with pytest.raises(ValueError, match="tf_serving_warmup_requests is missing"):
        servability.check_servable(version)


def test_warm_up_has_an_end(version, monkeypatch):
    monkeypatch.setattr(warm_up, "MOST_RECORDS", 3)
    with pytest.raises(ValueError, match="4 warm-up requests; TF Serving takes 3"):
        servability.check_servable(version)


def test_a_model_that_takes_too_long_is_refused(version):
    with pytest.raises(ValueError, match=r"not answered after 0\.01 s. Raise `time_l"):
        servability.check_servable(version, time_limit=0.01)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "for encode with inputs []"),
        ({"codes": np.zeros((2, 4), "float32")}, "for encode with inputs ['codes']"),
        ({"inputs": np.zeros((0, 64), "float32")}, "for encode without rows"),
        ({"inputs": np.float32(1)}, "for encode without rows"),
    ],
    ids=str,
)
def test_warm_up_must_fit_its_signature(version, inputs, words):
    requests = dict(warm_up.read(version)) | {"encode": inputs}
    warm_up.write(version, "x", requests)
    with pytest.raises(ValueError, match=re.escape(words)):
        servability.check_servable(version)


def test_warm_up_of_a_signature_that_is_not_there_is_refused(version):
    requests = dict(warm_up.read(version))
    warm_up.write(version, "x", requests | {"sample": requests["encode"]})
    with pytest.raises(ValueError, match="a warm-up request for sample"):
        servability.check_servable(version)


def test_a_batch_of_one_fixed_inside_the_graph_is_refused(tmp_path):
    def single(inputs):
        row = tf.raw_ops.PlaceholderWithDefault(input=inputs[:1], shape=(None, 64))
        return {"single": row}

    path = save(tmp_path / "1", single)
    rows = np.zeros((1, 64), "float32")
    warm_up.write(path, "x", {"serving_default": {"inputs": rows}})
    with pytest.raises(ValueError, match="answers 2 rows with single of shape"):
        servability.check_servable(path)


def test_modules_of_the_user_s_folder_are_not_taken(version, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    servability.check_servable(version)


def test_a_version_may_be_a_link(version, tmp_path):
    build = version.rename(tmp_path / "build")
    version.symlink_to(build)
    servability.check_servable(version)


def test_damaged_files_are_refused(version):
    (version / "saved_model.pb").write_bytes(b"\xff" * 50)
    with pytest.raises(ValueError, match=r"saved_model\.pb cannot be read"):
        servability.check_servable(version)


def test_lost_variables_are_noticed(version):
    (version / "variables" / "variables.data-00000-of-00001").unlink()
    with pytest.raises(ValueError, match=r"C\+\+ loader: "):
        servability.check_servable(version)


def test_every_problem_is_listed(version):
    def spoil(graph):
        graph.signature_def.pop("serving_default")
        graph.graph_def.node.add(name="strange", op="MyOwnKernel")

    edit(version, spoil)
    with pytest.raises(ValueError, match=r"MyOwnKernel; .*serving_default"):
        servability.check_servable(version)
