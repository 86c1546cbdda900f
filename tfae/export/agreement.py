"""Agreement of an export's answers with those of its model."""

import numpy as np

# Between two answers: kernels for other numbers of rows round differently.
TOLERANCE = 1e-4
# A distance close to 0 is a rounding error of numbers around 1.
_LEAST_SCALES = {"distances": 1.0}


def differences(answers, wanted):
    """Relative differences of answers, by endpoint and output.

    They are relative to the largest wanted value. Integers are left out: an index may
    differ between equal values.
    """
    return {
        name: {
            key: relative_difference(key, answers[name][key], value)
            for key, value in outputs.items()
            if value.dtype.kind == "f"
        }
        for name, outputs in wanted.items()
    }


def shares(answers, wanted):
    """Shares of equal integers in answers, by endpoint and output."""
    return {
        name: {
            key: float(np.mean(answers[name][key] == value))
            for key, value in outputs.items()
            if value.dtype.kind in "iu"
        }
        for name, outputs in wanted.items()
    }


def relative_difference(name, found, expected):
    """Largest difference between answers, relative to the largest expected value.

    NaN if the shapes differ.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return np.nan
    difference = np.abs(found.astype("float64") - expected).max(initial=0)
    scale = np.abs(expected).max(initial=_LEAST_SCALES.get(name, 0))
    return float(difference / (scale or 1))
