"""The conditional variational autoencoder: what the condition does."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from c_runner import runner
from conftest import assert_one_line

import tfae
from tfae import evaluation, likelihoods, networks, saving
from tfae.evaluation import measures
from tfae.export import export


def new_model(num_classes=10, condition_dim=10, run_eagerly=True):
    keras.utils.set_random_seed(2)
    pair = networks.variational(64, [30], 2, "tanh", condition_dim=condition_dim)
    model = tfae.ConditionalVAE(*pair, num_classes=num_classes)
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=run_eagerly)
    return model


@pytest.fixture
def labels(digits):
    return digits.train.labels[:64]


def test_labels_are_told_one_by_one(vectors, labels):
    model = new_model()
    model.build([(None, 64), (None,)])
    vectors_of = new_model(None)
    vectors_of.build([(None, 64), (None, 10)])
    vectors_of.set_weights(model.get_weights())
    one_hot = np.eye(10, dtype="float32")[labels]
    np.testing.assert_allclose(
        model((vectors, labels)), vectors_of((vectors, one_hot)), atol=1e-6
    )
    outputs = model((vectors, labels))
    np.testing.assert_allclose(
        model.decode(model.encode((vectors, labels)), labels), outputs, atol=1e-6
    )
    assert (np.array(outputs) != np.array(model((vectors, 9 - labels)))).any()


@pytest.mark.slow
def test_it_makes_the_class_that_is_asked_for(digits):
    x, labels = digits.train.inputs, digits.train.labels
    model = new_model(run_eagerly=False)
    model.fit((np.tile(x, (10, 1)), np.tile(labels, 10)), batch_size=64, verbose=0)
    means = np.stack([x[labels == digit].mean(axis=0) for digit in range(10)])
    for digit in range(10):
        made = np.array(model.sample(20, digit, seed=1)).mean(axis=0)
        assert np.argmin(((made - means) ** 2).sum(axis=1)) == digit
    each = np.array(model.sample(10, np.arange(10), seed=1))
    np.testing.assert_allclose(
        each[3], np.array(model.sample(10, 3, seed=1))[3], atol=1e-6
    )


@pytest.mark.slow
def test_it_takes_validation_data_and_weights(vectors, labels):
    model = new_model()
    pair = (vectors, labels)
    history = model.fit(pair, validation_data=(pair, vectors), verbose=0).history
    assert history["val_loss"][0] < history["loss"][0]
    options = {"batch_size": 64, "verbose": 0, "return_dict": True}
    weights = np.arange(64) % 2  # every other example counts
    half = model.evaluate(pair, sample_weight=weights, **options)
    alone = model.evaluate((vectors[1::2], labels[1::2]), **options)
    assert half["kl"] == pytest.approx(alone["kl"] / 2, rel=1e-5)
    found = np.array(model.log_weights(pair, samples=4, seed=1))
    assert found.shape == (4, 64)
    estimates = evaluation.log_likelihoods(model, pair, 20)
    assert estimates.shape == (64,) and estimates.mean() > found.mean()


@pytest.mark.slow
def test_streams_give_pairs_of_pairs(vectors, labels):
    model = new_model(run_eagerly=False)
    stream = tf.data.Dataset.from_tensor_slices(((vectors, labels),)).batch(16)
    model.fit(stream, shuffle=False, verbose=0)
    wrong = tf.data.Dataset.from_tensor_slices(((vectors, labels + 50),)).batch(16)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Labels must be whole"):
        model.fit(wrong, shuffle=False, verbose=0)
    for call in (model.predict, model.evaluate):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Labels must be"):
            call(wrong, verbose=0)
    bare = tf.data.Dataset.from_tensor_slices((vectors, labels)).batch(16)
    with pytest.raises(ValueError, match=r"must give inputs and conditions"):
        model.fit(bare, shuffle=False, verbose=0)


def test_networks_may_be_subclassed(vectors, labels):
    class Encoder(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.heads = [keras.layers.Dense(2), keras.layers.Dense(2)]

        def call(self, inputs):
            both = keras.ops.concatenate(inputs, axis=-1)
            return [head(both) for head in self.heads]

    class Decoder(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(64)

        def call(self, inputs):
            return self.dense(keras.ops.concatenate(inputs, axis=-1))

    likelihood = likelihoods.Bernoulli(from_logits=True)
    model = tfae.ConditionalVAE(
        Encoder(), Decoder(), num_classes=10, likelihood=likelihood
    )
    model.compile("adam", run_eagerly=True)
    model.fit((vectors, labels), verbose=0)
    assert model.sample(3, 7).shape == (3, 64)


@pytest.mark.slow
def test_it_saves_and_serves(vectors, labels, tmp_path):
    model = new_model()
    model.fit((vectors, labels), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.sample(4, 2, 1), model.sample(4, 2, 1))
    path = export(model, tmp_path / "served", examples=vectors)
    noise = np.array(model.sample_codes(4, 1))
    arrays = {"noise": noise, "conditions": np.full(4, 2, "float32")}
    served = runner().run(path, "sample", arrays)["samples"]
    np.testing.assert_allclose(served, model.sample(4, 2, 1), atol=1e-6)


def test_labels_outside_the_classes_are_refused(vectors, labels):
    for wrong in (labels + 5, labels - 1, labels / 2):
        with pytest.raises(ValueError, match="whole numbers from 0 to 9"):
            new_model().fit((vectors, wrong), verbose=0)
    model = new_model()
    model.build([(None, 64), (None,)])
    with pytest.raises(ValueError, match="whole numbers from 0 to 9"):
        model.sample(3, 12)
    codes = np.zeros((64, 2), "float32")
    for wrong in (labels + 5, labels / 2):
        for call in (
            model,
            model.encode,
            model.predict,
            model.evaluate,
            model.predict_on_batch,
            model.train_on_batch,
            model.test_on_batch,
            model.log_weights,
            lambda pair: model.decode(codes, pair[1]),
        ):
            with pytest.raises(ValueError, match="whole numbers from 0 to 9") as error:
                call((vectors, wrong))
            # Keras itself adds lines to the errors of `call`.
            assert call is model or "\n" not in str(error.value)
    with pytest.raises(ValueError, match="Give pairs"):
        model.fit(vectors, labels)
    with pytest.raises(ValueError, match=r"labels of shape \(batch,\)"):
        model.fit((vectors, np.eye(10)[labels]))
    with pytest.raises(ValueError, match="`num_classes` must be"):
        new_model(1)


def test_inputs_without_their_labels_are_refused(digits, labels, call_cli, tmp_path):
    model = new_model()
    x = digits.train.inputs[:64]
    model((x, labels))
    message = r"lack their conditions.*\(\d+, 64\) alone"
    weigh = functools.partial(evaluation.log_likelihoods, model)
    for call in (model, model.encode, model.log_weights, model.reconstruct, weigh):
        with pytest.raises(ValueError, match=message):
            call(x)
    model.build_optimizers()
    saving.save(model, tmp_path / "model.keras")
    given = ("model.keras", "--data", "digits")
    assert_one_line(call_cli("evaluate", *given, "--probe"), "lack their conditions")
    assert_one_line(call_cli("plot", given[0], *given), "lack their conditions")


def test_it_is_measured_without_pca_beside_it(digits):
    model = new_model()
    model.build([(None, 64), (None,)])
    assert not any("pca" in name for name in measures.measure(model, digits))


def test_a_number_of_classes_of_numpy_is_saved_as_a_plain_one():
    assert type(new_model(np.int64(10)).get_config()["num_classes"]) is int


def test_labels_may_stand_in_a_column(digits, labels):
    model, x = new_model(), digits.train.inputs[:64]
    column = np.asarray(labels)[:, None]
    model.fit((x, column), verbose=0)
    expected = model.predict((x, labels), verbose=0)
    assert model.example_shape == (64,)
    stream = tf.data.Dataset.from_tensor_slices(((x, column),)).batch(16)
    for given in ((x, column), stream):
        np.testing.assert_allclose(model.predict(given, verbose=0), expected, atol=1e-6)
    np.testing.assert_allclose(model((x, column)), expected, atol=1e-6)
    codes = model.encode((x, column))
    np.testing.assert_allclose(model.decode(codes, column), expected, atol=1e-6)
    model.fit(stream, shuffle=False, verbose=0)
    drawn = [model.sample(64, one, seed=1) for one in (column, labels)]
    np.testing.assert_array_equal(*drawn)


def test_labels_in_the_place_of_targets_say_where_they_belong(digits, labels):
    x = digits.train.inputs[:64]
    with pytest.raises(ValueError, match=r"fit\(\(x, labels\)\)"):
        new_model().fit(x, labels, verbose=0)
    stream = tf.data.Dataset.from_tensor_slices((x, labels)).batch(16)
    with pytest.raises(ValueError, match=r"lambda x, c: \(\(x, c\),\)"):
        new_model().fit(stream, shuffle=False, verbose=0)
