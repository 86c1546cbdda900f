"""The table of docs/guides/serve.md on a server under load, from its record."""

import json
from pathlib import Path

LOAD = Path(__file__).parent.parent / "docs" / "serving_load.json"
BARE = "bare C API"


def load():
    """Text of the guide: the table, where it is recorded."""
    if not LOAD.is_file():
        return "No run is recorded yet."
    return table(json.loads(LOAD.read_text()))


def table(record):
    """Markdown table of a record of serving_load.py."""
    versions = ", ".join(f"{name} {one}" for name, one in record["versions"].items())
    lines = [
        f"`{record['signature']}` of the flagship, {record['rows']} rows a request, "
        f"each line {record['seconds']:g} s after {record['warm_up']:g} s of warm-up, "
        f"on loopback and {record['machine']} ({versions}):",
        "",
        "| clients | call | rows/s | times bare | p50, ms | p99, ms | times bare | "
        "errors | memory, MiB | growth |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for level in record["levels"]:
        for name, one in level["calls"].items():
            memory, growth = "", ""
            if name != BARE:
                memory = f"{one['memory_mib'][0]:.0f}"
                growth = f"{100 * one['memory_growth']:.1f} %"
            cells = [
                level["clients"],
                name,
                f"{one['rows_per_second']:,.0f}",
                f"{one['rows_per_second_ratio']:.3f}",
                f"{one['p50_ms']:.2f}",
                f"{one['p99_ms']:.2f}",
                f"{one['p99_ratio']:.1f}",
                sum(one["errors"].values()),
                *(memory, growth),
            ]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
