"""The benchmark of detectors: its splits, its figures and its tables."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


class Distance:
    """Scores rows by their distance from the mean of those it was fitted to."""

    def fit(self, rows):
        self.mean = rows.mean(axis=0)

    def anomaly_scores(self, rows):
        return np.abs(rows - self.mean).sum(axis=1)


def test_detectors_are_fitted_to_half_of_the_normal_rows_and_to_no_anomaly(module):
    rows = np.arange(30.0)[:, None]
    anomalous = rows[:, 0] % 3 == 0
    splits = [module("detection").split(rows, anomalous, seed) for seed in (0, 0, 1)]
    for train, test, labels in splits:
        assert not np.isin(train, rows[anomalous]).any()
        np.testing.assert_array_equal(test[labels], rows[anomalous])
        assert (len(train), len(test)) == (10, 20)
        assert len(np.unique(np.concatenate([train, test]))) == 30
    np.testing.assert_array_equal(splits[0][0], splits[1][0])
    assert {*splits[0][0].ravel()} != {*splits[2][0].ravel()}


def test_anomalies_are_the_positives_and_high_scores_are_anomalous(module, monkeypatch):
    detection = module("detection")
    monkeypatch.setattr(detection, "detectors", lambda seed: {"distance": Distance()})
    rows = np.concatenate([np.linspace(-1, 1, 40), [5, -5, 6, 0]])[:, None]
    anomalous = np.arange(44) >= 40
    figures = detection.compare(rows, anomalous, seeds=3)["distance"]
    assert {len(values) for values in figures.values()} == {3}
    assert min(figures["auroc"]) >= 0.75
    assert max(figures["auroc"]) < 1  # one anomaly lies among the others
    assert min(figures["average_precision"]) >= 0.75
    assert min(figures["fit_seconds"]) >= 0


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "digits"])
def test_what_is_embedded_is_finite_and_has_fewer_anomalies(module, name):
    read, source = module("detection_sets").SETS[name]
    rows, anomalous = read()
    assert rows.dtype == "float64"
    assert np.isfinite(rows).all()
    assert 0 < anomalous.sum() < (~anomalous).sum()
    assert "scikit-learn" in source


def test_the_table_has_means_deviations_and_the_best_in_bold(
    module, monkeypatch, tmp_path
):
    def figures(*values):
        names = ("auroc", "average_precision", "fit_seconds", "score_seconds")
        return dict.fromkeys(names, values)

    counts = {"train": 1500, "normal": 1501, "anomalies": 7, "features": 3}
    found = {"tfae": figures(0.75, 1.0), "PCA": figures(0.5, 0.75)}
    recorded = {
        "machine": "2 CPU cores",
        "versions": {"pyod": "1"},
        "seeds": 2,
        "sets": {"wine": {"source": "somewhere", **counts, "detectors": found}},
    }
    tables = module("detection_tables")
    monkeypatch.setattr(tables, "DETECTION", tmp_path / "detection.json")
    tables.DETECTION.write_text(json.dumps(recorded))
    lines = tables.detection()
    assert "| wine | 1,500 | 1,501 | 7 | 3 | somewhere |" in lines
    assert lines.count("| data set | tfae | PCA |") == 3
    assert lines.count("| wine | **0.875** ± 0.177 | 0.625 ± 0.177 |") == 2
    assert lines[-1] == "| wine | 0.88 + 0.88 | 0.62 + 0.62 |"
