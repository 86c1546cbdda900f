"""Presets: trained models as folders, with their cards and served versions."""

import json
import os
import shutil
import sys
import types
from pathlib import Path

import keras
import numpy as np
import pytest
from conftest import assert_one_line, assert_same_weights, mostly_slow

import tfae
from tfae import presets, recipes
from tfae.export import servability

NAMES = (
    *("leaky_relu_mnist", "denoising_digits", "sparse_digits", "variational_digits"),
    *("detector_breast_cancer", "detector_faults"),
)


@pytest.fixture
def model(vectors):
    model = tfae.StackedAutoencoder(64, [16, 4])
    model.compile(keras.optimizers.Adam(1e-3), "mse", run_eagerly=True)
    model.fit(vectors, verbose=0)
    return model


@pytest.mark.usefixtures("eager")
def test_a_preset_is_the_model_with_a_new_optimizer(model, vectors, tmp_path):
    model.save_to_preset(tmp_path / "mine")
    again = tfae.StackedAutoencoder.from_preset(tmp_path / "mine")
    assert_same_weights(again, model)
    assert again.evaluate(vectors, verbose=0) == model.evaluate(vectors, verbose=0)
    assert int(model.optimizer.iterations) and not int(again.optimizer.iterations)
    again.fit(vectors, verbose=0)
    metadata = json.loads((tmp_path / "mine" / "metadata.json").read_text())
    assert metadata["parameter_count"] == model.count_params()
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        *("config.json", "metadata.json", "model.weights.h5")
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_all_optimizers_of_a_model_are_left_out(vectors, tmp_path):
    networks = tfae.networks.dense(64, [4])
    model = tfae.AdversarialAutoencoder(*networks, discriminator=[4])
    model.compile("adam", "mse")
    model.fit(vectors, verbose=0)
    whole = tmp_path / "whole"
    keras.saving.save_model(model, whole, zipped=False)
    model.save_to_preset(tmp_path / "mine")
    weights = sum(weight.numpy().nbytes for weight in model.weights)
    sizes = [
        (folder / "model.weights.h5").stat().st_size
        for folder in (tmp_path / "mine", whole)
    ]
    assert sizes[1] - sizes[0] > 2 * weights
    assert_same_weights(tfae.from_preset(tmp_path / "mine"), model)


def test_keras_itself_loads_a_preset(model, vectors, tmp_path):
    model.save_to_preset(tmp_path)
    again = keras.saving.load_model(tmp_path, compile=False)
    np.testing.assert_array_equal(again(vectors), model(vectors))


def test_a_preset_of_another_class_is_refused(model, tmp_path):
    model.save_to_preset(tmp_path)
    with pytest.raises(ValueError, match=r"StackedAutoencoder.*SparseAutoencoder"):
        tfae.SparseAutoencoder.from_preset(tmp_path)
    assert isinstance(tfae.Autoencoder.from_preset(tmp_path), tfae.StackedAutoencoder)


def test_what_is_no_preset_is_named(model, tmp_path):
    with pytest.raises(ValueError, match=r"no preset leaky_relu_mnst\. Did you"):
        tfae.from_preset("leaky_relu_mnst")
    with pytest.raises(ValueError, match="There is no preset"):
        tfae.from_preset(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"is no preset.*without config.json"):
        tfae.from_preset(tmp_path)
    with pytest.raises(ValueError, match="must be built"):
        tfae.Autoencoder(*tfae.networks.dense(64, [4])).save_to_preset(tmp_path / "a")
    model.save_to_preset(tmp_path)
    (tmp_path / "model.weights.h5").unlink()
    with pytest.raises(ValueError, match=r"is no preset.*without model.weights.h5"):
        tfae.from_preset(tmp_path)


def test_an_interrupted_write_leaves_the_old_preset(model, vectors, tmp_path):
    model.save_to_preset(tmp_path)
    other = tfae.StackedAutoencoder(64, [8])
    other.build((None, 64))

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "_check_equal", stop)
        with pytest.raises(KeyboardInterrupt):
            other.save_to_preset(tmp_path)
    np.testing.assert_array_equal(tfae.from_preset(tmp_path)(vectors), model(vectors))


