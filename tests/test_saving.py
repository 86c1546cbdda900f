"""Files that are whole or not there, and models that load or say why not."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from conftest import slow

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


def halved(values):
    return keras.ops.tanh(values) / 2


class Slight(keras.regularizers.Regularizer):
    """A regularizer that nothing has registered."""

    def __call__(self, values):
        return 0.01 * keras.ops.sum(keras.ops.square(values))

    def get_config(self):
        return {}


OWN = {"halved": halved, "Slight": Slight}
DENSE = {"activation": halved, "kernel_regularizer": Slight()}
MADE_OF_OWN = {
    "plain": lambda: tfae.Autoencoder(*tfae.networks.dense(64, [8], **DENSE)),
    "tied": lambda: tfae.Autoencoder(
        *tfae.networks.dense(64, [8], tie_weights=True, **DENSE)
    ),
    "stack": lambda: tfae.StackedAutoencoder(64, [8], **DENSE),
    "tied stack": lambda: tfae.StackedAutoencoder(64, [8], tie_weights=True, **DENSE),
    "images": lambda: tfae.ConvolutionalStackedAutoencoder((8, 8, 1), [4], 3, **DENSE),
    "map": lambda: tfae.ParametricTSNE(tfae.networks.dense(64, [2], **DENSE)[0]),
    "classifier": lambda: tfae.Classifier(
        tfae.networks.dense(64, [8], **DENSE)[0], 3, kernel_regularizer=Slight()
    ),
}


@pytest.mark.parametrize("name", MADE_OF_OWN)
def test_models_of_own_functions_load_with_them(name, vectors, tmp_path):
    data = vectors.reshape(-1, 8, 8, 1) if name == "images" else vectors
    model = MADE_OF_OWN[name]()
    outputs = model(data)
    saving.save(model, tmp_path / "model.keras")
    loaded = tfae.load(tmp_path, custom_objects=OWN)
    np.testing.assert_array_equal(loaded(data), outputs)
    assert np.array(loaded.losses).sum() > 0
    with keras.saving.custom_object_scope(OWN):
        np.testing.assert_array_equal(tfae.load(tmp_path)(data), outputs)
    with pytest.raises(saving.UnknownClassError) as found:
        tfae.load(tmp_path, custom_objects={"Slight": Slight})
    assert "needs the function 'halved', which is not known" in str(found.value)
    assert "custom_objects={'halved': halved}" in str(found.value)
    with pytest.raises(saving.UnknownClassError, match="needs the class 'Slight'"):
        tfae.load(tmp_path, custom_objects={"halved": halved})


def test_a_loss_of_ones_own_is_named(vectors, tmp_path):
    def own_error(targets, outputs):
        return keras.ops.mean(keras.ops.abs(targets - outputs), axis=-1)

    model = tfae.StackedAutoencoder(64, [8])
    model.compile("sgd", own_error, run_eagerly=True)
    model.fit(vectors, verbose=0)
    saving.save(model, tmp_path / "model.keras")
    with pytest.raises(saving.UnknownClassError, match="the function 'own_error'"):
        tfae.load(tmp_path)
    loaded = tfae.load(tmp_path, custom_objects={"own_error": own_error})
    assert loaded.evaluate(vectors, verbose=0) == model.evaluate(vectors, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("imports", ["keras, tfae", slow("tfae.models, keras")])
def test_keras_finds_the_classes_in_a_new_process(imports, vectors, tmp_path):
    model = tfae.StackedAutoencoder(64, [8], tie_weights=True)
    saving.save(model, tmp_path / "model.keras")
    np.save(tmp_path / "inputs.npy", vectors)
    program = (
        f"import {imports}, numpy as np\n"
        "model = keras.saving.load_model('model.keras')\n"
        "np.save('outputs.npy', model(np.load('inputs.npy')))\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    np.testing.assert_allclose(
        np.load(tmp_path / "outputs.npy"), model(vectors), atol=1e-6
    )


def test_dense_stages_are_found_without_being_registered(vectors, tmp_path):
    stages = tfae.networks.dense_stages
    networks = tfae.networks.dense(64, [16, 8])
    model = tfae.LayerwiseAutoencoder(*networks, stages)
    model(vectors)
    saving.save(model, tmp_path / "model.keras")
    assert len(tfae.load(tmp_path).stages) == 2


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_hdf5_files_are_refused_with_the_way_to_their_weights(vectors, tmp_path):
    model = tfae.StackedAutoencoder(64, [8])
    path = tmp_path / "model.h5"
    model.save(path)
    with pytest.raises(ValueError, match=r"HDF5 file.*model\.keras.*load_weights"):
        tfae.load(path)
    again = tfae.StackedAutoencoder(64, [8])
    again.load_weights(path)  # as the message says
    np.testing.assert_array_equal(again(vectors), model(vectors))
