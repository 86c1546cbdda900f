"""Checkpoints of the legacy programs, and of others, become models."""

import functools
import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae
from legacy_tf1_ports import _graph
from tfae import tf1_checkpoints
from tfae.twins import TWINS

v1 = tf.compat.v1
TOLD = {"activation": "elu", "output_activation": "linear"}


@pytest.fixture(scope="module")
def rows(digits):
    """Ten digits, and ten points of three features."""
    return {64: digits.test.inputs[:10], 3: digits.test.inputs[:10, 20:23]}


def write(name, path, rows, build=None):
    """Trains a program for a step and saves it; what it gives for `rows`."""
    module = importlib.import_module(f"legacy_tf1_ports.{name}")
    build = build or module.build
    with _graph.session(0) as session:
        programs = build(rows.shape[1])
        programs = programs if isinstance(programs, list) else [programs]
        session.run(v1.global_variables_initializer())
        feeds = {programs[0].inputs: rows}
        if programs[0].targets is not None:
            feeds[programs[0].targets] = np.arange(10)
        session.run([programs[0].train_op], feeds)
        _graph.save(session, path)
        last = programs[-1]
        feeds |= last.measuring
        if last.noise is not None and not last.measuring:
            shape = session.run(tf.shape(last.noise), feeds)
            feeds[last.noise] = np.zeros(shape)
        return session.run(last.outputs, feeds)


def assert_alike(outputs, expected):
    """Equal, but for rounding in float32 on other ways to the same sums."""
    largest = np.abs(expected).max()
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=2e-6 * largest)


@pytest.mark.parametrize(
    "name", [name for name, twin in TWINS.items() if twin.variables]
)
def test_a_program_s_checkpoint_becomes_its_twin(name, rows, tmp_path):
    inputs = rows[3 if name == "notebook_linear_pca" else 64]
    expected = write(name, tmp_path / "run.ckpt", inputs)
    imported = tf1_checkpoints.load(tmp_path / "run.ckpt", name)
    outputs = imported.model.predict(inputs, verbose=0)
    if TWINS[name].classes:
        expected = tf.nn.softmax(expected)
    assert_alike(outputs, expected)
    assert [variable for variable, _, _ in imported.taken] == [*TWINS[name].variables]
    assert any("Adam" in variable for variable in imported.left)
    imported.model.save(tmp_path / "model.keras")
    again = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(inputs, verbose=0), outputs)


def test_the_saver_s_first_format_is_read(rows, tmp_path, monkeypatch):
    first = functools.partial(v1.train.Saver, write_version=v1.train.SaverDef.V1)
    monkeypatch.setattr(v1.train, "Saver", first)
    path = tmp_path / "run.ckpt"
    expected = write("notebook_stacked", path, rows[64])
    assert path.is_file()  # a single file, where the second format has several
    imported = tf1_checkpoints.load(path, "notebook_stacked")
    assert_alike(imported.model.predict(rows[64], verbose=0), expected)


@pytest.mark.parametrize("second", [False, True])
def test_graphs_of_their_own_are_told_by_shape(second, rows, tmp_path):
    module = importlib.import_module("legacy_tf1_ports.notebook_several_graphs")
    path = tmp_path / "run.ckpt"
    expected = write(
        "notebook_several_graphs", path, rows[64], module.GRAPHS[int(second)]
    )
    options = TOLD | ({"output_activation": "elu"} if second else {})
    imported = tf1_checkpoints.load(path, "auto", **options)
    outputs = imported.model.predict(rows[64], verbose=0)
    assert_alike(outputs, expected)
    with pytest.raises(ValueError, match="a checkpoint for each of its graphs"):
        tf1_checkpoints.load(path, "notebook_several_graphs")


