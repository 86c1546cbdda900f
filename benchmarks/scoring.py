"""Scores a large CSV file by a detector: seconds and memory beside reading it alone.

    python benchmarks/scoring.py [--rows 1000000] [--columns 30] [--folder FOLDER]

A table of numbers and one category is written; a detector is trained on its first 5,000
rows; then, in turn and each in a process of its own, pandas reads the file,
`tfae.datasets.read_chunks` reads it, and `tfae detect score` scores it. The peak memory
is that of the process. The rounds are repeated, and the medians printed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

READERS = {
    "pandas.read_csv": "import pandas; pandas.read_csv({path!r})",
    "read_chunks": (
        "import tfae, tfae.datasets as d; e = tfae.load({run!r}).encoding\n"
        "for piece in d.read_chunks({path!r}, e.kinds): pass"
    ),
}
TRAINED_ON = 5000
FEW = 3  # lines of a file that takes as long as starting and tracing do
ROUNDS = 3
# Runs a command; prints its seconds and the most memory that it had, in bytes.
MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(time.perf_counter() - start, 1024 * most)
"""


def write(path, rows, columns):
    """Writes a CSV file of correlated numbers, and of a category in the last column."""
    import pyarrow as pa
    import pyarrow.csv

    rng = np.random.default_rng(0)
    codes = rng.normal(size=(rows, 5))
    values = codes @ rng.normal(size=(5, columns - 1)) + 0.1 * rng.normal(
        size=(rows, columns - 1)
    )
    table = {f"x{i}": values[:, i].round(4) for i in range(columns - 1)}
    table["kind"] = np.array(["a", "b", "c"])[rng.integers(3, size=rows)]
    pyarrow.csv.write_csv(pa.table(table), path)


def train(path, folder):
    """Trains a detector on the first rows of the file."""
    head = folder / "head.csv"
    with path.open() as file:
        head.write_text("".join(next(file) for _ in range(TRAINED_ON)))
    words = ["detect", "train", str(head), "--output", str(folder / "run")]
    subprocess.run(command(*words, "--epochs", "5"), check=True, stdout=-3)


def command(*words):
    """The command `tfae`, by this Python."""
    return [sys.executable, "-c", "from tfae.cli import main; main()", *words]


def measured(words):
    """Seconds and bytes of a process."""
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return [*map(float, result.stdout.split())]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        path, run = folder / "large.csv", folder / "run"
        write(path, arguments.rows, arguments.columns)
        train(path, folder)
        scoring = ("detect", "score", str(run), "--data", str(path), "--output")
        ways = {
            name: [sys.executable, "-c", code.format(path=str(path), run=str(run))]
            for name, code in READERS.items()
        }
        ways["tfae detect score"] = command(*scoring, str(folder / "scores.csv"))
        few = folder / "few.csv"
        with path.open() as file:
            few.write_text("".join(next(file) for _ in range(FEW)))
        of_few = (*scoring[:-2], str(few), "--output", str(folder / "few_scores.csv"))
        ways[f"tfae detect score, {FEW - 1} rows"] = command(*of_few)
        start = f"import tfae; tfae.load({str(run)!r})"
        ways["start of tfae alone"] = [sys.executable, "-c", start]
        found = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, words in ways.items():
                found[name].append(measured(words))
                time.sleep(1)
        print(
            f"{arguments.rows:,} rows of {arguments.columns} columns, "
            f"{path.stat().st_size / 1e6:.0f} MB, medians of {ROUNDS}:\n"
        )
        reading = np.median(found["pandas.read_csv"], axis=0)[0]
        print("| | seconds | times pandas | peak, MB |")
        print("| --- | --- | --- | --- |")
        for name, rows in found.items():
            seconds, memory = np.median(rows, axis=0)
            print(
                f"| {name} | {seconds:.2f} | {seconds / reading:.2f} | "
                f"{memory / 1e6:.0f} |"
            )


if __name__ == "__main__":
    main()
