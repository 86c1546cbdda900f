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
        "Program and twin have the same weights, batches and noise.",
        "",
        "- *Losses*: the largest relative difference of the loss of a step.",
        "- *Means*: the difference of the mean losses of an example over the first "
        f"{parity.FIRST_STEPS} steps, in the phase where it is largest.",
        "- *Weights*: the largest difference of a weight.",
        "- In brackets: the same difference between the program and itself with "
        "slightly different rounding.",
        "- *Times as fast*: the fastest of 5 epochs of each side, which take turns, in "
        "float32 and after compilation, over all phases (and for each). The program "
        "runs its loop, with the batches that it draws and without printing; the twin "
        "runs `fit` as its recipe compiles it.",
        "",
        "[The verdict](guides/migrate.md#the-verdict) explains when the two agree, "
        "when a difference is due to rounding, and what magnifies rounding errors. "
        "Step by step, the twin runs without XLA. The classifier with pretraining has "
        "the graph of that without.",
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
