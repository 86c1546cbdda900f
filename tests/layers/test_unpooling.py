"""Pooling with switches, and what undoes a pooling."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae
from tfae.layers import MaxPoolingWithSwitches2D, MaxUnpooling2D, NearestUnpooling2D

SIZES = [(4, 6), (5, 7), (1, 9), (3, 3)]
WINDOWS = [2, 3, (1, 2)]


def images(size, channels=3, batch=4):
    generator = np.random.default_rng(0)
    return generator.normal(size=(batch, *size, channels)).astype("float32")


def pooled_by_loop(inputs, window):
    """Maxima, switches, and the maxima where they were, by a loop over windows."""
    high, wide = window if isinstance(window, tuple) else (window, window)
    batch, rows, columns, channels = inputs.shape
    shape = (batch, -(-rows // high), -(-columns // wide), channels)
    maxima, switches = np.zeros(shape, "float32"), np.zeros(shape, int)
    unpooled = np.zeros_like(inputs)
    for n, i, j, c in np.ndindex(*shape):
        part = inputs[n, i * high : (i + 1) * high, j * wide : (j + 1) * wide, c]
        row, column = np.unravel_index(part.argmax(), part.shape)
        row, column = i * high + row, j * wide + column
        maxima[n, i, j, c] = inputs[n, row, column, c]
        switches[n, i, j, c] = (row * columns + column) * channels + c
        unpooled[n, row, column, c] = inputs[n, row, column, c]
    return maxima, switches, unpooled


@pytest.mark.parametrize("jit_compile", [False, slow(True)])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", SIZES)
def test_pooling_and_unpooling_are_a_loop_over_windows(size, window, jit_compile):
    pool, unpool = MaxPoolingWithSwitches2D(window), MaxUnpooling2D(window, size)

    @tf.function(jit_compile=jit_compile)
    def step(inputs):
        maxima, switches = pool(inputs)
        return maxima, switches, unpool([maxima, switches])

    inputs = images(size)
    found = step(inputs)
    for ours, expected in zip(found, pooled_by_loop(inputs, window), strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert found[0].shape == pool.compute_output_shape(inputs.shape)[0]
    shapes = [one.shape for one in found[:2]]
    assert unpool.compute_output_shape(shapes) == inputs.shape


def test_of_equal_values_the_first_wins_and_has_the_gradient():
    inputs = tf.constant([[[[1.0], [2.0]], [[2.0], [2.0]]]])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        maxima, switches = MaxPoolingWithSwitches2D(2)(inputs)
    assert int(switches[0, 0, 0, 0]) == 1
    gradient = tape.gradient(maxima, inputs)[0, :, :, 0]
    np.testing.assert_array_equal(gradient, [[0, 1], [0, 0]])


@pytest.mark.parametrize("size", SIZES)
def test_unpooling_is_the_transposed_jacobian_of_pooling(size):
    inputs = tf.constant(images(size))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        maxima, switches = MaxPoolingWithSwitches2D(2)(inputs)
    values = tf.constant(images(maxima.shape[1:3]))
    expected = tape.gradient(maxima, inputs, values)
    found = MaxUnpooling2D(2, size)([values, switches])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", SIZES)
def test_nearest_unpooling_is_the_gradient_of_sum_pooling(size, window):
    high, wide = window if isinstance(window, tuple) else (window, window)
    inputs = tf.constant(images(size))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        padded = tf.pad(
            inputs, ((0, 0), (0, -size[0] % high), (0, -size[1] % wide), (0, 0))
        )
        sums = high * wide * keras.layers.AveragePooling2D((high, wide))(padded)
    values = tf.constant(images(sums.shape[1:3]))
    expected = tape.gradient(sums, inputs, values)
    found = NearestUnpooling2D(window, size)(values)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_images_of_unknown_size_are_pooled_and_unpooled():
    pool, unpool = MaxPoolingWithSwitches2D(2), MaxUnpooling2D(2)
    nearest = NearestUnpooling2D(2)
    inputs = keras.Input((None, None, 3))
    maxima, switches = pool(inputs)
    model = keras.Model(inputs, [unpool([maxima, switches]), nearest(maxima)])
    assert model.output_shape == [(None, None, None, 3)] * 2
    for size in ((4, 6), (8, 2)):
        unpooled, repeated = model.predict(images(size), verbose=0)
        maxima, _, expected = pooled_by_loop(images(size), 2)
        np.testing.assert_array_equal(unpooled, expected)
        np.testing.assert_array_equal(repeated, maxima.repeat(2, 1).repeat(2, 2))


def test_half_precision_keeps_switches_whole():
    inputs = images((40, 40), channels=8)  # 12,800 places, beyond what halves can count
    maxima, switches = MaxPoolingWithSwitches2D(2, dtype="mixed_float16")(inputs)
    assert (maxima.dtype, switches.dtype) == ("float16", "int32")
    unpooled = MaxUnpooling2D(2, dtype="mixed_float16")([maxima, switches])
    _, expected, _ = pooled_by_loop(inputs.astype("float16").astype("float32"), 2)
    np.testing.assert_array_equal(switches, expected)
    assert int((unpooled.numpy() != 0).sum()) == maxima.numpy().size


def test_layers_are_made_again_of_their_configs():
    for layer in (
        MaxPoolingWithSwitches2D((2, 3)),
        MaxUnpooling2D(2, (5, 7)),
        NearestUnpooling2D(np.int64(3)),
    ):
        copy = tfae.layers.get(keras.saving.serialize_keras_object(layer))
        assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("size", [0, -1, 2.5, (2, 0), (1, 2, 3), "two", None])
def test_windows_are_positive_integers(size):
    for kind in (MaxPoolingWithSwitches2D, MaxUnpooling2D, NearestUnpooling2D):
        with pytest.raises(ValueError, match="`pool_size` must be a positive integer"):
            kind(size)


def test_switches_of_another_pooling_are_refused():
    maxima, switches = MaxPoolingWithSwitches2D(2)(images((4, 6)))
    with pytest.raises(ValueError, match="Each value needs its switch"):
        MaxUnpooling2D(2)([maxima, switches[:, :1]])
    _, others = MaxPoolingWithSwitches2D(2)(images((4, 5)))
    with pytest.raises(ValueError, match="Switches must point into their windows"):
        MaxUnpooling2D(2)([maxima, others])


def test_sizes_that_do_not_fit_are_refused():
    maxima, switches = MaxPoolingWithSwitches2D(2)(images((5, 7)))
    with pytest.raises(ValueError, match="do not pool images of"):
        MaxUnpooling2D(2, (7, 7))([maxima, switches])
    with pytest.raises(ValueError, match="do not pool images of"):
        NearestUnpooling2D(2, (4, 7))(maxima)
    with pytest.raises(ValueError, match="Unpooling takes images"):
        NearestUnpooling2D(2)(np.ones((2, 3)))
    with pytest.raises(ValueError, match="expected ndim=4"):
        MaxPoolingWithSwitches2D(2)(np.ones((2, 3)))
