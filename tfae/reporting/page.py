"""The report of a run: one self-contained HTML page.

It is generated from the files of the run alone, without the model or Keras.
"""

import base64
import contextlib
import csv
import json
import math
import struct
from html import escape
from pathlib import Path

from tfae import files

NAME = "report.html"
HISTORIES = ("pretraining.csv", "history.csv")
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_PICTURE = 20 * 2**20  # bytes
FIRST = ("reconstructions", "samples", "codes")  # of the plots
WIDTH, HEIGHT, LEFT, BOTTOM = 360, 220, 52, 24  # of a chart
STYLE = """
:root { color: #1c1e21; background: #fff; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .6rem; font-size: 1.2rem; border-bottom: 1px solid #d6d9de; }
.tiles, .charts { display: flex; flex-wrap: wrap; gap: .8rem; }
.tiles div { background: #f2f4f7; border-radius: .4rem; padding: .5rem .9rem; }
.tiles b { display: block; font-size: 1.25rem; }
.charts svg { width: 22.5rem; max-width: 100%; height: auto; }
figure { margin: 0 0 1.2rem; overflow-x: auto; }
figure img { max-width: 100%; height: auto; display: block; }
figure img.wide { min-width: 34rem; }
figcaption { color: #555b64; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top;
  border-bottom: 1px solid #eceef1; overflow-wrap: anywhere; }
th { font-weight: 500; width: 40%; }
pre { background: #f2f4f7; border-radius: .4rem; padding: .7rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.warning { background: #fff4d6; border-radius: .4rem; padding: .5rem .9rem; }
text { font: 11px system-ui, sans-serif; fill: #555b64; }
.training { stroke: #2a6fdb; } .validation { stroke: #e07b00; }
polyline { fill: none; stroke-width: 1.8; } .axis { stroke: #b9bec6; fill: none; }
@media (max-width: 40rem) { th { width: 55%; } table { font-size: .88rem; }
  body { padding: .7rem; } }
"""


def page(folder, command=None, warnings=()):
    """The report of the run in `folder` as the text of an HTML page.

    Args:
        folder: Folder that a run wrote.
        command: Command that repeats the run, or `None`.
        warnings: Sentences to show above the figures.

    Returns:
        Text of a page without external resources or scripts.

    Raises:
        ValueError: If the folder holds no finished run.

    Example:
    >>> from tfae.reporting import page
    >>> recipe = tfae.recipes.get("marginalized_digits")
    >>> run = tfae.run(recipe, "saved_models/digits", verbose=0)
    >>> text = page.page("saved_models/digits")
    """
    folder = Path(folder)
    metrics = files.read_json(folder / "metrics.json")
    try:
        parts = [
            _head(folder, metrics, warnings),
            _section("Loss", f'<div class="charts">{_charts(folder)}</div>'),
            _section("Pictures", _pictures(folder)),
            _section("Figures", _table(metrics["figures"])),
            _section("Reproduce", _reproduce(folder, metrics, command)),
            _section("Settings", _table(_chosen(metrics["settings"]))),
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / 'metrics.json'} was not written by tfae.") from (
            error
        )
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(_title(folder, metrics))}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n{''.join(parts)}</body>\n</html>\n"
    )


def _title(folder, metrics):
    """The name of a run's folder, or of its recipe for the root folder."""
    return folder.resolve().name or str(metrics["recipe"])


def _head(folder, metrics, warnings):
    settings, figures = metrics["settings"], metrics["figures"]
    tiles = {
        name.replace("_", " "): _shown(figures[name])
        for name in ("test_mse", "pca_test_mse", "test_nll", "auroc", "class_error")
        if name in figures
    }
    tiles["epochs"] = _shown(metrics["epochs"])
    tiles["seconds of training"] = _shown(metrics["seconds"])
    tiles["seed"] = _shown(settings["seed"])
    shown = "".join(
        f"<div><b>{escape(value)}</b>{escape(name)}</div>"
        for name, value in tiles.items()
    )
    told = "".join(f'<p class="warning">{escape(one)}</p>' for one in warnings)
    about = (
        f"Recipe: {metrics['recipe']}, {settings.get('summary', '')}. "
        f"Data: {settings.get('data')}."
    )
    title = escape(_title(folder, metrics))
    return (
        f"<h1>{title}</h1>\n<p>{escape(about)}</p>\n{told}"
        f'<div class="tiles">{shown}</div>\n'
    )


