"""Corruptions: what they replace, how often, and when."""

import keras
import numpy as np
import pytest

from tfae import layers
from tfae.models import randomness

NOISES = (
    layers.MaskingNoise(0.3, seed=1),
    layers.SaltAndPepperNoise(0.3, seed=1),
    layers.SharedGaussianNoise(0.3, seed=1),
)


@pytest.mark.parametrize("noise", NOISES, ids=lambda layer: layer.name)
def test_corruption_is_off_at_inference(noise, vectors):
    np.testing.assert_array_equal(noise(vectors), vectors)
    assert (np.array(noise(vectors, training=True)) != vectors).any()


@pytest.mark.parametrize("noise", NOISES, ids=lambda layer: layer.name)
def test_corruption_survives_a_round_trip(noise):
    config = keras.saving.serialize_keras_object(noise)
    assert layers.get(config).get_config() == noise.get_config()


@pytest.mark.parametrize("kind", [type(noise) for noise in NOISES])
def test_a_layer_that_draws_nothing_keeps_no_state(kind, vectors, tmp_path):
    model = keras.Sequential([keras.Input((64,)), kind(0), kind(0.5, seed=1)])
    names = list(randomness.states(model))
    assert names == [f"seed_state.{kind.__name__}_1.0"]
    np.testing.assert_array_equal(kind(0)(vectors, training=True), vectors)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert list(randomness.states(loaded)) == names


@pytest.mark.parametrize(
    "layer",
    [
        *NOISES,
        layers.KSparse(2),
        layers.LifetimeSparsity(0.5),
        layers.VectorQuantizer(4),
    ],
    ids=lambda layer: layer.name,
)
def test_a_mask_passes_unchanged(layer):
    inputs = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]] * 2))
    outputs = layer(inputs, training=True)
    mask = keras.src.backend.get_keras_mask(outputs)
    np.testing.assert_array_equal(mask, [[True, False]] * 2)


def test_masking_leaves_the_others_as_they_are():
    inputs = np.full((200, 100), 0.5, "float32")
    outputs = np.array(layers.MaskingNoise(0.3, seed=1)(inputs, training=True))
    assert set(np.unique(outputs)) == {0.0, 0.5}
    share = (outputs == 0).mean()  # of 20,000: 0.3 ± 0.0032
    assert share == pytest.approx(0.3, abs=0.013)


def test_salt_and_pepper_is_half_salt():
    inputs = np.full((200, 100), 0.5, "float32")
    noise = layers.SaltAndPepperNoise(0.4, low=-1.0, high=2.0, seed=1)
    outputs = np.array(noise(inputs, training=True))
    for value, share in ((-1.0, 0.2), (2.0, 0.2), (0.5, 0.6)):
        assert (outputs == value).mean() == pytest.approx(share, abs=0.014)


def test_shared_noise_is_one_draw_for_a_batch():
    noise = layers.SharedGaussianNoise(0.5, seed=1)
    outputs = np.array(noise(np.ones((3, 4000), "float32"), training=True))
    np.testing.assert_array_equal(outputs, np.broadcast_to(outputs[0], outputs.shape))
    assert outputs[0].std() == pytest.approx(0.5, abs=0.03)
    assert outputs[0].mean() == pytest.approx(1, abs=0.04)
    again = np.array(noise(np.ones((3, 4000), "float32"), training=True))
    assert (again != outputs).any()
    with pytest.raises(ValueError, match="`stddev` must be"):
        layers.SharedGaussianNoise(-1)


@pytest.mark.parametrize("rate", [-0.1, 1, "much"])
def test_a_rate_of_corruption_is_a_share(rate):
    with pytest.raises(ValueError, match=r"`rate` must be in \[0, 1\)"):
        layers.MaskingNoise(rate)


def test_layers_are_found_by_name():
    noise = {"class_name": "GaussianNoise", "config": {"stddev": 0.5}}
    assert isinstance(layers.get(noise), keras.layers.GaussianNoise)
    for wrong, words in (
        ("noise", "as itself or as a dict"),
        ({"class_name": "Nothing"}, "no layer 'Nothing'"),
        ({"class_name": "Input", "config": {"shape": [64]}}, "no layer 'Input'"),
        ({"class_name": "serialize"}, "no layer 'serialize'"),
        ({"class_name": 3}, "no layer 3"),
        ({"class_name": "MaskingNoise"}, "cannot be made of"),
    ):
        with pytest.raises(ValueError, match=words):
            layers.get(wrong)
