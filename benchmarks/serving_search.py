"""Served searches of a trained model against those in Python, and their latency.

The codes of the test part are exported with the model, and its first examples are the
queries, one a call and all at once, by TensorFlow's C++ loader in a process of its own.
Calls of `encode` and of `search` take turns.

    python benchmarks/serving_search.py RUN [--data DATA] [--queries 100]
        [--record docs/serving_search.json]
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import serving_latency

from tfae.cli.loading import load_model_and_data
from tfae.evaluation import retrieval
from tfae.export import export

FOUND = 10
WARM_UP = 20


def measure(run, data, queries):
    """Share of the ids that are those of Python, and median milliseconds of a call."""
    model, split, name = load_model_and_data(run, data)
    stored = split.test.inputs
    index = retrieval.of(model, stored)
    asked = stored[:queries]
    places, _ = retrieval.search(index, model, asked, FOUND)
    seconds = {"encode": [], "search": []}
    with tempfile.TemporaryDirectory() as folder:
        path = export(
            model, Path(folder) / "model", index=index, count=FOUND, check=False
        )
        with serving_latency.bare_calls(path) as call:
            answer, _ = call("search", asked)
            for turn in range(WARM_UP + queries):
                first = turn % len(asked)
                row = asked[first : first + 1]
                for signature, found in seconds.items():
                    found.append(call(signature, row)[1])
    medians = {
        f"{signature}_p50_ms": 1e3 * float(np.median(found[WARM_UP:]))
        for signature, found in seconds.items()
    }
    return {
        "run": name,
        "stored": len(stored),
        "queries": len(asked),
        "share_of_equal_ids": float((answer["ids"] == places).mean()),
        **medians,
        "search_per_encode": medians["search_p50_ms"] / medians["encode_p50_ms"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--data")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    found = measure(options.run, options.data, options.queries)
    print(json.dumps(found, indent=2))
    if options.record:
        options.record.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
