"""Files that somebody has tampered with."""

import threading

import keras
import numpy as np
import pytest
from keras_files import ATTACKS

import tfae
from tfae import saving

pytestmark = pytest.mark.attacks


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a model."""
    path = tmp_path_factory.mktemp("good") / "model.keras"
    model = tfae.StackedAutoencoder(64, [16])
    model.compile(optimizer="adam", loss="mse")
    model.train_on_batch(np.zeros((2, 64)))
    saving.save(model, path)
    return path.read_bytes()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_file_that_could_do_harm_is_refused(refuses, good, tmp_path, name):
    spoil, words = ATTACKS[name]
    path = tmp_path / "model.keras"
    path.write_bytes(good)
    spoil(path)
    with pytest.raises(ValueError, match=words):
        tfae.load(path)
    refuses("evaluate", path, "--data", "digits", words=[words])


def test_threads_that_load_models_leave_keras_as_it_was(good, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(good)
    before = keras.Layer.add_weight
    threads = [
        threading.Thread(target=lambda: [tfae.load(path) for _ in range(3)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keras.Layer.add_weight is before
    keras.layers.Dense(400).build((None, 4000))
