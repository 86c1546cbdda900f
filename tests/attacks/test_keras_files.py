"""Files that somebody has tampered with."""

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
