"""Checks of arguments, and NumPy's numbers and arrays wherever they are taken."""

import dataclasses
import json

import numpy as np
import pytest

import tfae
from tfae import arguments, layers, networks, pretraining, recipes, training
from tfae.export import export
from tfae.recipes import building
from tfae.serving import Client

WIDTHS = (np.array([32, 8]), (np.int64(32), np.int32(8)), [32, 8])


def is_plain(config):
    """Whether a config holds what JSON has and nothing of NumPy's."""
    if isinstance(config, dict):
        return all(map(is_plain, config.values()))
    if isinstance(config, (list, tuple)):
        return all(map(is_plain, config))
    return config is None or type(config) in (bool, int, float, str)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)], ids=repr)
def test_integers_of_any_kind_are_integers(value):
    assert arguments.is_integer(value)
    arguments.check_integers(units=value)
    arguments.check_weights(weight=value)
    arguments.check_positive(rate=value)


@pytest.mark.parametrize("value", [True, np.True_, 3.0, np.float64(3), "3", None])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(ValueError, match="`units` must be a positive integer"):
        arguments.check_integers(units=value)


@pytest.mark.parametrize("widths", WIDTHS, ids=repr)
def test_widths_become_a_list_of_plain_integers(widths):
    found = arguments.check_widths(hidden_units=widths)
    assert found == [32, 8]
    assert is_plain(found)


@pytest.mark.parametrize(
    "widths", [8, "8", {8: 1}, np.array([8.5]), np.array(8), [8, 0], [True], None]
)
def test_what_are_no_widths_is_refused(widths):
    with pytest.raises(ValueError, match="`hidden_units` must be a sequence"):
        arguments.check_widths(hidden_units=widths)


@pytest.mark.parametrize("widths", WIDTHS, ids=repr)
def test_builders_take_widths_of_numpy(widths):
    two = np.int64(2)
    for encoder, decoder in (
        networks.dense(np.int64(64), widths),
        networks.variational(np.int64(64), widths, two, decoder_units=widths),
        networks.quantized(np.int64(64), widths, positions=two, code_dim=two),
    ):
        assert decoder.output_shape == (None, 64)
        for network in (encoder, decoder):
            json.dumps(network.get_config())


@pytest.mark.parametrize("widths", WIDTHS, ids=repr)
def test_a_stack_of_numpy_s_widths_is_saved_with_plain_ones(widths, vectors, tmp_path):
    model = tfae.StackedAutoencoder(np.int64(64), widths)
    config = model.get_config()
    assert config["hidden_units"] == [32, 8]
    assert is_plain(config["hidden_units"])
    assert is_plain(config["input_dim"])
    model.save(tmp_path / "model.keras")
    again = tfae.load(tmp_path / "model.keras")
    assert again.get_config()["hidden_units"] == [32, 8]
    np.testing.assert_array_equal(again(vectors), model(vectors))


def test_layers_of_numpy_s_numbers_have_plain_configs():
    for layer in (
        layers.KSparse(np.int64(3), np.int64(4)),
        layers.LifetimeSparsity(np.float32(0.5)),
        layers.VectorQuantizer(np.int64(4)),
    ):
        assert is_plain(
            {key: value for key, value in layer.get_config().items() if key != "dtype"}
        )
        type(layer).from_config(layer.get_config())


def test_recipes_take_numbers_of_numpy(recipe, digits, tmp_path, no_pictures):
    recipe = building.override(
        recipe, {"hidden_units": np.array([12, 4]), "passes": np.int64(2)}
    )
    recipe = dataclasses.replace(
        recipe, epochs=np.int64(1), batch_size=np.int64(500), decay=None
    )
    run = training.run(recipe, tmp_path, digits, seed=np.int64(3), verbose=0)
    settings = json.loads((tmp_path / "metrics.json").read_text())["settings"]
    assert settings["arguments"]["hidden_units"] == [12, 4]
    assert (settings["passes"], settings["epochs"], settings["seed"]) == (2, 1, 3)
    assert run.model.code_shape == (4,)
    with pytest.raises(ValueError, match="`passes` must be a positive integer"):
        building.override(recipe, {"passes": np.float64(2)})


def test_a_recipe_is_registered_with_numbers_of_numpy(recipe, monkeypatch):
    monkeypatch.setattr(recipes, "RECIPES", {})
    for _ in range(2):
        own = dataclasses.replace(recipe, name="own", batch_size=np.int64(8))
        assert recipes.register(own) == own


def test_an_export_takes_a_version_of_numpy(tmp_path):
    model = tfae.StackedAutoencoder(8, [4])
    path = export(model, tmp_path, np.int64(3), check=False)
    assert path == tmp_path / "3"
    with pytest.raises(ValueError, match="`version` must be a positive integer"):
        export(model, tmp_path, np.float64(4), check=False)


@pytest.mark.parametrize("size", [np.int64(0), 2.0, True, np.True_])
def test_a_client_checks_its_batch_size(size):
    client = Client("http://127.0.0.1:9", "model")
    with pytest.raises(ValueError, match="`batch_size` must be a positive integer"):
        next(client.batches(np.zeros((2, 3)), batch_size=size))


def test_a_client_takes_a_batch_size_of_numpy():
    client = Client("http://127.0.0.1:9", "model")
    with pytest.raises(ConnectionError, match="cannot be reached"):
        next(client.batches(np.zeros((2, 3)), batch_size=np.int64(2)))


@pytest.mark.parametrize("value", [True, np.True_], ids=repr)
def test_booleans_of_any_kind_are_booleans(recipe, value):
    arguments.check_booleans(shuffle=value)
    assert is_plain(dataclasses.replace(recipe, shuffle=value).as_json())
    encoder, decoder = networks.dense(64, [8], tie_weights=value)
    assert decoder.layers[-1].tied_to is encoder.layers[-1]
    assert tfae.StackedAutoencoder(64, [8], tie_weights=value).get_config()[
        "tie_weights"
    ]
    for wrong in (1, "true", np.array([True]), np.int64(1), None):
        with pytest.raises(ValueError, match="`shuffle` must be true or false"):
            arguments.check_booleans(shuffle=wrong)


@pytest.mark.parametrize("epochs", [np.array([1, 2]), (np.int64(1), 2)], ids=repr)
def test_pretraining_takes_arrays_of_numpy(vectors, epochs):
    model = tfae.StackedAutoencoder(64, [16, 8])
    model.compile("adam", "mse", run_eagerly=True)
    rates = np.array([0.1, 0.01])
    callback = tfae.GreedyPretraining(epochs, learning_rate=rates, loss=("mse", "mae"))
    history = model.fit(vectors, epochs=3, callbacks=[callback], verbose=0).history
    assert history["layer"] == [1, 2, 2]
    with pytest.raises(ValueError, match="`epochs` must be one value, or one for each"):
        pretraining.pretrain(model, vectors, np.array([1, 2, 3]), verbose=0)
