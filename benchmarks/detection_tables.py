"""The tables of docs/results.md on anomaly detection, from docs/detection.json."""

import json
import statistics

from benchmark_tables import DOCS

DETECTION = DOCS / "detection.json"
FIGURES = {"auroc": "AUROC", "average_precision": "Average precision"}


def detection():
    """Section of docs/results.md on the detector and PyOD's."""
    measured = json.loads(DETECTION.read_text())
    sets = measured["sets"]
    versions = ", ".join(
        f"{name} {number}" for name, number in measured["versions"].items()
    )
    lines = [
        "",
        "## Anomaly detection compared",
        "",
        "`python benchmarks/detection.py`: detectors are fitted to half of the normal "
        "rows and tested on the other half and on all anomalies. The tables show the "
        f"mean and the standard deviation of {measured['seeds']} splits, in one run on "
        f"{measured['machine']} ({versions}). The highest mean of a row is bold.",
        "",
        "| data set | training rows | tested, normal | anomalies | features | source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in sets.items():
        columns = ("train", "normal", "anomalies", "features")
        counts = " | ".join(f"{found[column]:,}" for column in columns)
        lines.append(f"| {name} | {counts} | {found['source']} |")
    for figure, title in FIGURES.items():
        lines += _table(sets, title, lambda found, figure=figure: _row(found, figure))
    return [*lines, *_table(sets, "Seconds of fitting and of scoring", _seconds)]


def _table(sets, title, row):
    names = [*next(iter(sets.values()))["detectors"]]
    lines = ["", f"{title}:", "", f"| data set | {' | '.join(names)} |"]
    lines.append(f"| --- |{' --- |' * len(names)}")
    for name, found in sets.items():
        lines.append(f"| {name} | {' | '.join(row(found['detectors']))} |")
    return lines


def _row(detectors, figure):
    means = [statistics.mean(one[figure]) for one in detectors.values()]
    shown = [f"{mean:.3f}" for mean in means]
    best = max(shown)
    for mean, one in zip(shown, detectors.values(), strict=True):
        spread = statistics.stdev(one[figure])
        yield f"{f'**{mean}**' if mean == best else mean} ± {spread:.3f}"


def _seconds(detectors):
    for one in detectors.values():
        fit, score = (
            statistics.mean(one[f"{what}_seconds"]) for what in ("fit", "score")
        )
        yield f"{fit:.2f} + {score:.2f}"


SECTIONS = {DETECTION: detection}
