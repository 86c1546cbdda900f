"""Data sets that need no download: those of scikit-learn, and synthetic ones.

Each function returns a `tfae.datasets.found.Found`.
"""

import numpy as np

from tfae.datasets import faults
from tfae.datasets.found import Found

WINE_ANOMALIES = 0  # the first of the three cultivars


def digits():
    """1,797 images of 8×8 pixels, labelled by the digit."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = (found.images / 16).astype("float32")  # 4-bit grey levels, 0..16
    return Found((images[..., None], found.target))


def points(count=200, seed=4):
    """Points on a bent strip near a plane, as chapter 15 of handson-ml draws them."""
    generator = np.random.RandomState(seed)
    angles = generator.rand(count) * 3 * np.pi / 2 - 0.5
    first = np.cos(angles) + np.sin(angles) / 2 + 0.1 * generator.randn(count) / 2
    second = 0.7 * np.sin(angles) + 0.1 * generator.randn(count) / 2
    third = 0.1 * first + 0.3 * second + 0.1 * generator.randn(count)
    points = np.stack([first, second, third], axis=1)
    return Found((points[: count // 2], None), (points[count // 2 :], None))


def breast_cancer():
    """569 tumours with 30 measures (Wisconsin, diagnostic), labelled 1 if malignant."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    anomalies = found.target == list(found.target_names).index("malignant")
    return Found(
        (found.data, anomalies.astype("int64")),
        label_names=("benign", "malignant"),
        feature_names=tuple(map(str, found.feature_names)),
    )


def wine():
    """178 wines with 13 measures, labelled 1 if of the first cultivar.

    As in ODDS, which keeps only ten of these 59 anomalies.
    """
    from sklearn.datasets import load_wine

    found = load_wine()
    return Found(
        (found.data, (found.target == WINE_ANOMALIES).astype("int64")),
        label_names=("other cultivars", "first cultivar"),
        feature_names=tuple(map(str, found.feature_names)),
    )


def digit_8():
    """The digits, labelled 1 for an 8."""
    images, labels = digits().train
    return Found(
        (images, (labels == 8).astype("int64")), label_names=("other digits", "8")
    )


def series_of_faults(window=50):
    """Windows without common steps, since `load` draws the parts at random."""
    values, labels = faults.read()
    inputs = values.reshape(-1, window, values.shape[1])
    labels = labels.reshape(-1, window).max(axis=1)
    normal = faults.TRAIN // window
    return Found(
        (inputs[:normal], labels[:normal]),
        (inputs[normal:], labels[normal:]),
        label_names=faults.LABEL_NAMES,
        feature_names=faults.NAMES,
    )


READERS = {
    "digits": digits,
    "points": points,
    "breast_cancer": breast_cancer,
    "wine": wine,
    "digit_8": digit_8,
    "faults": series_of_faults,
}
