"""Files that somebody has tampered with."""

import threading
import zipfile

import keras
import numpy as np
import pytest
from keras_files import ATTACKS

import tfae
from tfae import presets, saving

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


# Of the archive itself, which a preset is not; and a folder that is no preset.
OF_ARCHIVES = (
    *("a bomb of zeros", "64 GB of nothing", "a folder", "no bytes", "text"),
    *("a pickle", "no config"),
)


@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in OF_ARCHIVES])
def test_a_preset_that_could_do_harm_is_refused(refuses, good, tmp_path, name):
    spoil, words = ATTACKS[name]
    path, folder = tmp_path / "model.keras", tmp_path / "preset"
    path.write_bytes(good)
    spoil(path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    complete = all((folder / file).is_file() for file in presets.FILES)
    words = words if complete else "is no preset"
    with pytest.raises(ValueError, match=words):
        tfae.from_preset(folder)
    refuses("evaluate", folder, "--data", "digits", words=[words])


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
