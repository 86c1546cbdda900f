"""Checkpoints of unknown programs become stacks, told by shapes and names."""

import importlib

import numpy as np
import pytest
from checkpoints import (
    CONVOLUTIONAL,
    TOLD,
    arrays,
    assert_predicts,
    convolutions,
    save_arrays,
    write,
)

from tfae.migration import checkpoints


@pytest.mark.parametrize("second", [False, True])
def test_graphs_of_their_own_are_told_by_shape(second, rows, tmp_path):
    module = importlib.import_module("legacy_tf1_ports.notebook_several_graphs")
    path = tmp_path / "run.ckpt"
    expected = write("notebook_several_graphs", path, rows, module.GRAPHS[int(second)])
    options = TOLD | ({"output_activation": "elu"} if second else {})
    imported = checkpoints.load(path, "auto", **options)
    assert_predicts(imported.model, rows, expected)
    with pytest.raises(ValueError, match="a checkpoint for each of its graphs"):
        checkpoints.load(path, "notebook_several_graphs")


def test_an_encoder_comes_before_its_decoder(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    expected = write("leaky_relu_stacked", path, rows)
    options = {"activation": "leaky_relu", "output_activation": "sigmoid"}
    # Its code is leaky, too, and 64 wide as the images: the first such is the code.
    imported = checkpoints.load(path, "auto", **options)
    assert_predicts(imported.model, rows, expected)
    assert imported.taken[0][0] == "encoder/dense/kernel"


@pytest.mark.parametrize(
    ("saved", "options", "message"),
    [
        (arrays((64, 8)), {}, "two layers at least"),
        (arrays((64, 8), (8, 10)), {}, "notebook_classifier"),
        (arrays((64, 8), (9, 64)), {}, "no order of these layers"),
        (arrays((64, 8), (8, 64)), {"strides": [2, 2]}, "each of 0 convolutions"),
        (arrays((64, 8), (8, 64)), {"activation": "lrelu"}, "activation='lrelu'"),
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
        checkpoints.load(tmp_path / "run.ckpt", "auto", **TOLD | options)


@pytest.mark.parametrize("with_dense", [False, True])
def test_convolutions_are_told_by_shape_and_order(with_dense, tmp_path):
    images, expected = convolutions(tmp_path / "run.ckpt", with_dense)
    imported = checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL)
    assert_predicts(imported.model, images, expected)
    assert imported.model.code_shape == ((5,) if with_dense else (2, 2, 6))
    history = imported.model.fit(images, epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": None}, 'such as activation="relu"'),
        ({"image_shape": None}, r"such as image_shape=\(28, 28, 1\)"),
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
        checkpoints.load(tmp_path / "run.ckpt", "auto", **CONVOLUTIONAL | options)


def test_two_heads_need_a_word(rows, tmp_path):
    path = tmp_path / "run.ckpt"
    write("notebook_variational", path, rows)
    with pytest.raises(ValueError, match='program="notebook_variational_deviation"'):
        checkpoints.load(path, "auto", **TOLD)
