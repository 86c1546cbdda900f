"""Codes of several axes as vectors."""

import keras
import numpy as np
import pytest

import tfae
from tfae.layers import AsVectors


def test_each_way_makes_vectors():
    codes = np.arange(48, dtype="float32").reshape(2, 2, 4, 3)
    rows = codes.reshape(2, 8, 3)
    np.testing.assert_array_equal(AsVectors("flatten")(codes), codes.reshape(2, -1))
    np.testing.assert_allclose(AsVectors("average")(codes), rows.mean(axis=1))
    np.testing.assert_array_equal(AsVectors("max")(codes), rows.max(axis=1))


def test_codes_of_unknown_length_are_not_flattened():
    series = keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(3)])
    model = tfae.Classifier(series, num_classes=2)
    with pytest.raises(
        ValueError, match=r"unknown length cannot.* Use .average. or .max."
    ):
        model.build((None, None, 4))
    model = tfae.Classifier(series, num_classes=2, codes="max")
    model.build((None, None, 4))
    assert model(np.zeros((5, 7, 4))).shape == (5, 2)
