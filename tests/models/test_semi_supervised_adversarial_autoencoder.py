"""Codes that are a class and a style, and the labels that teach them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfae


@pytest.fixture
def known(digits):
    return np.where(np.arange(64) % 2, -1, digits.train.labels[:64])


def new_model(**arguments):
    keras.utils.set_random_seed(0)
    pair = tfae.networks.dense(64, [32, 14], code_activation="linear")
    model = tfae.SemiSupervisedAdversarialAutoencoder(
        *pair, discriminator=(16,), labelled_batch_size=20, **arguments
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


@pytest.mark.slow
def test_classes_are_learned_of_the_known_labels(digits):
    inputs, labels = digits.train.inputs[:500], digits.train.labels[:500]
    known = np.where(np.arange(500) % 5, -1, labels)
    model = new_model()
    model.fit(inputs, known, epochs=10, verbose=0)
    found = np.argmax(model.classify(inputs), axis=1)
    assert np.mean(found == labels) > 0.8
    codes = np.array(model.encode(inputs))
    np.testing.assert_allclose(codes[:, :10].sum(axis=1), 1, atol=1e-5)
    coded = model.coder()(inputs)
    np.testing.assert_allclose(coded, codes, atol=1e-6)
    logs = model.evaluate(inputs, known, verbose=0, return_dict=True)
    right = (found == labels)[known >= 0]
    assert logs["accuracy"] == pytest.approx(right.mean())


@pytest.mark.slow
def test_known_examples_of_arrays_and_streams_are_the_same(vectors, known):
    shuffled = tf.data.Dataset.from_tensor_slices((vectors[:64], known))
    shuffled = shuffled.shuffle(64, seed=1).batch(10)
    models = [new_model() for _ in range(2)]
    models[0].fit(vectors[:64], known, verbose=0)
    models[1].fit(shuffled, shuffle=False, verbose=0)
    for one, other in zip(*(model._labelled for model in models), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(models[0]._labelled[1]) == 32


@pytest.mark.slow
def test_the_encoder_gets_corrupted_inputs_in_training_alone(vectors, known, tmp_path):
    corruption = {"class_name": "GaussianNoise", "config": {"stddev": 0.5}}
    model = new_model(corruption=corruption)
    model.fit(vectors, known, verbose=0)
    batch = model.prepare((vectors, tf.constant(known)))
    np.testing.assert_array_equal(batch.targets, vectors)
    assert np.std(batch.inputs - vectors) == pytest.approx(0.5, abs=0.05)
    examples = batch.drawn["examples"][:, None] - vectors
    assert np.abs(examples).min(axis=1).max() > 0.001
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    assert loaded.corruption.stddev == 0.5
    np.testing.assert_allclose(
        loaded.encode(vectors), new_like(model).encode(vectors), atol=1e-6
    )


class Mixed(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.mixing = keras.layers.Dense(64)

    def call(self, inputs, training=False):
        return self.mixing(inputs)


@pytest.mark.parametrize(
    "make", [Mixed, lambda: {"class_name": "Dense", "config": {"units": 64}}]
)
def test_a_corruption_that_learns_is_refused(make):
    model = new_model(corruption=make())
    with pytest.raises(ValueError, match="cannot learn"):
        model.build((None, 64))


def new_like(model):
    """The same networks, with inputs as they are."""
    pair = model.encoder, model.decoder
    other = tfae.SemiSupervisedAdversarialAutoencoder(*pair, discriminator=(16,))
    other.build((None, 64))
    return other


def test_draws_are_a_class_and_a_style():
    model = new_model()
    model.build((None, 64))
    codes = np.array(model.sample_codes(500, seed=1))
    assert (np.sort(codes[:, :10], axis=1) == [0] * 9 + [1]).all()
    assert (np.bincount(codes[:, :10].argmax(axis=1)) > 25).all()
    assert abs(codes[:, 10:].std(axis=0) - 1).max() < 0.15
    told = model.codes_of(np.zeros((3, 5), "float32"), np.array([1, 0, 9]))
    np.testing.assert_array_equal(np.argmax(told[:, :10], axis=1), [1, 0, 9])


@pytest.mark.slow
def test_nothing_is_learned_of_the_labels_of_the_validation_part(digits):
    model = new_model()
    inputs, labels = digits.train.inputs[:200], digits.train.labels[:200]
    known = np.where(np.arange(200) % 2, -1, labels)
    model.fit(inputs, known, validation_split=0.5, verbose=0)
    kept = {one.tobytes() for one in inputs[:100:2]}
    assert {one.tobytes() for one in np.array(model._labelled[0])} == kept


def pairs(inputs, labels):
    return tf.data.Dataset.from_tensor_slices((inputs, labels)).batch(16)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (lambda x, y: (x, np.eye(10)[y]), r"Received: labels of shape \(64, 10\)"),
        (lambda x, y: (pairs(x, np.eye(10)[y]),), "Received: labels of shape"),
        (lambda x, y: (pairs(x, y).repeat(),), "Pass these examples to `remember`"),
        (lambda x, y: (pairs(x, 0 * y - 1),), "Received: labels of 0"),
        (lambda x, y: (pairs(x, y % 4),), "Received: labels of 4"),
        (lambda x, y: ("x", y), "takes arrays or a tf.data.Dataset"),
    ],
)
def test_labels_that_it_cannot_learn_of_are_refused(vectors, known, changed, message):
    with pytest.raises(ValueError, match=message):
        new_model().fit(*changed(vectors[:64], known), verbose=0)


def test_a_batch_is_refused_before_there_are_labels(vectors):
    with pytest.raises(ValueError, match="no examples with labels yet"):
        new_model().train_on_batch(vectors[:16])


def test_labels_of_an_evaluation_are_checked(vectors, known):
    model = new_model()
    with pytest.raises(ValueError, match="whole numbers from 0 to 9"):
        model.evaluate(vectors[:64], known + 5, verbose=0)
    unknown = model.evaluate(vectors[:64], verbose=0, return_dict=True)
    assert unknown["classification"] == 0
