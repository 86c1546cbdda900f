"""Codebooks that learn by moving averages, and finite scalar quantization."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae
from tfae import layers, networks


def vectors(count=200, features=3, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, features)).astype("float32")


def test_moving_averages_are_those_of_the_formula():
    layer = layers.VectorQuantizer(4, moving_average=0.75)
    layer.build((None, 3))
    codebook = vectors(4, seed=1)
    layer.codebook.assign(codebook)
    layer.sums.assign(codebook)
    numbers, sums = np.ones(4), codebook.copy()
    for seed in (2, 3):
        given = vectors(seed=seed)
        means = sums / numbers[:, None]
        chosen = ((given[:, None] - means) ** 2).sum(-1).argmin(1)
        np.testing.assert_array_equal(layer.indices(given), chosen)
        layer.learn(given, layer.indices(given))
        one_hot = np.eye(4)[chosen]
        numbers = 0.75 * numbers + 0.25 * one_hot.sum(0)
        sums = 0.75 * sums + 0.25 * one_hot.T @ given
        np.testing.assert_allclose(layer.codebook, sums / numbers[:, None], rtol=1e-4)
    assert not layer.trainable_variables
    assert layer.term_names == ("commitment",)


def test_averages_begin_at_the_codebook_however_the_model_is_built(digits):
    model = tfae.VQVAE(
        *networks.quantized(64, [8], positions=4, code_dim=2),
        quantizer=layers.VectorQuantizer(32, moving_average=0.9),
    )
    model.compile(keras.optimizers.SGD(0.0), "mse")
    model.fit(digits.train.inputs[:8], verbose=0)
    chosen = np.unique(model.encode_indices(digits.train.inputs[:8]))
    others = np.delete(np.array(model.quantizer.codebook), chosen, axis=0)
    assert len(others)
    assert np.abs(others).max() <= 1 / 32 + 1e-6


def test_averages_heed_weights_and_a_frozen_layer_learns_nothing():
    layer = layers.VectorQuantizer(4, moving_average=0.75)
    layer.build((None, 5, 3))
    given = vectors(20).reshape(4, 5, 3)
    weights = np.array([1, 0, 0, 2], "float32")
    twin = layers.VectorQuantizer(4, moving_average=0.75)
    twin.build((None, 5, 3))
    twin.set_weights(layer.get_weights())
    layer.learn(given, layer.indices(given), sample_weight=weights)
    repeated = given[[0, 3, 3]]
    twin.learn(repeated, twin.indices(repeated))
    np.testing.assert_allclose(layer.codebook, twin.codebook, rtol=1e-5)
    layer.trainable = False
    before = np.array(layer.codebook)
    layer.learn(given, layer.indices(given))
    np.testing.assert_array_equal(layer.codebook, before)


def test_k_means_needs_data_that_can_be_looked_at(digits):
    def model(quantizer):
        pair = networks.quantized(64, [8], positions=4, code_dim=2)
        model = tfae.VQVAE(*pair, quantizer=quantizer)
        model.compile("adam", "mse", run_eagerly=True)
        return model

    inputs = digits.train.inputs[:64]
    begins = model(layers.VectorQuantizer(4, start="kmeans"))
    with pytest.raises(ValueError, match="Received: a generator"):
        begins.fit(inputs[i : i + 8] for i in range(3))
    with pytest.raises(ValueError, match="Call `fit` first"):
        begins.train_on_batch(inputs)
    with pytest.raises(ValueError, match="must be a layer such as VectorQuantizer"):
        model(keras.layers.Dense(3))


def test_a_vector_that_is_never_chosen_stays_where_it_is():
    layer = layers.VectorQuantizer(2, moving_average=0.5)
    layer.build((None, 3))
    layer.codebook.assign([[0, 0, 0], [99, 99, 99]])
    layer.sums.assign(layer.codebook)
    for _ in range(200):  # its number becomes too small for float32
        layer.learn(vectors(), layer.indices(vectors()))
    np.testing.assert_allclose(layer.codebook[1], 99, rtol=1e-3)


def test_vectors_that_are_not_used_are_replaced_by_some_of_the_batch():
    layer = layers.VectorQuantizer(3, moving_average=0.5, replace_below=0.9)
    layer.build((None, 3))
    layer.codebook.assign([[0, 0, 0], [99, 99, 99], [-99, 99, 99]])
    layer.sums.assign(layer.codebook)
    given = vectors()
    layer.learn(given, layer.indices(given), tf.constant([0.0, 0.5, 0.999]))
    np.testing.assert_allclose(layer.codebook[1:], given[[100, 199]], rtol=1e-5)
    np.testing.assert_allclose(layer.numbers[1:], 0.9)


def test_finite_scalars_are_those_of_the_formula():
    levels = [8, 5, 2]
    layer = layers.FiniteScalarQuantizer(levels)
    given = 3 * vectors()
    codes = np.array(layer(given))
    for column, count in zip(codes.T, levels, strict=True):
        half = count // 2
        steps = np.arange(count) - half
        np.testing.assert_allclose(np.unique(column), steps / half, atol=1e-6)
    # In one dimension: the paper's bound, rounded.
    reach = (8 - 1) * (1 + 1e-3) / 2
    bounded = np.tanh(given[:, 0] + np.arctanh(0.5 / reach)) * reach - 0.5
    np.testing.assert_allclose(codes[:, 0], np.round(bounded) / 4, atol=1e-6)


def test_finite_scalars_have_positions_and_are_found_by_them():
    layer = layers.FiniteScalarQuantizer([3, 4, 5])
    everything = np.arange(60)
    codes = np.array(layer.look_up(everything))
    assert len(np.unique(codes, axis=0)) == layer.num_codes == 60
    given = 3 * vectors()
    np.testing.assert_allclose(layer.look_up(layer.indices(given)), layer(given))


def test_the_gradient_passes_the_rounding_by():
    layer = layers.FiniteScalarQuantizer([5, 5, 5])
    given = tf.constant(vectors())
    with tf.GradientTape() as tape:
        tape.watch(given)
        outputs = layer(given)
    reach = 2 * (1 + 1e-3)
    expected = reach * (1 - np.tanh(given) ** 2) / 2
    np.testing.assert_allclose(tape.gradient(outputs, given), expected, rtol=1e-4)


QUANTIZERS = [
    layers.VectorQuantizer(8, moving_average=0.9),
    layers.VectorQuantizer(8, moving_average=0.9, replace_below=1.0),
    layers.VectorQuantizer(8, start="kmeans"),
    layers.FiniteScalarQuantizer([3, 3]),
]


@pytest.mark.parametrize(
    ("quantizer", "jit_compile"),
    [
        slow(QUANTIZERS[0], False, id="averages"),
        slow(QUANTIZERS[1], True, id="replaced"),
        slow(QUANTIZERS[2], False, id="kmeans"),
        pytest.param(QUANTIZERS[3], False, id="scalars"),
    ],
)
def test_models_of_all_quantizers_learn_and_save(
    quantizer, jit_compile, digits, tmp_path
):
    keras.utils.set_random_seed(0)
    pair = networks.quantized(64, [32], positions=4, code_dim=2)
    copy = keras.saving.serialize_keras_object(quantizer)
    model = tfae.VQVAE(*pair, quantizer=copy)
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=jit_compile)
    inputs = digits.train.inputs[:512]
    history = model.fit(inputs, epochs=15, verbose=0).history
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert history["usage"][-1] > 0.5
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    expected = model.evaluate(inputs, verbose=0, return_dict=True)
    assert loaded.evaluate(inputs, verbose=0, return_dict=True) == expected
    terms = {"reconstruction", *quantizer.term_names}
    assert sum(expected[name] for name in terms) == pytest.approx(expected["loss"])


def test_k_means_begins_once_and_from_the_data(digits):
    pair = networks.quantized(64, [32], positions=4, code_dim=2)
    quantizer = layers.VectorQuantizer(8, start="kmeans")
    model = tfae.VQVAE(*pair, quantizer=quantizer)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    inputs = digits.train.inputs[:100]
    model.fit(inputs, epochs=1, verbose=0)
    given = np.array(model.encoder(inputs)).reshape(-1, 2)
    gaps = np.square(given[:, None] - np.array(quantizer.codebook)).sum(-1).min(1)
    assert gaps.mean() < 0.2 * given.var(axis=0).sum()
    begun = np.array(quantizer.codebook)
    model.fit(inputs[:50], epochs=1, verbose=0)
    np.testing.assert_array_equal(quantizer.codebook, begun)


def test_what_cannot_be_is_refused(digits):
    for arguments, message in (
        ({"moving_average": 1.0}, r"`moving_average` must be in \[0, 1\)"),
        ({"start": "zeros"}, "`start` must be uniform or kmeans"),
        ({"replace_below": 1.0}, "`replace_below` is a bound of the numbers"),
        ({"replace_below": -1, "moving_average": 0.9}, "`replace_below` must be"),
    ):
        with pytest.raises(ValueError, match=message):
            layers.VectorQuantizer(8, **arguments)
    for levels in ([], [1, 5], [5, 2.5], 5):
        with pytest.raises(ValueError, match="`levels` must be"):
            layers.FiniteScalarQuantizer(levels)
    with pytest.raises(ValueError, match="must be one for each feature"):
        layers.FiniteScalarQuantizer([3, 3])(np.ones((2, 3)))
    pair = networks.quantized(64, [32], positions=1, code_dim=2)
    with pytest.raises(ValueError, match="A quantizer sets its own number of codes"):
        tfae.VQVAE(*pair, num_codes=8, quantizer=layers.VectorQuantizer(8))
    model = tfae.VQVAE(*pair, quantizer=layers.VectorQuantizer(99, start="kmeans"))
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="k-means needs 99 vectors at least"):
        model.fit(digits.train.inputs[:20], verbose=0)
