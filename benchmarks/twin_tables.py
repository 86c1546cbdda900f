"""The section of docs/results.md on legacy programs and their twins."""

import json
from pathlib import Path

from tfae.cli.compare_tables import DIFFERENCES
from tfae.migration import parity

PARITY = Path(__file__).parent.parent / "docs" / "parity.json"


def twins():
    """Section of docs/results.md on the twins, from the reports of `compare --all`."""
    lines = [
        "",
        "## Legacy programs and their twins",
        "",
        "The same weights, batches and noise on both sides. Losses: largest relative "
        "difference of a step's; means: difference of the mean losses of an example "
        f"over the first {parity.FIRST_STEPS} steps, in the phase where it is largest; "
        "weights: largest difference of one. In brackets the same difference "
        "between the program and itself with numbers rounded otherwise: Adam's β₂ᵗ "
        "before the first step, by one unit in its last place; without Adam the "
        "weights, once downwards and once upwards, of which the larger counts. "
        + parity.ROUNDING
        + " The classifier with "
        "pretraining is the graph of that without. The twin is compared step by step, "
        "as Keras runs it without XLA. What magnifies rounding errors in which program "
        "is told in [migration.md](migration.md#the-proof).",
        "",
        "Times as fast: by the quickest of 5 epochs of each side, in turn, in float32, "
        "past compilation, of all phases (and of each); the program in its loop, with "
        "the batches that it draws and without what it prints, the twin in `fit` as "
        "its recipe compiles it.",
    ]
    for report in json.loads(PARITY.read_text()):
        lines += [
            "",
            f"`{report['command']}`, on {report['cores']} CPU cores, tensorflow "
            f"{report['versions']['tensorflow']}, keras {report['versions']['keras']}, "
            f"commit {report['commit']}:",
            "",
            "| program | agree | losses | means | weights | times as fast |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for row in report["programs"]:
            differences = (
                f"{row[name]:.1e} ({row['itself'][name]:.1e})" for name in DIFFERENCES
            )
            cells = [f"`{row['program']}`", row["verdict"], *differences, _speed(row)]
            lines.append(f"| {' | '.join(cells)} |")
        lines += ["", f"Criterion: {parity.CRITERIA[report['dtype']]}.", ""]
        lines += [
            f"- `{name}` was left out: {reason}"
            for name, reason in report["left_out"].items()
        ]
    return lines


def _speed(row):
    """How many times as fast, in all phases and in each, where that was measured."""
    if "ratio" not in row:
        return "–"
    phases = ", ".join(f"{one:.2f}" for one in row["ratios"])
    return f"{row['ratio']:.2f}" + (f" ({phases})" if row["ratios"][1:] else "")
