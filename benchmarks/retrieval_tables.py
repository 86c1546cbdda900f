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
        f"`python benchmarks/maps.py`: methods place {measured['count']:,} training "
        "images; recipes, trained on 55,000, place the 10,000 test images, which they "
        "have not seen, and these are classified by the nearest training image of the "
        "map, too, as the paper of parametric t-SNE does. Trustworthiness and "
        "continuity are of 12 neighbours, among 6,000 images; seconds are those of the "
        "method, or of training.",
        "",
        "| map | trustworthiness | continuity | error of the nearest | of the nearest "
        "of training | seconds |",
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
    """Section of docs/results.md on texts that are found by codes."""
    return _retrieval(
        "Texts found",
        "20 Newsgroups by date: {queries:,} of the {stored:,} test documents are "
        "queries, to all other ones; relevant are those of the same group.",
        TEXTS,
    )


def images():
    """Section of docs/results.md on images that are found by codes."""
    return _retrieval(
        "Images found",
        "MNIST: {queries:,} test images are queries to {stored:,} others; relevant are "
        "those of the same digit. Seed 003 holds that codes are better to search by "
        "than pixels. Over long lists some are; at rank 1 the pixels are as good or "
        "nearly so: {first:.3f}, and codes from {lowest:.3f} to {highest:.3f}.",
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
        f"`python benchmarks/retrieval.py`. {what.format(**measured, **at_1)} Cosine "
        "similarity, of bits the Hamming distance; seconds are those of the search for "
        "the 100 nearest of all queries, in one run.",
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
    return [*lines, *picture(f"{path.stem}_neighbours", "Queries, and what is found")]


def served():
    """Section of docs/results.md on searches that a server answers."""
    found = json.loads(SERVED.read_text())
    return [
        "",
        "## Served searches",
        "",
        f"`python benchmarks/serving_search.py` on a run of `{found['run']}`, by "
        f"TensorFlow's C++ loader: {100 * found['share_of_equal_ids']:.2f} % of the "
        f"ids that {found['queries']} queries get, among {found['stored']:,} stored "
        f"examples, are those that Python finds. A call of `encode` takes "
        f"{found['encode_p50_ms']:.2f} ms, one of `search` "
        f"{found['search_p50_ms']:.2f} ms (medians).",
    ]


def picture(name, title):
    """Lines of a picture, if there is one."""
    path = DOCS / "figures" / f"{name}.png"
    return ["", f"![{title}](figures/{name}.png)"] if path.is_file() else []


SECTIONS = {MAPS: maps, TEXTS: texts, IMAGES: images, SERVED: served}
