"""Files that are whole or not there, and models that load or say why not."""

import dataclasses
import subprocess
import sys

import keras
import numpy as np
import pytest
from conftest import slow
from every_class import MAKERS

import tfae
from tfae import files, kept_arguments, saving


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


@keras.saving.register_keras_serializable(package="mine")
class Forgetful(tfae.Autoencoder):
    def __init__(self, encoder, decoder, shrinkage=0.1, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.factor = 10 * shrinkage


@keras.saving.register_keras_serializable(package="mine")
class Child(Forgetful):
    """Gets the argument of its parent through `kwargs`."""


@keras.saving.register_keras_serializable(package="mine")
class ForgetfulLayer(keras.layers.Layer):
    def __init__(self, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        return self.rate * inputs

    def get_config(self):
        return super().get_config()


def forgetful(kind=Forgetful, **arguments):
    model = kind(*tfae.networks.dense(64, [8]), **arguments)
    model.build((None, 64))
    return model


@pytest.mark.parametrize("kind", [Forgetful, Child])
def test_no_file_loses_an_argument(kind, tmp_path):
    model = forgetful(kind, shrinkage=0.2)
    for save in (
        lambda path: saving.save(model, path / "model.keras"),
        lambda path: model.save(path / "model.keras"),
        lambda path: saving.save(tfae.Detector(model), path / "model.keras"),
        model.save_to_preset,
    ):
        with pytest.raises(ValueError, match=rf"{kind.__name__} .*'shrinkage'") as told:
            save(tmp_path)
        assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == []
    model.compile("adam", "mse", run_eagerly=True)
    with pytest.warns(UserWarning, match=r"cannot be saved.*'shrinkage'"):
        model.fit(np.zeros((4, 64)), verbose=0)


def test_an_argument_with_its_default_is_not_lost(tmp_path):
    for model in (forgetful(), forgetful(shrinkage=0.1)):
        model.compile("adam", "mse", run_eagerly=True)
        model.fit(np.zeros((4, 64)), verbose=0)
        model.save(tmp_path / "model.keras")


def test_no_file_loses_an_argument_of_a_layer(tmp_path):
    encoder, decoder = tfae.networks.dense(64, [8])
    for rate, refused in ((0.5, False), (0.3, True)):
        layer = ForgetfulLayer(rate)
        model = tfae.Autoencoder(keras.Sequential([layer, encoder]), decoder)
        model.build((None, 64))
        if refused:
            with pytest.raises(ValueError, match=r"ForgetfulLayer .*'rate'"):
                saving.save(model, tmp_path / "other.keras")
        else:
            saving.save(model, tmp_path / "model.keras")


def test_a_recipe_refuses_to_train_what_cannot_be_saved():
    recipe = dataclasses.replace(
        tfae.recipes.get("leaky_relu_digits"),
        model=f"{__name__}.Forgetful",
        network="dense",
        network_arguments={"hidden_units": (8,)},
        arguments={"shrinkage": 0.2},
    )
    with pytest.raises(ValueError, match="'shrinkage'"):
        tfae.building.build(recipe, (64,))


@pytest.mark.parametrize("name", MAKERS)
def test_no_class_of_the_package_loses_an_argument(name, monkeypatch):
    monkeypatch.setattr(kept_arguments, "OURS", ("keras",))
    assert kept_arguments.lost(MAKERS[name]()) is None
