"""Features on one scale, and back."""

import keras
import numpy as np
import pytest

import tfae
from tfae.layers import FeatureScaling, feature_scaling


@pytest.fixture
def columns():
    """300 rows of three columns of different units, one of which does not vary."""
    rng = np.random.default_rng(0)
    return np.stack(
        [rng.normal(5, 2, 300), 1000 * rng.random(300), np.full(300, 7.0)], axis=1
    )


def test_standard_and_minmax_are_those_of_scikit_learn(columns):
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    for how, scaler in (("standard", StandardScaler()), ("minmax", MinMaxScaler())):
        layer = FeatureScaling(how)
        layer.adapt(columns)
        expected = scaler.fit_transform(columns)
        np.testing.assert_allclose(layer(columns), expected, atol=1e-5)


@pytest.mark.parametrize("how", ["standard", "minmax", "log", "uint8"])
def test_the_inverse_gives_the_values_back(columns, how):
    layer = FeatureScaling(how)
    columns[:, 0] -= 6  # of both signs
    layer.adapt(columns)
    np.testing.assert_allclose(
        layer.inverse(layer(columns)), columns, rtol=1e-5, atol=1e-5
    )


def test_blocks_are_as_the_whole(columns, monkeypatch):
    whole, blocks = FeatureScaling(), FeatureScaling()
    whole.adapt(columns)
    monkeypatch.setattr(feature_scaling, "VALUES", 20)
    blocks.adapt(columns)
    np.testing.assert_allclose(blocks.center, whole.center, rtol=1e-6)
    np.testing.assert_allclose(blocks.extent, whole.extent, rtol=1e-6)


def test_logarithms_bring_orders_of_magnitude_together():
    values = 10.0 ** np.arange(-3, 9)[:, None]
    layer = FeatureScaling("log")
    layer.adapt(np.concatenate([values, -values]))
    scaled = np.array(layer(np.concatenate([values, -values])))
    assert np.abs(scaled).max() < 2.5
    np.testing.assert_allclose(scaled[:12], -scaled[12:], atol=1e-6)


def test_images_are_scaled_channel_by_channel():
    images = np.random.default_rng(0).random((20, 4, 4, 3)) * [1, 10, 100]
    layer = FeatureScaling("minmax")
    layer.adapt(images)
    scaled = np.array(layer(images))
    np.testing.assert_allclose(scaled.max(axis=(0, 1, 2)), 1, rtol=1e-6)


def test_half_precision_does_not_round_raw_values(columns):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        layer = FeatureScaling()
    finally:
        keras.config.set_dtype_policy(before)
    layer.adapt(1e6 * columns)
    assert np.isfinite(layer(1e6 * columns)).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[np.nan], [1.0]], "NaN or infinite values in feature 0"),
        ([[np.inf], [1.0]], "NaN or infinite"),
        ([[1e9], [1e9 + 1]], "float32 does not tell apart"),
        ([1.0, 2.0], "Inputs must be"),
    ],
)
def test_what_has_no_scale_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        FeatureScaling().adapt(np.array(values))


def test_other_inputs_are_refused(columns):
    layer = FeatureScaling()
    layer.adapt(columns)
    with pytest.raises(ValueError, match="Inputs must have 3 features"):
        layer(columns[:, :2])
    with pytest.raises(ValueError, match="`how` must be standard"):
        FeatureScaling("robust")


def test_a_normalization_of_keras_is_taken(columns):
    layer = keras.layers.Normalization()
    layer.adapt(columns)
    found = feature_scaling.of_keras(layer)
    np.testing.assert_allclose(found(columns), layer(columns), atol=1e-5)
    with pytest.raises(ValueError, match="one that was not adapted"):
        feature_scaling.of_keras(keras.layers.Normalization())
    layer_of_all = keras.layers.Normalization(None)
    layer_of_all.adapt(columns)
    with pytest.raises(ValueError, match="a mean of each feature"):
        feature_scaling.of_keras(layer_of_all)
    encoder, decoder = tfae.networks.dense(3, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder), layer)
    np.testing.assert_allclose(model.prepared(columns), layer(columns), atol=1e-5)


def test_padded_steps_neither_count_nor_change():
    series = np.random.default_rng(0).random((6, 5, 2)) * [1, 100] + 3
    padded = series.copy()
    padded[:, 3:] = 0
    layer, of_known = FeatureScaling(mask_value=0.0), FeatureScaling()
    layer.adapt(padded)
    of_known.adapt(series[:, :3])
    scaled = np.array(layer(padded))
    np.testing.assert_allclose(scaled[:, :3], of_known(series[:, :3]), atol=1e-5)
    assert (scaled[:, 3:] == 0).all()
    np.testing.assert_allclose(layer.inverse(scaled), padded, rtol=1e-5)


@pytest.mark.parametrize("shape", [(5, 0), (0, 3), (5, 0, 3)])
def test_examples_without_values_are_refused(shape):
    with pytest.raises(ValueError, match="must hold values"):
        tfae.layers.FeatureScaling().adapt(np.zeros(shape))
