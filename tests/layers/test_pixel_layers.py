"""Masked convolutions and recurrent layers over images, beside loops over pixels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfae import layers


def images(channels=3, size=(5, 6)):
    generator = np.random.default_rng(0)
    return generator.normal(size=(2, *size, channels)).astype("float32")


def logistic(values):
    return 1 / (1 + np.exp(-values))


def built(layer, inputs):
    """The layer, with weights of which none is zero."""
    layer(inputs)
    generator = np.random.default_rng(1)
    layer.set_weights([generator.normal(size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("mask", ["A", "B"])
@pytest.mark.parametrize("stack", ["both", "vertical", "horizontal"])
@pytest.mark.parametrize("dilation", [1, 2])
def test_a_masked_convolution_is_one_whose_kernel_is_masked(mask, stack, dilation):
    inputs = images()
    layer = layers.MaskedConv2D(4, 5, mask, stack, dilation)
    outputs = np.array(built(layer, inputs)(inputs))
    kernel = np.zeros((5, 5, 3, 4), "float32")
    own = mask == "B"
    if layer.above is not None:
        kernel[: 2 + (own and stack == "vertical")] = layer.above
    if layer.left is not None:
        kernel[2, : 2 + own] = layer.left[0]
    expected = tf.nn.convolution(inputs, kernel, padding="SAME", dilations=dilation)
    np.testing.assert_allclose(outputs, expected + layer.bias, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("mask", ["A", "B"])
@pytest.mark.parametrize("stack", ["both", "vertical", "horizontal"])
def test_a_masked_convolution_can_go_pixel_by_pixel(mask, stack):
    inputs = images()
    layer = built(layers.MaskedConv2D(4, 5, mask, stack, 2), inputs)
    own = mask == "B"
    of_row = own and stack == "vertical"
    padded = np.pad(inputs, ((0, 0), (1, 0), (1, 0), (0, 0)))
    memory, outputs = layer.begin(2, 6, 3), []
    for row in range(5):
        memory = layer.enter_row(memory, padded[:, row + of_row, 1:])
        for column in range(6):
            pixel = padded[:, row + 1, column + own]
            output, memory = layer.step(memory, pixel)
            outputs.append(output)
    outputs = np.stack(outputs, axis=1).reshape(2, 5, 6, 4)
    np.testing.assert_allclose(outputs, layer(inputs), atol=1e-5)


def lstm(gates, cells):
    keep, forget, take, new = np.split(gates, 4, axis=-1)
    cells = logistic(forget) * cells + logistic(take) * np.tanh(new)
    return logistic(keep) * np.tanh(cells), cells


def test_a_row_lstm_is_a_loop_over_rows():
    inputs = images()
    layer = built(layers.RowLSTM(4), inputs)
    gates = np.array(layer.inputs_to_state(inputs))
    kernel = np.array(layer.recurrent_kernel).reshape(3, 4, 16)
    expected = np.zeros((2, 5, 6, 4))
    cells = np.zeros((2, 5, 6, 4))
    for row in range(5):
        for column in range(6):
            given = gates[:, row, column]
            for tap, place in enumerate(range(column - 1, column + 2)):
                if row and 0 <= place < 6:
                    given = given + expected[:, row - 1, place] @ kernel[tap]
            before = cells[:, row - 1, column] if row else 0
            expected[:, row, column], cells[:, row, column] = lstm(given, before)
    np.testing.assert_allclose(layer(inputs), expected, atol=1e-5)


def test_a_diagonal_lstm_is_a_loop_over_pixels():
    inputs = images()
    layer = built(layers.DiagonalBiLSTM(4), inputs)
    expected = np.zeros((2, 5, 6, 4))
    for side, order in (("left", range(6)), ("right", range(5, -1, -1))):
        gates = np.array(getattr(layer, f"inputs_to_{side}")(inputs))
        kernel = np.array(getattr(layer, f"{side}_kernel"))
        states, cells = np.zeros((2, 6, 8, 4)), np.zeros((2, 6, 8, 4))
        for row in range(5):
            for column in order:
                beside = column + (0 if side == "left" else 2)
                before = [states[:, row, column + 1], states[:, row + 1, beside]]
                given = gates[:, row, column] + np.concatenate(before, -1) @ kernel
                found = lstm(given, cells[:, row + 1, beside])
                states[:, row + 1, column + 1], cells[:, row + 1, column + 1] = found
        shown = states[:, 1:] if side == "left" else states[:, :-1]
        expected += shown[:, :, 1:-1]
    np.testing.assert_allclose(layer(inputs), expected, atol=1e-5)


def test_a_gated_block_follows_its_equation():
    vertical, horizontal = images(4), images(4) + 1
    block = layers.GatedPixelBlock(4, dilation_rate=2)
    block([vertical, horizontal])
    down, right = np.array(block.down(vertical)), np.array(block.right(horizontal))

    def gate(maps):
        return np.tanh(maps[..., :4]) * logistic(maps[..., 4:])

    expected = horizontal + gate(right + down @ np.array(block.link.kernel)) @ np.array(
        block.residual.kernel
    )
    found = block([vertical, horizontal])
    np.testing.assert_allclose(found[0], gate(down), atol=1e-5)
    np.testing.assert_allclose(found[1], expected, atol=1e-5)


@pytest.mark.parametrize(
    "layer",
    [
        layers.MaskedConv2D(4, 3, "A", "vertical", 2),
        layers.RowLSTM(4, kernel_size=5),
        layers.DiagonalBiLSTM(4),
        layers.GatedPixelBlock(3, 5, 2),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_they_are_serializable(layer):
    given = images()
    inputs = [given, given] if isinstance(layer, layers.GatedPixelBlock) else given
    expected = layer(inputs)
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    copy(inputs)
    copy.set_weights(layer.get_weights())
    assert len(layer.trainable_weights) == len(copy.trainable_weights)
    for one, other in zip(
        keras.tree.flatten(copy(inputs)), keras.tree.flatten(expected), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 4}, "must be odd"),
        ({"kernel_size": 1, "mask": "A"}, "3 or more under mask A"),
        ({"kernel_size": 3, "mask": "C"}, "`mask` must be A or B"),
        ({"kernel_size": 3, "stack": "diagonal"}, "`stack` must be"),
        ({"kernel_size": 3, "dilation_rate": 0}, "`dilation_rate` must be a positive"),
    ],
)
def test_other_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.MaskedConv2D(4, **arguments)
