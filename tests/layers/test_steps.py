"""Steps of series, and the padding that is none."""

import keras
import numpy as np
import pytest

from tfae.layers import AtSteps, CoarseSteps, Steps


def test_padding_is_what_keras_masks():
    series = np.random.default_rng(0).integers(-1, 2, (50, 4, 2)).astype("float32")
    for value in (0.0, -1.0):
        expected = keras.layers.Masking(value).compute_mask(series)
        np.testing.assert_array_equal(Steps(value)(series), expected)
    np.testing.assert_array_equal(Steps()(np.zeros((2, 3, 1))), np.ones((2, 3)))


@pytest.mark.parametrize("window", [1, 2, 3, 5])
@pytest.mark.parametrize("time", [1, 2, 5, 6])
def test_windows_hold_a_step_or_are_padding(window, time):
    steps = np.random.default_rng(time).integers(0, 2, (20, time)).astype("float32")
    expected = [
        [row[first : first + window].max() for first in range(0, time, window)]
        for row in steps
    ]
    layer = CoarseSteps(window)
    np.testing.assert_array_equal(layer(steps), expected)
    assert layer.compute_output_shape((None, time)) == (None, len(expected[0]))


def test_values_end_with_the_steps_and_padding_has_its_own():
    values = np.random.default_rng(0).random((2, 5, 3)).astype("float32")
    steps = np.array([[1, 1, 0, 1], [1, 0, 0, 0]], "float32")
    expected = np.where(steps[..., None] == 1, values[:, :4], -2)
    np.testing.assert_array_equal(AtSteps(-2)([values, steps]), expected)
    codes = values[:, 0]
    expected = np.where(steps[..., None] == 1, codes[:, None], 0)
    np.testing.assert_array_equal(AtSteps()([codes, steps]), expected)


def test_layers_are_what_their_configs_say():
    for layer in (Steps(np.float32(0.5)), CoarseSteps(3), AtSteps(-1)):
        copy = type(layer).from_config(layer.get_config())
        assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Steps("0"), "`mask_value` must be a finite number"),
        (lambda: Steps(np.nan), "`mask_value` must be a finite number"),
        (lambda: AtSteps(None), "`padding` must be a finite number"),
        (lambda: CoarseSteps(0), "`window` must be a positive integer"),
    ],
)
def test_what_no_step_can_have_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
