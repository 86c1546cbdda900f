"""The folder of a search: its report, its table, and its plot."""

import csv
import json
import shutil
import zlib

import numpy as np

from tfae import datasets, files

REPORT, TABLE, FIGURE = "search.json", "search.csv", "figures/search.png"


def check(output, asked, resume):
    """Raises `ValueError` if a search would discard another, or has none to continue.

    Args:
        output: Folder of the search.
        asked: Dict of what is searched, as the report records it.
        resume: Boolean, whether to continue the search in the folder.
    """
    report = output / REPORT
    if not resume:
        if report.exists():
            raise ValueError(
                f"{output} holds a search. Use resume=True to continue it, or another "
                "`output`."
            )
        return
    if not report.exists():
        raise ValueError(
            f"There is no search in {output} to resume. Use resume=False to begin one."
        )
    before = files.read_json(report)
    for name, value in asked.items():
        if not isinstance(before, dict) or before.get(name) != value:
            raise ValueError(
                f"The search in {output} differs in its {name}. Continue it with "
                "the same, or give another `output`."
            )


def fingerprint(split):
    """Numbers that tell the data of a search from others, or `None` without a split."""
    if split is None:
        return None
    inputs = [part.inputs for part in (split.train, split.valid)]
    contents = [
        zlib.crc32(np.ascontiguousarray(one))
        for one in inputs
        if isinstance(one, np.ndarray) and one.dtype.kind != "O"
    ]
    return [*map(len, inputs), datasets.fingerprint(split), *contents]


def clear(output, names):
    """Removes what a search left that ended before its first trial did."""
    if not (output / REPORT).exists():
        for path in [one for name in names for one in (output / name).glob("*")]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def rows_in(output):
    """The rows of the trials that have ended."""
    report = output / REPORT
    return files.read_json(report)["rows"] if report.exists() else []


def is_begun(folder):
    """Whether a trial was begun in a folder."""
    begun = (folder / files.UNFINISHED / "settings.json", folder / "metrics.json")
    return any(path.is_file() for path in begun)


def write(output, report, figure=None):
    """Writes the report of a search, its table, and its plot if there is one."""
    names = [REPORT, TABLE] if figure is None else [REPORT, TABLE, FIGURE]
    with files.replacing(output, names) as beside:
        (beside / REPORT).write_text(json.dumps(report, indent=2) + "\n")
        with (beside / TABLE).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["trial", *report["space"], "score", "seconds", "error"])
            for row in report["rows"]:
                told = [row["settings"].get(name, "") for name in report["space"]]
                ended = [row[name] for name in ("score", "seconds", "error")]
                writer.writerow([row["trial"], *told, *ended])
        if figure is not None:
            figure.savefig(beside / FIGURE)
