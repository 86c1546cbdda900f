"""Runs legacy programs to their last epoch and records what they print.

    python benchmarks/legacy.py [PROGRAM ...] [--seeds 0,1,2]

Each run is a process of its own; docs/legacy/<program>.json has its lines, and what
was recorded before of other seeds. `benchmarks/results.py` makes the table of them.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from tfae import files
from tfae.migration.twins import TWINS
from tfae.training import commit

ROOT = Path(__file__).parent.parent
RECORDS = ROOT / "docs" / "legacy"


def run(program, seed, revision):
    """What `program` prints, and how long it takes."""
    command = ["-m", f"legacy_tf1_ports.{program}", "--seed", str(seed)]
    started = time.perf_counter()
    result = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if result.returncode:
        sys.exit(f"{program}: {result.stderr}")
    return {
        "command": " ".join(["python", *command]),
        "seed": seed,
        "seconds": round(seconds, 1),
        "commit": revision,
        "printed": result.stdout.splitlines(),
    }


def revision():
    """Commit of the code; what was recorded before, in docs, does not make it dirty."""
    command = ["git", "status", "--porcelain", "--untracked-files=no", "--", ":!docs"]
    changed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return commit() if changed else commit().removesuffix("-dirty")


def main():
    """Runs the programs that are asked for, and records each run as it ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="*", default=[*TWINS], metavar="PROGRAM")
    parser.add_argument("--seeds", default="0,1,2")
    options = parser.parse_args()
    at = revision()
    for program in options.programs:
        path = RECORDS / f"{program}.json"
        runs = {}
        if path.is_file():
            runs = {found["seed"]: found for found in json.loads(path.read_text())}
        for seed in map(int, options.seeds.split(",")):
            runs[seed] = run(program, seed, at)
            with files.atomic(path) as beside:
                found = [runs[seed] for seed in sorted(runs)]
                beside.write_text(json.dumps(found, indent=1) + "\n")
            print(program, seed, runs[seed]["seconds"], runs[seed]["printed"][-1])


if __name__ == "__main__":
    main()
