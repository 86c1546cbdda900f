"""Files that are whole or not there, and models that load or say why not."""

import keras
import numpy as np
import pytest

import tfae
from tfae import files, saving


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), files.atomic(path) as beside:
        beside.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_write_replaces_the_old_file(tmp_path):
    path = tmp_path / "new" / "file.txt"
    for text in ("one", "two"):
        with files.atomic(path) as beside:
            beside.write_text(text)
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_load_takes_the_file_or_its_folder(tmp_path):
    model = tfae.StackedAutoencoder(64, [8])
    saving.save(model, tmp_path / "model.keras")
    for path in (tmp_path, tmp_path / "model.keras", str(tmp_path)):
        assert isinstance(tfae.load(path), tfae.StackedAutoencoder)


def test_damaged_files_are_refused(tmp_path):
    model = tfae.StackedAutoencoder(64, [8])
    path = tmp_path / "model.keras"
    saving.save(model, path)
    whole = path.read_bytes()
    for damaged in (b"", b"no model", whole[: len(whole) // 2], whole[:-30]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="could not be loaded"):
            tfae.load(path)


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"model\.keras does not exist"):
        tfae.load(tmp_path)


def test_other_keras_models_are_refused(tmp_path):
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    other.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="holds a Sequential, which is no model"):
        tfae.load(tmp_path)


def test_code_in_a_hostile_file_is_not_run(tmp_path):
    proof = tmp_path / "ran"
    hostile = eval(f"lambda x: __import__('pathlib').Path({str(proof)!r}).touch() or x")
    encoder = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(hostile)])
    decoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model = tfae.Autoencoder(encoder, decoder)
    model(np.zeros((1, 3)))
    model.save(tmp_path / "model.keras")
    proof.unlink()  # it ran in our own model, as it would in a loaded one
    with pytest.raises(ValueError, match="holds code of its own"):
        tfae.load(tmp_path)
    assert not proof.exists()