def test_an_encoder_comes_before_its_decoder(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    expected = write("leaky_relu_stacked", path, rows[64])
    options = {"activation": "leaky_relu", "output_activation": "sigmoid"}
    # Its code is leaky, too, and 64 wide as the images: the first such is the code.
    imported = tf1_checkpoints.load(path, "auto", **options)
    assert_alike(imported.model.predict(rows[64], verbose=0), expected)
    assert imported.taken[0][0] == "encoder/dense/kernel"


def save_arrays(path, **arrays):
    """A checkpoint of variables with these values."""
    with _graph.session(0) as session:
        for name, value in arrays.items():
            v1.get_variable(name.replace("__", "/"), initializer=value)
        session.run(v1.global_variables_initializer())
        _graph.save(session, path)


def arrays(*shapes):
    """Kernels and biases of layers: `w1`, `b1`, and so on."""
    found = {}
    for number, shape in enumerate(shapes, start=1):
        found[f"w{number}"] = np.full(shape, 0.1, "float32")
        found[f"b{number}"] = np.zeros(shape[-1], "float32")
    return found


@pytest.mark.parametrize(
    ("saved", "options", "message"),
    [
        (arrays((64, 8)), {}, "two layers at least"),
        (arrays((64, 8), (8, 10)), {}, "notebook_classifier"),
        (arrays((64, 8), (9, 64)), {}, "no order of these layers"),
        (arrays((64, 8), (8, 64)), {"strides": [2, 2]}, "each of 0 convolutions"),
        (arrays((64, 8), (8, 64)), {"activation": "lrelu"}, "--activation lrelu"),
        (arrays((64, 8), (8, 64)), {"padding": "none"}, "`padding` must be"),
        (arrays((64, 8), (8, 64)), {"image_shape": (8, 8, 1)}, "no convolutions"),
        (arrays((64, 8)) | {"steps": np.float32(3)}, {}, "beside them: steps"),
        ({"w1": np.ones((64, 8), "float32")}, {}, "beside them: w1"),
        (
            arrays((64, 8), (8, 64)) | {"b1": np.full(8, np.nan, "float32")},
            {},
            "NaN or infinite values in b1",
        ),
        ({"Adam": np.ones(3, "float32")}, {}, "no variables but an optimizer's"),
    ],
)
def test_what_is_no_stack_is_refused(saved, options, message, tmp_path):
    save_arrays(tmp_path / "run.ckpt", **saved)
    with pytest.raises(ValueError, match=message):
        tf1_checkpoints.load(tmp_path / "run.ckpt", "auto", **TOLD | options)


def test_slots_of_any_optimizer_are_left(tmp_path):
    slots = ("w1__Momentum_1", "w1__Adagrad_1", "w1__RMSProp", "beta1_power_1")
    saved = arrays((64, 8), (8, 64)) | dict.fromkeys(slots, np.float32(1))
    save_arrays(tmp_path / "run.ckpt", **saved)
    imported = tf1_checkpoints.load(tmp_path / "run.ckpt", "auto", **TOLD)
    assert len(imported.left) == 4
    with pytest.raises(ValueError, match="Only with auto"):
        tf1_checkpoints.load(tmp_path / "run.ckpt", "notebook_tied", **TOLD)


def test_an_empty_folder_holds_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="holds no checkpoint"):
        tf1_checkpoints.load(tmp_path, "auto", **TOLD)


def convolutions(path, with_dense):
    """Saves what `tf.layers` would have named so; images, and its outputs."""
    images = np.random.default_rng(0).random((5, 8, 8, 1), "float32")
    generator = np.random.default_rng(1)

    def variables(scope, shape, units):
        with v1.variable_scope(scope):
            kernel = generator.normal(0, 0.3, shape).astype("float32")
            bias = generator.normal(0, 0.3, units).astype("float32")
            return v1.get_variable("kernel", initializer=kernel), v1.get_variable(
                "bias", initializer=bias
            )

    with _graph.session(0) as session:
        layer = v1.placeholder(tf.float32, (None, 8, 8, 1))
        inputs = layer
        for scope, shape in (("conv2d", (3, 3, 1, 4)), ("conv2d_1", (3, 3, 4, 6))):
            kernel, bias = variables(scope, shape, shape[-1])
            layer = tf.nn.relu(tf.nn.conv2d(layer, kernel, 2, "SAME") + bias)
        if with_dense:
            layer = tf.reshape(layer, (-1, 24))
            for scope, shape in (("dense", (24, 5)), ("dense_1", (5, 24))):
                kernel, bias = variables(scope, shape, shape[-1])
                layer = tf.nn.relu(tf.matmul(layer, kernel) + bias)
            layer = tf.reshape(layer, (-1, 2, 2, 6))
        for scope, shape, side, last in (
            ("conv2d_transpose", (3, 3, 4, 6), 4, tf.nn.relu),
            ("conv2d_transpose_1", (3, 3, 1, 4), 8, tf.nn.sigmoid),
        ):
            kernel, bias = variables(scope, shape, shape[2])
            size = (tf.shape(inputs)[0], side, side, shape[2])
            layer = last(tf.nn.conv2d_transpose(layer, kernel, size, 2) + bias)
        loss = tf.reduce_mean(tf.math.squared_difference(layer, inputs))
        train_op = v1.train.AdamOptimizer().minimize(loss)
        session.run(v1.global_variables_initializer())
        session.run(train_op, {inputs: images})
        _graph.save(session, path)
        return images, session.run(layer, {inputs: images})


