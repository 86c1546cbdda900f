"""The shape of images, as users tell it of examples that are flat."""

import numpy as np
import pytest

from tfae import image_shapes


@pytest.fixture
def flat(digits, tmp_path):
    """A file of digits as rows of 64 pixels."""
    np.save(tmp_path / "flat.npy", digits.train.inputs[:60])
    return tmp_path / "flat.npy"


def test_a_pair_is_of_grey_images():
    assert image_shapes.checked([8, np.int64(4)]) == (8, 4, 1)
    assert image_shapes.checked((8, 4, 3), 96) == (8, 4, 3)


@pytest.mark.parametrize("shape", [8, (8,), (8, 0), (8, 8, 2), "8x8", (8.0, 8), None])
def test_what_is_no_shape_of_an_image_is_refused(shape):
    with pytest.raises(ValueError, match="`image_shape` must be a height, a width"):
        image_shapes.checked(shape)


def test_plot_draws_flat_images_as_it_is_told(flat, trained, call_cli, tmp_path):
    plot = ("plot", trained[0], "--data", flat, "--output")
    curves = call_cli(*plot, tmp_path / "curves")
    assert "Examples of 64 values are drawn as curves: --image-shape" in curves.stdout
    assert "filters.png" not in curves.stdout
    images = call_cli(*plot, tmp_path / "images", "--image-shape", "8x8")
    assert (images.returncode, curves.returncode) == (0, 0), images.stderr
    assert "wrote" in images.stdout and "filters.png" in images.stdout


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("8-8", ["--image-shape takes HEIGHTxWIDTH", "8-8"]),
        ("9x9", ["--image-shape must have as many values", "81", "64"]),
    ],
)
def test_train_refuses_another_shape(shape, words, flat, refuses):
    train = ("train", "leaky_relu_digits", "--data", flat)
    refuses(*train, "--image-shape", shape, words=words)
