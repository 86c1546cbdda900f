"""The vector-quantized autoencoder: its codebook and its gradients."""

import keras
import numpy as np
import processes
import pytest
import tensorflow as tf
from conftest import assert_near

import tfae
from tfae import networks
from tfae.layers import VectorQuantizer


def new_model(num_codes=8, **arguments):
    keras.utils.set_random_seed(2)
    pair = networks.quantized(64, [20], positions=4, code_dim=3)
    model = tfae.VQVAE(*pair, num_codes=num_codes, **arguments)
    model.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
    model.build((None, 64))
    codebook = np.random.default_rng(0).normal(size=(num_codes, 3))
    model.quantizer.codebook.assign(codebook)
    return model


def test_each_vector_becomes_the_nearest_of_the_codebook(vectors):
    model = new_model()
    codebook = np.array(model.quantizer.codebook)
    given = np.array(model.encoder(vectors))
    distances = ((given[..., None, :] - codebook) ** 2).sum(axis=-1)
    nearest = distances.argmin(axis=-1)
    np.testing.assert_array_equal(model.encode_indices(vectors), nearest)
    np.testing.assert_allclose(model.encode(vectors), codebook[nearest], atol=1e-6)
    np.testing.assert_allclose(model.decode_indices(nearest), model(vectors), atol=1e-6)


def test_terms_and_use_are_those_of_the_formula(vectors):
    model = new_model(commitment=0.5)
    given, codes = np.array(model.encoder(vectors)), np.array(model.encode(vectors))
    logs = model.evaluate(vectors, batch_size=16, verbose=0, return_dict=True)
    distance = np.mean((given - codes) ** 2)
    assert logs["codebook"] == pytest.approx(distance, rel=1e-5)
    assert logs["commitment"] == pytest.approx(distance / 2, rel=1e-5)
    shares = np.bincount(np.ravel(model.encode_indices(vectors)), minlength=8) / 256
    assert logs["usage"] == np.mean(shares > 0)
    used = shares[shares > 0]
    entropy = -np.sum(used * np.log(used))
    assert logs["perplexity"] == pytest.approx(np.exp(entropy), rel=1e-5)


def test_the_gradient_passes_the_codebook(vectors):
    layer = VectorQuantizer(8)
    inputs = tf.constant(np.random.default_rng(1).normal(size=(5, 3)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = tf.reduce_sum(layer(inputs) ** 2)
    np.testing.assert_allclose(tape.gradient(outputs, inputs), 2 * layer(inputs))


def test_each_term_moves_its_own_side(vectors):
    model = new_model()
    with tf.GradientTape(persistent=True) as tape:
        _, terms = model.loss_terms(vectors, vectors, True)
    encoder = model.encoder.trainable_variables[0]
    codebook = model.quantizer.codebook.value
    assert tape.gradient(terms["codebook"], encoder.value) is None
    assert tape.gradient(terms["commitment"], codebook) is None
    assert tape.gradient(terms["reconstruction"], codebook) is None
    given, nearest = np.array(model.encoder(vectors)), np.array(model.encode(vectors))
    indices = np.array(model.encode_indices(vectors))
    expected = np.zeros((8, 3))
    np.add.at(expected, indices, 2 * (nearest - given) / given.size)
    found = tf.convert_to_tensor(tape.gradient(terms["codebook"], codebook))
    assert_near(found, expected)


def test_half_precision_chooses_as_single_does(vectors):
    single = VectorQuantizer(64)
    values = np.random.default_rng(0).normal(0, 40, (200, 64)).astype("float32")
    single.build(values.shape)
    single.codebook.assign(np.random.default_rng(1).normal(0, 40, (64, 64)))
    half = VectorQuantizer(64, dtype="mixed_float16")
    half.build(values.shape)
    half.codebook.assign(single.codebook)
    same = np.array(half.indices(values.astype("float16"))) == single.indices(values)
    assert np.mean(same) > 0.99


@pytest.mark.slow
def test_it_learns_and_saves(vectors, tmp_path):
    model = new_model(32)
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(np.tile(vectors, (300, 1)), batch_size=64, shuffle=False, verbose=0)
    error = model.evaluate(vectors, verbose=0, return_dict=True)
    assert error["reconstruction"] < 0.5 * vectors.var(axis=0).mean()
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.encode_indices(vectors), model.encode_indices(vectors)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_codes": 1}, "`num_codes` must be an integer >= 2"),
        ({"commitment": -1}, "`commitment` must be a finite number >= 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_model(**arguments)


def test_networks_have_widths():
    with pytest.raises(ValueError, match="`positions` must be a positive integer"):
        networks.quantized(64, [20], positions=0, code_dim=3)


def measure_on_two_replicas():
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    keras.utils.set_random_seed(0)
    with strategy.scope():
        pair = networks.quantized(64, [16], 4, 4, output_activation="linear")
        model = tfae.VQVAE(*pair, num_codes=16)
        model.compile(keras.optimizers.SGD(0.0), "mse")
    x = 5 * np.random.default_rng(0).normal(size=(32, 64)).astype("float32")
    logs = model.evaluate(x, batch_size=8, verbose=0, return_dict=True)
    counts = np.bincount(np.ravel(model.encode_indices(x)), minlength=16)
    shares = counts[counts > 0] / counts.sum()
    expected = {
        "usage": np.mean(counts > 0),
        "perplexity": np.exp(-np.sum(shares * np.log(shares))),
    }
    history = model.fit(x, batch_size=8, verbose=0).history
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-5, err_msg=name)
        np.testing.assert_allclose(history[name][-1], value, rtol=1e-5, err_msg=name)


@pytest.mark.slow
def test_the_use_of_a_codebook_is_that_of_all_replicas(tmp_path):
    # Logical devices must be set before TensorFlow is used: in another process.
    result = processes.call(measure_on_two_replicas, tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
