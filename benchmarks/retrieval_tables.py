"""The tables of docs/results.md on maps and retrieval, from docs/*.json."""

import json

from benchmark_tables import DOCS

MAPS = DOCS / "maps.json"
TEXTS = DOCS / "retrieval_texts.json"
IMAGES = DOCS / "retrieval_images.json"
SERVED = DOCS / "serving_search.json"


def maps():
    """Section of docs/results.md on maps of MNIST."""
    measured = json.loads(MAPS.read_text())
    lines = [
        "",
        "## Maps compared",
        "",
        f"`python benchmarks/maps.py`: methods map {measured['count']:,} training "
        "images. Recipes are trained on 55,000 images and map the 10,000 test images, "
        "which are new to them; these are also classified by the nearest training "
        "image in the map, as in the paper on parametric t-SNE. Trustworthiness and "
        "continuity use 12 neighbours among 6,000 images. Seconds are those of the "
        "method, or of training.",
        "",
        "| map | trustworthiness | continuity | error, nearest in the map | error, "
        "nearest training image | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in measured["maps"].items():
        other = found.get("nearest_training_error")
        lines.append(
            f"| {name} | {found['trustworthiness']:.3f} | {found['continuity']:.3f} | "
            f"{found['nearest_neighbour_error']:.4f} | "
            f"{'' if other is None else f'{other:.4f}'} | {found['seconds']:.0f} |"
        )
    return [*lines, *picture("maps", "Maps of MNIST")]


def texts():
    """Section of docs/results.md on searching texts by codes."""
    return _retrieval(
        "Texts found",
        "20 Newsgroups by date: {queries:,} of the {stored:,} test documents are "
        "queries to all others. Documents of the same group are relevant.",
        TEXTS,
    )


def images():
    """Section of docs/results.md on searching images by codes."""
    return _retrieval(
        "Images found",
        "MNIST: {queries:,} test images are queries to {stored:,} others. Images of "
        "the same digit are relevant. For long lists some codes are better than "
        "pixels; at rank 1 they are not clearly better: pixels reach {first:.3f}, "
        "codes from {lowest:.3f} to {highest:.3f}.",
        IMAGES,
    )


def _retrieval(title, what, path):
    measured = json.loads(path.read_text())
    first, *others = [one["precision_at_1"] for one in measured["codes"].values()]
    at_1 = {"first": first, "lowest": min(others), "highest": max(others)}
    lines = [
        "",
        f"## {title}",
        "",
        f"`python benchmarks/retrieval.py`. {what.format(**measured, **at_1)} The "
        "measure is the cosine similarity, for bits the Hamming distance. Seconds are "
        "those of one search for the 100 nearest examples of all queries.",
        "",
        "| codes | numbers | precision at 1 | at 10 | at 100 | average precision | "
        "seconds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in measured["codes"].items():
        average = next(value for key, value in found.items() if "average" in key)
        cells = [found[f"precision_at_{rank}"] for rank in (1, 10, 100)]
        numbers = " | ".join(f"{one:.3f}" for one in (*cells, average))
        seconds = f"{found['seconds']:.3f}"
        if "seconds_of_sparse_rows" in found:
            seconds += f" ({found['seconds_of_sparse_rows']:.3f} as sparse rows)"
        lines.append(f"| {name} | {found['numbers']} | {numbers} | {seconds} |")
    lines += picture(path.stem, f"{title}: precision and recall")
    return [
        *lines,
        *picture(f"{path.stem}_neighbours", "Queries and their nearest examples"),
    ]


def served():
    """Section of docs/results.md on searches that a server answers."""
    found = json.loads(SERVED.read_text())
    return [
        "",
        "## Served searches",
        "",
        f"`python benchmarks/serving_search.py` on a run of `{found['run']}`, in "
        f"TensorFlow's C++ loader: {100 * found['share_of_equal_ids']:.2f} % of the "
        f"ids found by {found['queries']} queries among {found['stored']:,} stored "
        f"examples equal those found in Python. A call of `encode` takes "
        f"{found['encode_p50_ms']:.2f} ms, one of `search` "
        f"{found['search_p50_ms']:.2f} ms (medians).",
    ]


def picture(name, title):
    """Lines of a picture, if there is one."""
    path = DOCS / "figures" / f"{name}.png"
    return ["", f"![{title}](figures/{name}.png)"] if path.is_file() else []


SECTIONS = {MAPS: maps, TEXTS: texts, IMAGES: images, SERVED: served}
