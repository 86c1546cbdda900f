"""Writes docs/results.md and the tables of pages and READMEs from recorded results.

    python benchmarks/results.py                             # the tables
    python benchmarks/results.py --record RUN [RUN ...]      # first, record runs
    python benchmarks/results.py --pictures RUN [RUN ...]    # first, copy pictures
    python benchmarks/results.py --parity RUN [RUN ...]      # first, record reports

A RUN is a folder that `tfae train` wrote; the runs of one recipe, one a seed, become
docs/results/<recipe>.json. Pictures are those of a model's `reports`, but for vectors
what all models draw, except their codes.
Reports are those of `tfae compare`, in the folders that it wrote; without their losses
they become docs/parity.json.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
from pathlib import Path

import benchmark_tables
import legacy_tables
import serving_tables
import tables
import twin_tables

from tfae import models
from tfae.recipes import RECIPES, building

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results"
SECONDS = ROOT / "tfae" / "recipes" / "seconds.py"


def record(folders):
    """Copies the metrics of `folders` into one JSON file a recipe."""
    runs = {}
    for folder in folders:
        metrics = json.loads((folder / "metrics.json").read_text())
        runs.setdefault(metrics["recipe"], []).append(metrics)
    for name, found in runs.items():
        settings = [_settings(metrics) for metrics in found]
        if any(one != settings[0] for one in settings):
            sys.exit(f"{name}: the runs have different settings; record like ones")
        found.sort(key=lambda metrics: metrics["settings"]["seed"])
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(found, indent=1) + "\n")
        print(f"wrote {path}")


def _settings(metrics):
    """What must be alike; a setting that recipes got later is none in earlier runs."""
    given = {**metrics["settings"], "seed": None}
    return {name: value for name, value in given.items() if value is not None}


def copy_pictures(folders):
    """Copies what the models of `folders` draw to docs/figures."""
    for folder in folders:
        recipe = json.loads((folder / "metrics.json").read_text())["recipe"]
        target = tables.FIGURES / recipe
        target.mkdir(parents=True, exist_ok=True)
        reports = building.find_model(RECIPES[recipe]).reports
        chosen = [*reports]
        if not RECIPES[recipe].keep_shape:  # those of vectors are alike
            common = models.Autoencoder.reports
            chosen = [*(name for name in reports if name not in common), "codes"]
        for name in chosen:
            picture = folder / "figures" / f"{name}.png"
            if picture.is_file():
                shutil.copyfile(picture, target / picture.name)
                print(f"wrote {target / picture.name}")


def record_parity(folders):
    """Copies what `tfae compare` found, but the losses of each step."""
    reports = []
    for folder in folders:
        report = json.loads((folder / "parity.json").read_text())
        for row in report["programs"]:
            for name in ("legacy_losses", "keras_losses", "loss_differences"):
                del row[name]
        reports.append(report)
    twin_tables.PARITY.write_text(json.dumps(reports, indent=1) + "\n")
    print(f"wrote {twin_tables.PARITY}")


def load():
    """Runs of each recorded recipe, in the order of the recipes."""
    return {
        name: json.loads((RESULTS / f"{name}.json").read_text())
        for name in RECIPES
        if (RESULTS / f"{name}.json").is_file()
    }


def seconds(results):
    """Text of the module of recorded seconds of training, a recipe a line."""
    rows = []
    for name, runs in sorted(results.items()):
        found = statistics.median(run["seconds"] for run in runs)
        rows.append(f'    "{name}": {max(1, round(found))},\n')
    return (
        '"""Seconds of training on 2 cores, as recorded. Written by `make results`."""'
        "\n\nSECONDS = {\n" + "".join(rows) + "}\n"
    )


def pages_of(results):
    """Text of each page that shows results, by its path."""
    docs = ROOT / "docs"
    found = [
        (docs / "recipes.md", "zoo", tables.zoo(results)),
        (docs / "guides" / "images.md", "forms", tables.forms(results)),
        (docs / "guides" / "serve.md", "load", serving_tables.load()),
        (docs / "guides" / "train.md", "scaling", benchmark_tables.scaling()),
        (ROOT / "legacy_tf1_ports" / "README.md", "programs", legacy_tables.programs()),
    ]
    readme = ROOT / "README.md"
    found += [
        (readme, "highlights", tables.highlights(results)),
        (readme, "speed", benchmark_tables.flagship()),
        (readme, "small", benchmark_tables.small_runs()),
    ]
    for page in sorted((docs / "gallery").glob("*.md")):
        found += [
            (page, f"recorded {model}", tables.recorded(results, model))
            for model in re.findall(r"<!-- recorded (\w+) -->", page.read_text())
        ]
    texts = {path: path.read_text() for path, *_ in found}
    for path, *table in found:
        texts[path] = fill(texts[path], *table)
    written = {docs / "results.md": tables.page(results), SECONDS: seconds(results)}
    return {**written, **texts}


def fill(text, name, content):
    """`text` with `content` between its two comments called `name`."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"


def main():
    """Records runs if asked to, then writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", nargs="+", type=Path, default=[], metavar="RUN")
    parser.add_argument("--pictures", nargs="+", type=Path, default=[], metavar="RUN")
    parser.add_argument("--parity", nargs="+", type=Path, default=[], metavar="RUN")
    options = parser.parse_args()
    record(options.record)
    copy_pictures(options.pictures)
    if options.parity:
        record_parity(options.parity)
    results = load()
    for path, text in pages_of(results).items():
        path.write_text(text)
    print("wrote docs/results.md and the tables of the documentation and the READMEs")


if __name__ == "__main__":
    main()
