"""Transposed convolutions that share an encoder's kernels."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same_weights, slow

import tfae
from tfae.layers import TiedConv2DTranspose


def images(size, channels=2, batch=3):
    generator = np.random.default_rng(0)
    return generator.normal(size=(batch, *size, channels)).astype("float32")


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("kernel", "strides"), [(3, 1), (3, 2), (5, 2), (4, 3)])
@pytest.mark.parametrize("size", [(8, 8), (7, 9), (11, 5)])
def test_it_is_the_gradient_of_the_convolution(size, kernel, strides, padding):
    convolution = keras.layers.Conv2D(4, kernel, strides, padding, use_bias=False)
    inputs = tf.constant(images(size))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        maps = convolution(inputs)
    values = tf.constant(images(maps.shape[1:3], channels=4))
    expected = tape.gradient(maps, inputs, values)
    layer = TiedConv2DTranspose(convolution, size, bias_initializer="ones")
    np.testing.assert_allclose(layer(values), expected + 1, rtol=1e-5, atol=1e-5)
    assert layer.compute_output_shape(values.shape) == inputs.shape


@pytest.mark.parametrize(("size", "kernel"), [((8, 8), 3), ((7, 9), 5), ((6, 6), 4)])
def test_a_transposed_convolution_is_a_convolution(size, kernel, strides=2):
    """Of values with zeros between them, with the kernel turned round."""
    convolution = keras.layers.Conv2D(4, kernel, strides, "same", use_bias=False)
    maps = convolution(images(size))
    values = images(maps.shape[1:3], channels=4)
    before = [max((-(-n // strides) - 1) * strides + kernel - n, 0) // 2 for n in size]
    padded = [n + b + kernel - 1 for n, b in zip(size, before, strict=True)]
    spread = np.zeros((3, *padded, 4), "float32")
    rows, columns = (kernel - 1 + strides * np.arange(m) for m in maps.shape[1:3])
    spread[:, rows[:, None], columns] = values
    turned = np.array(convolution.kernel)[::-1, ::-1].transpose(0, 1, 3, 2)
    expected = tf.nn.conv2d(spread, turned, 1, "VALID")[:, before[0] :, before[1] :]
    layer = TiedConv2DTranspose(convolution, size, use_bias=False)
    np.testing.assert_allclose(layer(values), expected, rtol=1e-5, atol=1e-5)


def test_without_a_size_it_is_the_multiple_of_the_strides():
    convolution = keras.layers.Conv2D(4, 3, 2, "same")
    values = convolution(images((8, 6)))
    assert TiedConv2DTranspose(convolution)(values).shape == (3, 8, 6, 2)
    convolution = keras.layers.Conv2D(4, 3, 2, "valid")
    values = convolution(images((9, 7)))
    assert TiedConv2DTranspose(convolution)(values).shape == (3, 9, 7, 2)


@pytest.mark.parametrize("downsampling", [slow("stride"), slow("max_pool"), "switches"])
def test_tied_kernels_are_one_variable_after_loading(downsampling, tmp_path):
    networks = tfae.networks.convolutional(
        (7, 9, 2),
        [4, 6],
        tie_weights=True,
        downsampling=downsampling,
        upsampling={"max_pool": "nearest"}.get(downsampling),
        output_activation="linear",
    )
    model = tfae.Autoencoder(*networks)
    model.compile("adam", "mse", jit_compile=False)
    model.fit(images((7, 9)), verbose=0)
    model.save(tmp_path / "model.keras")
    for one in (model, tfae.load(tmp_path / "model.keras")):
        assert len(one.trainable_variables) == 2 * 3
        for number in (1, 2):
            tied = one.decoder.get_layer(f"decoder_{number}").tied_to
            assert tied is one.encoder.get_layer(f"encoder_{3 - number}")
    assert_same_weights(one, model)


def test_what_cannot_be_tied_is_refused():
    for layer in (
        keras.layers.Dense(3),
        keras.layers.Conv2D(3, 3, dilation_rate=2),
        keras.layers.Conv2D(4, 3, groups=2),
        keras.layers.Conv2D(3, 3, data_format="channels_first"),
    ):
        with pytest.raises(ValueError, match="`tied_to` must be"):
            TiedConv2DTranspose(layer)
    convolution = keras.layers.Conv2D(4, 3, 2, "same")
    with pytest.raises(ValueError, match="must be built and hold a kernel of rank 4"):
        TiedConv2DTranspose(convolution)(images((4, 4), channels=4))
    maps = convolution(images((8, 6)))
    with pytest.raises(ValueError, match="needs inputs with 4 features"):
        TiedConv2DTranspose(convolution)(maps[..., :3])
    with pytest.raises(ValueError, match="Give the `output_size`"):
        TiedConv2DTranspose(convolution, output_size=(9, 6))(maps)
