"""Checkpoints of the legacy programs become models."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from checkpoints import TOLD, arrays, assert_predicts, save_arrays, write
from conftest import mostly_slow

import tfae
from tfae.migration import checkpoints
from tfae.migration.twins import TWINS, recipe_of

v1 = tf.compat.v1
# One of each kind; tests/test_parity.py has the others in float64.
QUICK = ("notebook_classifier", "boltzmann_machine")
IN_ONE_FILE = [name for name, twin in TWINS.items() if twin.variables]
SLOTS = {"examples_autoencoder": "RMSProp", "examples_variational": "RMSProp"}
pytestmark = pytest.mark.usefixtures("eager")  # a prediction of ten rows each


@pytest.mark.parametrize(
    "name",
    mostly_slow(IN_ONE_FILE, *QUICK),
)
def test_a_program_s_checkpoint_becomes_its_twin(name, rows, tmp_path):
    expected = write(name, tmp_path / "run.ckpt", rows)
    told = {"image_shape": (8, 8, 1)} if recipe_of(name).keep_shape else {}
    imported = checkpoints.load(tmp_path / "run.ckpt", name, **told)
    if TWINS[name].classes:
        expected = tf.nn.softmax(expected)
    rows = rows.reshape(-1, *imported.model.example_shape)
    expected = np.reshape(expected, imported.model(rows).shape)
    assert_predicts(imported.model, rows, expected)
    assert [variable for variable, _, _ in imported.taken] == [*TWINS[name].variables]
    slots = SLOTS.get(name, "Adam")
    has_slots = name != "boltzmann_machine"  # which assigns its changes itself
    assert any(slots in variable for variable in imported.left) == has_slots
    imported.model.save(tmp_path / "model.keras")
    again = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        again.predict(rows, verbose=0), imported.model.predict(rows, verbose=0)
    )


@pytest.mark.slow
def test_images_are_those_of_mnist_unless_told(tmp_path):
    path, images = tmp_path / "run.ckpt", np.random.default_rng(0).random((10, 784))
    expected = write("course_convolutional", path, images)
    model = checkpoints.load(path, "course_convolutional").model
    images = images.reshape(-1, 28, 28, 1).astype("float32")
    assert_predicts(model, images, np.reshape(expected, images.shape))
    with pytest.raises(ValueError, match="must be height, width and channels"):
        checkpoints.load(path, "course_convolutional", image_shape=28)
    write("notebook_sparse", path, np.zeros((10, 64)))
    with pytest.raises(ValueError, match="takes rows, not images"):
        checkpoints.load(path, "notebook_sparse", image_shape=(8, 8, 1))


def test_the_saver_s_first_format_is_read(rows, tmp_path, monkeypatch):
    first = functools.partial(v1.train.Saver, write_version=v1.train.SaverDef.V1)
    monkeypatch.setattr(v1.train, "Saver", first)
    path = tmp_path / "run.ckpt"
    expected = write("notebook_stacked", path, rows)
    assert path.is_file()  # a single file, where the second format has several
    imported = checkpoints.load(path, "notebook_stacked")
    assert_predicts(imported.model, rows, expected)


def test_slots_of_any_optimizer_are_left(tmp_path):
    slots = ("w1__Momentum_1", "w1__Adagrad_1", "w1__RMSProp", "beta1_power_1")
    saved = arrays((64, 8), (8, 64)) | dict.fromkeys(slots, np.float32(1))
    save_arrays(tmp_path / "run.ckpt", **saved)
    imported = checkpoints.load(tmp_path / "run.ckpt", "auto", **TOLD)
    assert len(imported.left) == 4
    with pytest.raises(ValueError, match="Only with auto"):
        checkpoints.load(tmp_path / "run.ckpt", "notebook_tied", **TOLD)


def test_an_empty_folder_holds_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="holds no checkpoint"):
        checkpoints.load(tmp_path, "auto", **TOLD)


def test_a_checkpoint_of_another_program_is_refused(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_stacked", path, rows)
    with pytest.raises(ValueError, match=r"Not in it: weights1, .*: dense/bias"):
        checkpoints.load(path, "notebook_tied")
    with pytest.raises(ValueError, match=r"Not in it: none. Not of .*dense_2/bias"):
        checkpoints.load(path, "notebook_sparse")
    with pytest.raises(ValueError, match="Programs: leaky_relu_stacked"):
        checkpoints.load(path, "nothing")


def test_shapes_must_fit(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_sparse", path, rows)
    message = r"dense/kernel \(64, 1000\) for \S+ \(64, 2\)"
    with pytest.raises(ValueError, match=message):
        checkpoints.load(path, "notebook_linear_pca")


@pytest.mark.parametrize("cut", ["index", "data"])
def test_damaged_and_missing_checkpoints_are_refused(cut, rows, tmp_path):
    path = tmp_path / "run.ckpt"
    with pytest.raises(ValueError, match="not a checkpoint of TF1's Saver"):
        checkpoints.load(path, "notebook_sparse")
    write("notebook_sparse", path, rows)
    (file,) = tmp_path.glob(f"*.{cut}*")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ValueError, match="not a checkpoint of TF1's Saver"):
        checkpoints.load(path, "notebook_sparse")


def test_checkpoints_of_tensorflow_2_are_refused(tmp_path):
    saved = tf.train.Checkpoint(model=tf.Variable(1.0)).write(str(tmp_path / "two"))
    with pytest.raises(ValueError, match="a checkpoint of TensorFlow 2"):
        checkpoints.load(saved, "notebook_sparse")


@pytest.mark.slow
def test_any_file_of_a_checkpoint_names_it(rows, tmp_path):
    write("notebook_sparse", tmp_path / "run.ckpt", rows)
    for path in ("run.ckpt.index", "run.ckpt.data-00000-of-00001", ""):
        assert checkpoints.load(tmp_path / path, "notebook_sparse").taken


def test_a_checkpoint_that_was_moved_is_found_beside_its_file(tmp_path):
    save_arrays(tmp_path / "run.ckpt", **arrays((64, 8), (8, 64)))
    text = 'model_checkpoint_path: "C:\\\\runs\\\\run.ckpt"'
    for line in (text, 'model_checkpoint_path: "/home/of/another/run.ckpt"'):
        (tmp_path / "checkpoint").write_text(line)
        assert len(checkpoints.load(tmp_path, "auto", **TOLD).taken) == 4
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/of/another/one"')
    with pytest.raises(ValueError, match="holds no checkpoint"):
        checkpoints.read(tmp_path)
