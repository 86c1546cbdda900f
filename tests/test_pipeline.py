"""The pipeline over arrays in memory."""

import functools
import operator

import numpy as np
import pytest

from tfae import datasets
from tfae.datasets import gathering


def rows(batches):
    return [batch.numpy()[:, 0].tolist() for batch in batches]


@pytest.fixture(params=["copied", "in place"])
def values(request, monkeypatch):
    if request.param == "in place":
        monkeypatch.setattr(gathering, "COPIED_BYTES", 0)
    return np.random.default_rng(0).random((50, 6)).astype("float32")


def test_large_arrays_are_not_copied(monkeypatch):
    values = np.zeros((50, 6), "float32")
    copied = datasets.batches(values, 8)
    monkeypatch.setattr(gathering, "COPIED_BYTES", 0)
    in_place = datasets.batches(values, 8)
    values[:] = 1
    assert {*np.concatenate(rows(copied))} == {0}
    assert {*np.concatenate(rows(in_place))} == {1}


def test_an_epoch_is_a_permutation_and_each_epoch_another(values):
    pipeline = datasets.batches(values, 8, seed=3)
    first, second = rows(pipeline), rows(pipeline)
    assert [len(batch) for batch in first] == [8] * 6 + [2]
    assert len(pipeline) == 7
    assert sorted(functools.reduce(operator.iadd, first, [])) == sorted(
        values[:, 0].tolist()
    )
    assert first != second


def test_order_depends_on_seed_and_epoch_alone(values):
    epochs = datasets.batches(values, 8, seed=3)
    three = [rows(epochs) for _ in range(3)]
    assert rows(datasets.batches(values, 8, seed=3, first_epoch=2)) == three[2]
    assert rows(datasets.batches(values, 8, seed=4)) != three[0]


def test_targets_stay_with_their_inputs(values):
    for inputs, targets in datasets.batches(values, 8, targets=2 * values):
        np.testing.assert_array_equal(targets, 2 * inputs)


@pytest.mark.parametrize(
    ("count", "batch_size", "drop", "sizes"),
    [
        (50, 8, True, [8] * 6),
        (50, 8, False, [8] * 6 + [2]),
        (48, 8, True, [8] * 6),
        (48, 8, False, [8] * 6),
        (3, 8, True, [3]),  # there is no whole batch to leave it out for
        (3, 10**9, False, [3]),
    ],
)
def test_remainder_is_dropped_only_where_a_whole_batch_remains(
    values, count, batch_size, drop, sizes
):
    pipeline = datasets.batches(
        values[:count], batch_size, shuffle=False, drop_remainder=drop
    )
    found = list(pipeline.as_numpy_iterator())
    assert [len(batch) for batch in found] == sizes
    assert len(pipeline) == len(sizes)
    np.testing.assert_array_equal(np.concatenate(found), values[: sum(sizes)])


def test_an_epoch_of_several_passes_goes_through_all_of_them(values):
    values = values[:10]
    data = datasets.batches(values, 4, seed=1, passes=3)
    assert int(data.cardinality()) == 6
    epochs = [[batch.numpy() for batch in data] for _ in range(2)]
    for batches in epochs:
        for first in (0, 2, 4):  # a pass: eight of the ten, none of them twice
            taken = np.concatenate(batches[first : first + 2])
            assert len(np.unique(taken, axis=0)) == 8
            assert (taken[:, None] == values).all(-1).any(-1).all()
    assert not np.array_equal(epochs[0][0], epochs[0][2])
    assert not np.array_equal(epochs[0][0], epochs[1][0])
    resumed = datasets.batches(values, 4, seed=1, passes=3, first_epoch=1)
    np.testing.assert_array_equal([*resumed], epochs[1])


def test_each_pass_draws_others():
    grey = np.full((8, 50), 0.5, "float32")
    data = datasets.batches(grey, 4, shuffle=False, passes=2, draw=True)
    first, _, again, _ = (batch.numpy() for batch in data)
    assert not np.array_equal(first, again)


def test_passes_without_shuffling_are_alike(values):
    data = datasets.batches(values[:4], 2, shuffle=False, passes=2)
    np.testing.assert_array_equal(np.concatenate([*data]), np.tile(values[:4], (2, 1)))


def test_unshuffled_batches_keep_the_order(values):
    pipeline = datasets.batches(values, 8, shuffle=False)
    assert functools.reduce(operator.iadd, rows(pipeline), []) == values[:, 0].tolist()


@pytest.mark.parametrize("batch_size", [0, -1, 2.5])
def test_batch_size_must_be_a_positive_integer(values, batch_size):
    with pytest.raises(ValueError, match="`batch_size` must be"):
        datasets.batches(values, batch_size)


def test_the_tuner_is_off(values):
    assert datasets.batches(values, 8).options().autotune.enabled is False
