"""Labels that adversarial autoencoders are told, which are no targets."""

import numpy as np
import processes
import pytest
import tensorflow as tf

import tfae


@pytest.fixture
def known(digits):
    return np.where(np.arange(64) % 2, -1, digits.train.labels[:64])


def ring(**arguments):
    pair = tfae.networks.dense(64, [8, 2], code_activation="linear")
    model = tfae.AdversarialAutoencoder(
        *pair, "gaussian_ring", (8,), label_conditioned=True, **arguments
    )
    model.compile(loss="mse", run_eagerly=True)
    return model


def test_the_discriminator_is_told_the_class(vectors, known):
    model = ring()
    model.build((None, 64))
    codes = tf.zeros((3, 2))
    (views,) = model._views(codes, tf.constant([0, 9, -1]))
    assert views.shape == (3, 2 + 11)
    np.testing.assert_array_equal(np.argmax(views[:, 2:], axis=1), [0, 9, 10])
    batch = model.prepare((vectors[:64], known))
    np.testing.assert_array_equal(batch.drawn["told"], known)
    assert batch.targets is None


def test_other_labels_are_refused(vectors, known):
    model = ring()
    for labels, message in (
        (None, "is trained with labels"),
        (known + 1, "whole numbers from 0 to 9, or -1 where they are unknown"),
        (
            np.minimum(known, 3),
            "labels of each of the 10 classes. Received: labels of 4",
        ),
        (known + 0.5, "whole numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(vectors[:64], labels, verbose=0)
    with pytest.raises(ValueError, match="is trained with labels"):
        model.fit(tf.data.Dataset.from_tensors(vectors[:64]))
    with pytest.raises(ValueError, match="whole numbers"):
        model.evaluate(vectors[:64], known + 1, verbose=0)
    stream = tf.data.Dataset.from_tensors((vectors[:64], known + 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="whole numbers"):
        model.fit(stream, shuffle=False, verbose=0)


def train_on_two_replicas():
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    inputs = np.random.default_rng(0).random((64, 64), "float32")
    labels = np.arange(64) % 10
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        pair = tfae.networks.dense(64, [8, 2], code_activation="linear")
        told = tfae.AdversarialAutoencoder(
            *pair, "gaussian_ring", (8,), label_conditioned=True
        )
        pair = tfae.networks.dense(64, [8, 14], code_activation="linear")
        classes = tfae.SemiSupervisedAdversarialAutoencoder(
            *pair, discriminator=(8,), labelled_batch_size=8
        )
        for model in (told, classes):
            model.compile("adam", "mse", metrics=["mae"])
    for model in (told, classes):
        model.fit(inputs, labels, batch_size=16, verbose=0)
        logs = model.evaluate(inputs, labels, verbose=0, return_dict=True)
        assert np.isfinite(list(logs.values())).all()
        assert logs["mae"] > 0


@pytest.mark.slow
def test_labels_are_no_targets_on_several_replicas(tmp_path):
    # Logical devices must be set before TensorFlow is used: in another process.
    result = processes.call(train_on_two_replicas, tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
