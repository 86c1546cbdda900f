"""Models of the graphs that TF1's Saver wrote beside checkpoints."""

import os
from pathlib import Path

import numpy as np
import old_graphs
import pytest
import tensorflow as tf

from tfae.migration import checkpoints

v1 = tf.compat.v1
GIVEN = os.environ.get("TFAE_TF1_GRAPHS")
NAMES = sorted(path.name for path in Path(GIVEN).iterdir()) if GIVEN else []
# One of each kind by default.
SEEDS = [
    seed if seed < len(old_graphs.KINDS) else pytest.param(seed, marks=pytest.mark.slow)
    for seed in range(500)
]
# Which seeds of the 500 are refused, and why.
REFUSED = {}


def largest_difference(model, rows, expected):
    found = np.asarray(model(rows.reshape(-1, *model.example_shape)))
    expected = np.asarray(expected, "float64").reshape(found.shape)
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_program_comes_home_or_is_refused(seed, tmp_path):
    drawn = old_graphs.draw(seed, tmp_path)
    try:
        imported = checkpoints.load(drawn.path, "auto")
    except ValueError as error:
        assert REFUSED.get(seed, "none") in str(error)
        return
    assert largest_difference(imported.model, drawn.rows, drawn.outputs) < 1e-6
    assert seed not in REFUSED