def _section(title, content):
    return f"<section><h2>{title}</h2>\n{content}\n</section>\n" if content else ""


def _table(values):
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(_shown(value))}</td></tr>\n"
        for name, value in values.items()
    )
    return f"<table>{rows}</table>"


def _chosen(settings):
    """The settings to show."""
    empty = (None, "", [], {})
    return {name: one for name, one in settings.items() if one not in empty}


def _shown(value):
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _reproduce(folder, metrics, command):
    load = f"import tfae\nmodel = tfae.load({str(folder)!r})"
    how = (
        f"<pre>{escape(command)}</pre>"
        if command
        else "<p>The run was started from Python, with the settings below.</p>"
    )
    versions = {**metrics["versions"], "cores": metrics["cores"]}
    if metrics.get("commit"):
        versions["commit of tfae"] = metrics["commit"]
    return f"{how}\n<p>Load the model:</p><pre>{escape(load)}</pre>{_table(versions)}"


def _pictures(folder):
    """The plots of the run, embedded in the page."""
    found = {path.stem: path for path in sorted((folder / "figures").glob("*.png"))}
    found.pop("loss", None)  # its curves are charts
    ordered = [name for name in FIRST if name in found]
    ordered += [name for name in found if name not in FIRST]
    shown = []
    for name in ordered:
        path = found[name]
        if not path.is_file() or path.stat().st_size > LARGEST_PICTURE:
            continue
        content = path.read_bytes()
        if content.startswith(PNG):  # not the target of a link
            text = base64.b64encode(content).decode()
            title = escape(name.replace("_", " "))
            width, height = struct.unpack(">II", content[16:24].ljust(8, b"\0"))
            shape = "wide" if width > 2 * height else "usual"
            shown.append(
                f"<figure><figcaption>{title}</figcaption>"
                f'<img class="{shape}" alt="{title}" '
                f'src="data:image/png;base64,{text}"></figure>\n'
            )
    return "".join(shown)


def _charts(folder):
    """A chart for each term of the loss: its training and validation curve."""
    rows = [row for name in HISTORIES for row in _rows(folder / name)]
    names = dict.fromkeys(name for row in rows for name in row)
    terms = [
        name
        for name in names
        if name not in ("epoch", "layer") and not name.startswith("val_")
    ]
    terms.sort(key=lambda name: name != "loss")
    same = all(row.get("reconstruction") == row.get("loss") for row in rows)
    charts = []
    for term in terms:
        if term == "reconstruction" and same:
            continue
        curves = {
            label: [row.get(name, math.nan) for row in rows]
            for label, name in (("training", term), ("validation", f"val_{term}"))
        }
        charts.append(_chart(term, curves))
    return "".join(charts)


def _rows(path):
    """Rows of numbers of a history; empty if the file is damaged or missing."""
    with contextlib.suppress(OSError, ValueError, csv.Error), path.open() as file:
        return [
            {name: float(value) for name, value in row.items() if name and value}
            for row in csv.DictReader(file)
        ]
    return []


def _chart(title, curves):
    values = [v for curve in curves.values() for v in curve if math.isfinite(v)]
    if not values:
        return ""
    # A logarithmic scale if possible.
    scale = math.log10 if min(values) > 0 else float
    low, high = scale(min(values)), scale(max(values))
    span, steps = (high - low) or 1.0, max(1, len(curves["training"]) - 1)
    lines = []
    for label, curve in curves.items():
        points = " ".join(
            f"{LEFT + (WIDTH - LEFT - 8) * index / steps:.1f},"
            f"{HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 30) * (scale(v) - low) / span:.1f}"
            for index, v in enumerate(curve)
            if math.isfinite(v)
        )
        lines.append(f'<polyline class="{label}" points="{points}"/>')
    bottom, name = HEIGHT - BOTTOM, escape(title.replace("_", " "))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name} by epoch">'
        f'<text x="{LEFT}" y="16">{name}: training (blue), validation (orange)</text>'
        f'<path class="axis" d="M{LEFT} 26V{bottom}H{WIDTH - 8}"/>'
        f'<text x="{LEFT - 5}" y="36" text-anchor="end">{max(values):.3g}</text>'
        f'<text x="{LEFT - 5}" y="{bottom}" text-anchor="end">{min(values):.3g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">epoch 1</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end">{steps + 1}</text>'
        f"{''.join(lines)}</svg>\n"
    )
