"""Winners: who they are, of a batch and of an example."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfae import layers

SHAPES = ((12, 9), (12, 2, 3, 9))


def few_values(shape):
    """Whole numbers of which many are equal."""
    return np.random.default_rng(0).integers(-2, 3, shape).astype("float32")


def first_largest(values, k):
    """Which `k` of the last axis win, by sorting."""
    order = np.argsort(-values, axis=-1, kind="stable")[..., :k]
    winners = np.zeros(values.shape, bool)
    np.put_along_axis(winners, order, True, axis=-1)
    return winners


def winners_of_each_unit(maps, k):
    excitement = maps.max(axis=tuple(range(1, maps.ndim - 1)), keepdims=True)
    winners = first_largest(np.moveaxis(excitement, 0, -1), k)
    return np.broadcast_to(np.moveaxis(winners, -1, 0), maps.shape)


def ways_to_call(layer, shape):
    """The layer in training: eagerly, in a graph of any batch, and by XLA."""

    def call(inputs):
        return layer(inputs, training=True)

    return (
        call,
        tf.function(call, input_signature=[tf.TensorSpec((None, *shape[1:]))]),
        tf.function(call, jit_compile=True),
    )


def test_each_unit_keeps_its_best_examples():
    codes = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
    outputs = np.array(layers.LifetimeSparsity(0.1)(codes, training=True))
    for unit in range(6):
        best = np.argsort(codes[:, unit])[-4:]
        assert set(np.flatnonzero(outputs[:, unit])) == set(best)
        np.testing.assert_array_equal(outputs[best, unit], codes[best, unit])
    np.testing.assert_array_equal(layers.LifetimeSparsity(0.1)(codes), codes)


def test_a_feature_map_wins_as_a_whole():
    maps = np.random.default_rng(0).uniform(0.1, 1, (10, 3, 3, 2)).astype("float32")
    outputs = np.array(layers.LifetimeSparsity(0.2)(maps, training=True))
    for channel in range(2):
        best = np.argsort(maps[..., channel].max(axis=(1, 2)))[-2:]
        alive = outputs[..., channel].any(axis=(1, 2))
        assert set(np.flatnonzero(alive)) == set(best)
        np.testing.assert_array_equal(
            outputs[best, ..., channel], maps[best, ..., channel]
        )


@pytest.mark.parametrize("offset", [0, -5])
def test_of_each_map_the_highest_value_wins_and_of_these_the_best(offset):
    maps = few_values((12, 3, 4, 5)) + offset
    kept = np.zeros_like(maps)
    best = []  # value of the winner of each map, and its place
    for example in range(12):
        for channel in range(5):
            flat = maps[example, ..., channel].ravel()
            best.append((flat.max(), flat.argmax()))
    values = np.array([value for value, _ in best]).reshape(12, 5)
    for example in range(12):
        for channel in range(5):
            place = np.unravel_index(best[5 * example + channel][1], (3, 4))
            kept[(example, *place, channel)] = values[example, channel]
    layer = layers.LifetimeSparsity(0.25, spatial=True)
    np.testing.assert_array_equal(layer(maps), kept)
    for channel in range(5):
        losers = np.argsort(-values[:, channel], kind="stable")[3:]
        kept[losers, ..., channel] = 0
    for call in ways_to_call(layer, maps.shape):
        np.testing.assert_array_equal(call(maps), kept)


def test_lifetime_sparsity_needs_examples_to_compare():
    with pytest.raises(ValueError, match="Received: a batch of 1"):
        layers.LifetimeSparsity(0.1)(np.ones((1, 3)), training=True)
    for rate in (0, 1.1, None, True):
        with pytest.raises(ValueError, match=r"`rate` must be in \(0, 1\]"):
            layers.LifetimeSparsity(rate)


def test_each_example_keeps_its_k_largest_activations():
    codes = np.random.default_rng(0).normal(size=(7, 9)).astype("float32")
    layer = layers.KSparse(3, inference_k=5)
    for k, training in ((3, True), (5, False)):
        outputs = np.array(layer(codes, training=training))
        for row, values in zip(outputs, codes, strict=True):
            best = np.argsort(values)[-k:]
            assert set(np.flatnonzero(row)) == set(best)
            np.testing.assert_array_equal(row[best], values[best])


@pytest.mark.parametrize("shape", SHAPES)
def test_exactly_k_units_win_where_activations_are_equal(shape):
    codes = few_values(shape)
    for k in (1, 4, 9):
        expected = codes * first_largest(codes, k)
        for call in ways_to_call(layers.KSparse(k), shape):
            np.testing.assert_array_equal(call(codes), expected)
    equal = np.full((3, 3, 2), 3.0, "float32")
    np.testing.assert_array_equal(layers.KSparse(1)(equal)[..., 0], equal[..., 0])
    assert not np.array(layers.KSparse(1)(equal)[..., 1]).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_exactly_the_share_of_examples_wins_where_activations_are_equal(shape):
    maps = few_values(shape)
    for rate, k in ((0.25, 3), (0.01, 1), (1, 12)):
        expected = maps * winners_of_each_unit(maps, k)
        for call in ways_to_call(layers.LifetimeSparsity(rate), shape):
            np.testing.assert_array_equal(call(maps), expected)
    outputs = layers.LifetimeSparsity(0.25)(np.ones((8, 3)), training=True)
    np.testing.assert_array_equal(outputs, [[1] * 3] * 2 + [[0] * 3] * 6)


@pytest.mark.parametrize("layer", [layers.KSparse(3), layers.LifetimeSparsity(0.25)])
def test_the_gradient_goes_through_the_winners_alone(layer):
    codes = few_values((12, 9))
    winners = {
        "KSparse": first_largest(codes, 3),
        "LifetimeSparsity": winners_of_each_unit(codes, 3),
    }[type(layer).__name__]
    inputs = tf.constant(codes)
    for jit_compile in (False, True):

        def gradient(inputs):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                outputs = layer(inputs, training=True)
            return tape.gradient(outputs, inputs)

        compiled = tf.function(gradient, jit_compile=jit_compile)
        np.testing.assert_array_equal(compiled(inputs), winners)


def test_winners_are_the_same_in_a_saved_model(tmp_path):
    model = keras.Sequential([keras.Input((9,)), layers.KSparse(4)])
    model.export(tmp_path / "model", verbose=False)
    codes = few_values((7, 9))
    served = tf.saved_model.load(tmp_path / "model").serve(codes)
    np.testing.assert_array_equal(served, codes * first_largest(codes, 4))


def test_numpy_numbers_are_taken_and_saved():
    for layer in (
        layers.LifetimeSparsity(np.float32(0.25)),
        layers.KSparse(np.int64(3), np.int32(4)),
    ):
        config = keras.saving.serialize_keras_object(layer)
        assert {type(one) for one in layer.get_config().values()} <= {
            *(str, bool, int, float, dict)
        }
        assert layers.get(config).get_config() == layer.get_config()


def test_k_fits_the_units():
    with pytest.raises(
        ValueError, match="4 units cannot stay active where there are 3"
    ):
        layers.KSparse(4)(np.ones((2, 3)))
    for k in (0, 1.5, True):
        with pytest.raises(ValueError, match="`k` must be a positive integer"):
            layers.KSparse(k)
