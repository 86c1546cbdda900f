"""When two trainings agree, and what rounding excuses."""

import numpy as np
import pytest

from tfae.migration.parity import Parity

ONES = np.ones((1, 3))


def of(differences, own=None, **settings):
    """What a twin gives that is off by `differences` from losses of 1."""
    legacy = np.ones(np.shape(differences))
    itself = None if own is None else Parity(legacy, legacy + own, 0.0, **settings)
    return Parity(legacy, legacy + differences, 0.0, itself=itself, **settings)


def test_mean_losses_are_of_an_example_and_of_the_first_steps():
    differences = np.where(np.arange(200) < 100, 2e-5, 1.0)[None]
    result = of(differences, dtype="float32")
    assert result.mean_loss_difference == pytest.approx(2e-5)
    assert not result.agrees
    assert result._replace(summed_over=128).agrees


def test_a_second_phase_counts_as_much_as_the_first():
    assert not of([[0.0, 0.0], [2e-5, 2e-5]], dtype="float32").agrees


@pytest.mark.parametrize(
    ("off", "own", "verdict"),
    [(9e-6, 0, "yes"), (2e-5, 3e-6, "rounding"), (1, 0.09, "no"), (2e-5, None, "no")],
)
def test_rounding_excuses_ten_times_what_it_does_to_the_program(off, own, verdict):
    own = own if own is None else np.full((1, 3), own)
    assert of(np.full((1, 3), -off), own, dtype="float32").verdict == verdict


def test_in_float64_losses_and_weights_are_excused_one_by_one():
    itself = Parity(ONES, ONES + 1e-8, 1e-9)
    apart = Parity(ONES, ONES + 1e-8, 1e-6, itself=itself)
    assert apart.verdict == "no"
    assert apart._replace(weight_difference=2e-9).verdict == "rounding"
    alike = apart._replace(keras_losses=ONES + 1e-10, weight_difference=2e-8)
    tenth = itself._replace(keras_losses=ONES, weight_difference=2e-9)
    assert alike._replace(itself=tenth).verdict == "rounding"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_grows_late_excuses_nothing_early(dtype):
    own = np.array([[0, 0, 0.1]])
    assert of([[0, 0.01, 0.01]], own, dtype=dtype).verdict == "no"
    assert of([[0, 0, 0.01]], own, dtype=dtype).verdict == "rounding"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_has_grown_once_goes_on_to_excuse(dtype):
    own = np.array([[0.1, 0, 0]])
    assert of([[0.01, 0.01, 0.01]], own, dtype=dtype).verdict == "rounding"


@pytest.mark.parametrize("chaos", [0, 1])
def test_a_phase_of_chaos_excuses_no_other(chaos):
    own, differences = np.zeros((2, 2)), np.zeros((2, 2))
    own[chaos], differences[1 - chaos] = 0.1, 0.01
    assert of(differences, own, dtype="float32").verdict == "no"


@pytest.mark.parametrize(("units", "verdict"), [(9, "rounding"), (11, "no")])
def test_a_sum_may_be_off_by_ten_units_in_its_last_place(units, verdict):
    large = 46_000 * ONES
    itself = Parity(large, large, 0.0, "float32", 128)
    off = large * (1 + units * np.finfo("float32").eps)
    result = Parity(large, off, 0.0, "float32", 128, itself=itself)
    assert result.mean_loss_difference > 1e-5
    assert result.verdict == verdict


@pytest.mark.parametrize(("constant", "verdict"), [(0, "no"), (90_000, "rounding")])
def test_a_loss_is_rounded_with_its_constant(constant, verdict):
    small = 6_000 * ONES
    itself = Parity(small, small, 0.0, "float32", 128)
    off = small + 0.1
    result = Parity(small, off, 0.0, "float32", 128, constant, itself)
    assert result.verdict == verdict


def test_what_was_rounded_at_a_small_loss_is_excused_at_a_larger_one():
    growing = np.array([[100.0, 1000.0]])
    itself = Parity(growing, growing, 0.0, "float32")
    off = growing + np.array([[0.05, 0]])
    result = Parity(growing, off, 0.0, "float32", constant=90_000, itself=itself)
    assert result.verdict == "rounding"


def test_in_float64_what_meets_the_criterion_needs_no_excuse():
    itself = Parity(ONES, ONES + 1e-8, 0.0)
    apart = Parity(ONES, ONES + 1e-8, 5e-9, itself=itself)
    assert apart.verdict == "rounding"
    assert apart._replace(weight_difference=2e-8).verdict == "no"


def test_equal_losses_of_nothing_agree():
    assert Parity(0 * ONES, 0 * ONES, 0.0).loss_difference == 0
