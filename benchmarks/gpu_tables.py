"""The section of docs/results.md on the speed on a GPU, from docs/gpu.json."""

import json
import statistics
from pathlib import Path

from gpu import ENGINES, OURS

GPU = Path(__file__).parent.parent / "docs" / "gpu.json"
RUN = "python benchmarks/gpu.py --record docs/gpu.json"
ABOUT = (
    f"`{RUN}` trains five models in float32, TF32 and bfloat16 and in batches of 128 "
    "and 8,192 beside PyTorch, within 8 minutes, on random images of MNIST's shape. It "
    "needs one GPU that TensorFlow sees (`pip install 'tensorflow[and-cuda]'`), and "
    "PyTorch with CUDA for the comparison."
)


def section():
    """Lines of the section; without a record they say that there is none."""
    lines = ["", "## Speed on a GPU", "", ABOUT, ""]
    if not GPU.is_file():
        return [*lines, "No GPU was available so far: no figure is recorded."]
    record = json.loads(GPU.read_text())
    if not record["device"]:
        raise ValueError(f"{GPU} holds figures of a CPU. Record them on a GPU: {RUN}")
    versions = ", ".join(f"{name} {one}" for name, one in record["versions"].items())
    others = [name for name in ENGINES if name != OURS]
    columns = ("model", "precision", "batch", f"{OURS}, ms", *others, "MiB")
    lines += [
        f"One run on {record['device']}, {record['machine']} ({versions}). Median "
        f"milliseconds of an epoch of {OURS}, how many times as long the others take, "
        "and the peak memory of each on the GPU.",
        "",
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
    ]
    rows = {}
    for one in record["cells"]:
        key = (one["model"], one["precision"], one["batch_size"])
        rows.setdefault(key, {})[one["engine"]] = one
    for key, found in rows.items():
        ours = found.get(OURS)
        median = 1000 * statistics.median(ours["seconds"]) if ours else None
        cells = [*key, f"{median:.1f}" if ours else "–"]
        ratios = (found.get(name, {}).get("ratio") for name in others)
        cells += ["–" if one is None else f"{one:.2f}" for one in ratios]
        memory = (str(found[n]["peak_memory_mib"]) for n in ENGINES if n in found)
        lines.append(f"| {' | '.join(map(str, cells))} | {', '.join(memory)} |")
    named = ("model", "precision", "batch_size")
    for title, kept in (("Not measured", "not_measured"), ("Differs", "differences")):
        found = [
            f"- {', '.join(str(one[name]) for name in named)}: "
            + (one["what"] if "what" in one else f"{one['engine']}: {one['why']}")
            for one in record[kept]
        ]
        lines += ["", f"{title}:", "", *found] if found else []
    return lines