CONVOLUTIONAL = {
    "activation": "relu",
    "output_activation": "sigmoid",
    "image_shape": (8, 8, 1),
}


@pytest.mark.parametrize("with_dense", [False, True])
def test_convolutions_are_told_by_shape_and_order(with_dense, tmp_path):
    images, expected = convolutions(tmp_path / "run.ckpt", with_dense)
    imported = tf1_checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL)
    outputs = imported.model.predict(images, verbose=0)
    assert_alike(outputs, expected)
    assert imported.model.code_shape == ((5,) if with_dense else (2, 2, 6))
    history = imported.model.fit(images, epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": None}, "does not tell activations"),
        ({"image_shape": None}, "does not tell the size of images"),
        ({"strides": [2, 2]}, "one for each of 4 convolutions"),
        ({"strides": 1}, "dense/kernel .* cannot take 384 values"),
        (
            {"strides": [2, 2, 2, 1]},
            r"make \(4, 4, 1\) of examples of shape \(8, 8, 1\)",
        ),
    ],
)
def test_what_shapes_do_not_tell_must_be_given(options, message, tmp_path):
    convolutions(tmp_path / "run.ckpt", with_dense=True)
    with pytest.raises(ValueError, match=message):
        tf1_checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL | options)


def test_a_checkpoint_of_another_program_is_refused(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_stacked", path, rows[64])
    with pytest.raises(ValueError, match=r"Not in it: weights1, .*: dense/bias"):
        tf1_checkpoints.load(path, "notebook_tied")
    with pytest.raises(ValueError, match=r"Not in it: none. Not of .*dense_2/bias"):
        tf1_checkpoints.load(path, "notebook_sparse")
    with pytest.raises(ValueError, match="Programs: leaky_relu_stacked"):
        tf1_checkpoints.load(path, "nothing")


def test_shapes_must_fit(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_sparse", path, rows[64])
    message = r"dense/kernel \(64, 1000\) for \S+ \(64, 2\)"
    with pytest.raises(ValueError, match=message):
        tf1_checkpoints.load(path, "notebook_linear_pca")


def test_two_heads_need_a_word(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_variational", path, rows[64])
    with pytest.raises(ValueError, match="--as notebook_variational_deviation"):
        tf1_checkpoints.load(path, "auto", **TOLD)


@pytest.mark.parametrize("cut", ["index", "data"])
def test_damaged_and_missing_checkpoints_are_refused(cut, rows, tmp_path):
    path = tmp_path / "run.ckpt"
    with pytest.raises(ValueError, match="no checkpoint of TF1's Saver"):
        tf1_checkpoints.load(path, "notebook_sparse")
    write("notebook_sparse", path, rows[64])
    (file,) = tmp_path.glob(f"*.{cut}*")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ValueError, match="no checkpoint of TF1's Saver"):
        tf1_checkpoints.load(path, "notebook_sparse")


def test_checkpoints_of_tensorflow_2_are_refused(tmp_path):
    saved = tf.train.Checkpoint(model=tf.Variable(1.0)).write(str(tmp_path / "two"))
    with pytest.raises(ValueError, match="a checkpoint of TensorFlow 2"):
        tf1_checkpoints.load(saved, "notebook_sparse")


def test_any_file_of_a_checkpoint_names_it(rows, tmp_path):
    write("notebook_sparse", tmp_path / "run.ckpt", rows[64])
    for path in ("run.ckpt.index", "run.ckpt.data-00000-of-00001", ""):
        assert tf1_checkpoints.load(tmp_path / path, "notebook_sparse").taken


def test_the_command_says_what_goes_where(call_cli, rows, tmp_path):
    write("notebook_tied", tmp_path / "run.ckpt", rows[64])
    command = ("import-checkpoint", "run.ckpt", "--as", "notebook_tied")
    result = call_cli(*command, "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "weights2" in result.stdout
    assert "weights2/Adam_1" in result.stdout
    assert not (tmp_path / "imported").exists()
    result = call_cli(*command, "--output", "imported")
    assert result.returncode == 0, result.stderr
    assert isinstance(tfae.load(tmp_path / "imported"), keras.Model)
    result = call_cli("evaluate", "imported", "--data", "digits")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--output is missing"),
        (("--output", "new", "--activation", "relu"), "only with --as auto"),
        (("--output", "new"), "no checkpoint of TF1's Saver"),
        (("--dry-run", "--as", "auto", "--strides", "2,x"), "--strides must be"),
    ],
)
def test_the_command_refuses_in_a_line(call_cli, tmp_path, options, message):
    result = call_cli("import-checkpoint", "none", "--as", "notebook_tied", *options)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()