def test_the_hub_is_asked_for_its_folder(model, tmp_path, monkeypatch):
    model.save_to_preset(tmp_path)
    asked = []

    def snapshot_download(repo_id, library_name, allow_patterns):
        assert sorted(allow_patterns) == sorted(presets.ALL)
        asked.append(repo_id)
        if repo_id != "somebody/digits":
            raise OSError("404: no such\nrepository")
        return str(tmp_path)

    hub = types.SimpleNamespace(snapshot_download=snapshot_download, __spec__=None)
    monkeypatch.setattr(presets.extras, "check", lambda *told: None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    assert_same_weights(tfae.from_preset("hf://somebody/digits"), model)
    with pytest.raises(ValueError, match="be downloaded: 404: no such repository"):
        tfae.from_preset("hf://somebody/else")
    assert asked == ["somebody/digits", "somebody/else"]


@pytest.mark.slow
def test_a_run_is_published_with_its_card_and_a_served_version(
    trained, call_cli, tmp_path
):
    folder, _ = trained
    result = call_cli("publish", folder, "--to", tmp_path / "mine")
    assert result.returncode == 0, result.stderr
    card = (tmp_path / "mine" / "README.md").read_text()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert f"| test_mse | {metrics['figures']['test_mse']:.4g} |" in card
    assert card.startswith("---\nlibrary_name: keras\n")
    assert '"hidden_units": [16, 4]' in card  # a changed setting
    assert "leaky_relu_digits" in card and str(folder) not in card
    kept = json.loads((tmp_path / "mine" / "metrics.json").read_text())
    assert kept["figures"] == metrics["figures"]
    servability.check_servable(tmp_path / "mine" / "1")
    assert_same_weights(tfae.from_preset(tmp_path / "mine"), tfae.load(folder))


def test_what_cannot_be_published_is_one_line(trained, call_cli, tmp_path, model):
    tfae.saving.save(model, tmp_path / "bare" / "model.keras")
    result = call_cli("publish", tmp_path / "bare", "--to", tmp_path / "mine")
    assert_one_line(result, "without metrics.json", "tfae train")
    (tmp_path / "file").write_text("")
    result = call_cli("publish", trained[0], "--to", tmp_path / "file" / "mine")
    assert_one_line(result, "cannot be written")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("name", mostly_slow(NAMES, *NAMES[1:4]))
def test_a_committed_preset_has_the_figures_of_its_run(name):
    folder = presets.folder_of(name)
    metrics = json.loads((folder / "metrics.json").read_text())
    recipe = recipes.get(name)
    if recipe.data == "mnist" and "TFDS_DATA_DIR" not in os.environ:
        pytest.skip("TFDS_DATA_DIR names no folder with MNIST")
    split = tfae.datasets.read(
        recipe.data, recipe.validation, not recipe.keep_shape, recipe.reading
    )
    model = tfae.from_preset(name)
    if hasattr(model, "anomaly_scores"):
        split = tfae.datasets.normal_apart(split)
    found = tfae.evaluation.measures.measure(model, split)
    for key, value in found.items():
        assert metrics["figures"][key] == pytest.approx(value, 1e-6, abs=1e-6), key


def test_committed_presets_are_small():
    assert presets.names() == sorted(NAMES)
    files = (Path(tfae.__file__).parent.parent / "saved_models/presets").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) < 6e6


@pytest.mark.slow
def test_commands_take_the_folder_of_a_preset(call_cli, tmp_path):
    shutil.copytree(presets.folder_of("variational_digits"), tmp_path / "mine")
    result = call_cli("evaluate", "mine")
    assert result.returncode == 0, result.stderr
    assert "elbo" in result.stdout
    result = call_cli("sample", "mine", "--count", 4, "--output", "drawn")
    assert result.returncode == 0, result.stderr
    result = call_cli("export", "mine")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "mine" / "2" / "saved_model.pb").exists()
    (tmp_path / "mine" / "model.weights.h5").unlink()
    assert_one_line(call_cli("evaluate", "mine"), "without model.weights.h5")


def test_other_files_are_not_replaced(model, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ValueError, match=r"is no preset.*README.md"):
        model.save_to_preset(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
    tfae.saving.save(model, tmp_path / "run" / "model.keras")
    with pytest.raises(ValueError, match=r"is no preset.*model.keras"):
        model.save_to_preset(tmp_path / "run")
    model.save_to_preset(tmp_path / "mine")
    model.save_to_preset(tmp_path / "mine")


def test_a_model_with_files_of_its_own_is_no_preset(tmp_path):
    model = tfae.TextAutoencoder(*tfae.networks.bag_of_words((), [4], words=8))
    model.adapt(np.array(["apple pear", "pear"] * 4, object))
    model.build((None,))
    with pytest.raises(ValueError, match="keeps files of its own"):
        model.save_to_preset(tmp_path / "texts")
    assert not (tmp_path / "texts").exists()


def test_a_folder_of_another_kind_does_not_hide_a_preset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sparse_digits").mkdir()
    assert isinstance(tfae.from_preset("sparse_digits"), tfae.SparseAutoencoder)


@pytest.mark.slow
def test_private_paths_are_not_published(trained, digits, call_cli, tmp_path):
    secret = tmp_path / "secret client"
    secret.mkdir()
    np.save(secret / "acme.npy", digits.train.inputs)
    run = tmp_path / "run"
    shutil.copytree(trained[0], run)
    metrics = json.loads((run / "metrics.json").read_text())
    metrics["settings"]["data"] = str(secret / "acme.npy")
    (run / "metrics.json").write_text(json.dumps(metrics))
    result = call_cli("publish", "run", "--to", "mine")
    assert result.returncode == 0, result.stderr
    for path in (tmp_path / "mine").rglob("*"):
        assert path.is_dir() or b"secret client" not in path.read_bytes(), path
    result = call_cli("publish", "run", "--to", "run")
    assert_one_line(result, "run is no preset", "metrics.json")


def test_commands_know_presets_by_their_names(call_cli, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 64), "float32"))
    options = ("--input", "x.npy", "--output", "y.npy")
    result = call_cli("predict", "variational_digits", *options)
    assert result.returncode == 0, result.stderr
    assert np.load(tmp_path / "y.npy").shape == (3, 64)
    folder = presets.folder_of("variational_digits")
    assert_one_line(call_cli("sample", "variational_digits"), f"its preset, {folder}")


@pytest.mark.slow
def test_a_model_that_is_no_preset_leaves_no_version(call_cli, tmp_path):
    names = ("article", "letter")
    for name in names:
        (tmp_path / "texts" / name).mkdir(parents=True)
        for number in range(20):
            text = f"{name} {number} word"
            (tmp_path / "texts" / name / f"{number}.txt").write_text(text)
    command = ("train", "text_newsgroups", "--data", "texts", "--epochs", 1)
    small = ("--set", "hidden_units=4,2", "--output", "run")
    result = call_cli(*command, *small)
    assert result.returncode == 0, result.stderr
    result = call_cli("publish", "run", "--to", "shared", "--data", "texts")
    assert_one_line(result, "cannot be saved as a preset")
    assert not [*tmp_path.glob("shared/*")]
