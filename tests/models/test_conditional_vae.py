"""The conditional variational autoencoder: what the condition does."""

import keras
import numpy as np
import pytest
from c_runner import runner

import tfae
from tfae import networks
from tfae.export import export


def new_model(num_classes=10, condition_dim=10):
    keras.utils.set_random_seed(2)
    pair = networks.variational(64, [30], 2, "tanh", condition_dim=condition_dim)
    model = tfae.ConditionalVAE(*pair, num_classes=num_classes)
    model.compile(keras.optimizers.Adam(0.01))
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
    assert (np.array(outputs) != np.array(model((vectors, labels - 1)))).any()


def test_it_makes_the_class_that_is_asked_for(digits):
    x, labels = digits.train.inputs, digits.train.labels
    model = new_model()
    model.fit((np.tile(x, (10, 1)), np.tile(labels, 10)), batch_size=64, verbose=0)
    means = np.stack([x[labels == digit].mean(axis=0) for digit in range(10)])
    for digit in range(10):
        made = np.array(model.sample(20, digit, seed=1)).mean(axis=0)
        assert np.argmin(((made - means) ** 2).sum(axis=1)) == digit
    each = np.array(model.sample(10, np.arange(10), seed=1))
    np.testing.assert_allclose(
        each[3], np.array(model.sample(10, 3, seed=1))[3], atol=1e-6
    )


def test_it_takes_validation_data_weights_and_streams(vectors, labels):
    model = new_model()
    pair = (vectors, labels)
    history = model.fit(
        pair, sample_weight=np.ones(64), validation_data=(pair, vectors), verbose=0
    ).history
    assert history["val_loss"][0] < history["loss"][0]
    found = model.evaluate(pair, batch_size=64, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(found["reconstruction"] + found["kl"])
    weights = np.array(model.log_weights(pair, samples=4, seed=1))
    assert weights.shape == (4, 64)


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
    with pytest.raises(ValueError, match="`num_classes` must be"):
        new_model(1)
