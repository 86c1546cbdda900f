"""`tfae search`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tfae.cli.loading import load_model_and_data, part_of
from tfae.cli.options import Data
from tfae.cli.output import check_writable, console

EXCERPT = 70  # characters of a text
MOST_QUERIES = 20  # in a picture


def search(
    path: Annotated[
        Path, typer.Argument(help="File that `tfae index` wrote, or its folder.")
    ],
    query: Annotated[
        str | None,
        typer.Option(
            help="A text or a file of one; an .npy file of examples; or an image."
        ),
    ] = None,
    example: Annotated[
        int | None, typer.Option(help="Position of a test example to search by.")
    ] = None,
    count: Annotated[
        int, typer.Option("--top", help="Number of neighbours to show.")
    ] = 10,
    model: Annotated[
        Path | None,
        typer.Option(help="Model of the index. \\[default: the one it was made by]"),
    ] = None,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder of the picture. \\[default: beside the index]"),
    ] = None,
):
    """Show the examples of an index that are nearest to a query."""
    from tfae.arguments import check_integers

    check_integers(count=count)
    if example is not None:
        check_integers(0, example=example)
    if (query is None) == (example is None):
        raise ValueError("Give either --query or --example.")
    from tfae.evaluation import index as indices
    from tfae.evaluation import retrieval

    path = path / "index.npz" if path.is_dir() else path
    index = indices.load(path)
    about = index.belongs_to or {}
    if model is None and "path" not in about:
        raise ValueError(
            f"{path} does not name the file of its model, as `tfae index` does. Give "
            "--model."
        )
    model = model or path.parent / about["path"]
    output = output or path.parent
    check_writable(output, ["figures/search.png"])
    found, split, _ = load_model_and_data(model, data or about.get("data"))
    retrieval.check_model(index, found)
    from tfae import datasets

    part = about.get("part", "all")
    stored = part_of(split, part)
    if retrieval.examples_digest(stored.inputs) != about.get("examples"):
        raise ValueError(
            f"{path} was made from other examples than those of {split.name}, part "
            f"{part}. Give the --data that it was made from."
        )
    queries = _of_test_part(split, example)
    if queries is None:
        queries = datasets.read_queries(query, split)
    places, distances = retrieval.search(index, found, queries, count)
    texts = queries.dtype == object
    if texts and _is_read_as_empty(found, queries):
        print(
            "No word of the query is in the vocabulary: these are the neighbours of an "
            "empty text."
        )
    for number, (row, gaps) in enumerate(zip(places, distances, strict=True), start=1):
        _print(f"query {number}", row, gaps, stored, texts)
    if not texts:
        _draw(queries, places, stored, split, output)


def _of_test_part(split, example):
    if example is None:
        return None
    count = len(split.test.inputs)
    if not 0 <= example < count:
        raise ValueError(
            f"--example must be from 0 to {count - 1}. Received: --example {example}"
        )
    return split.test.inputs[example : example + 1]


def _is_read_as_empty(model, query):
    """Whether a model encodes a text like an empty one."""
    from tfae import evaluation, texts

    codes = evaluation.encode(model, texts.as_texts([*query, ""]))
    return (codes[0] == codes[-1]).all()


def _print(title, places, distances, stored, texts):
    columns = ["rank", "place", "distance"]
    columns += [] if stored.labels is None else ["class"]
    columns += ["text"] if texts else []
    table = Table(*columns, title=title)
    pairs = zip(places, distances, strict=True)
    for rank, (place, distance) in enumerate(pairs, start=1):
        cells = [str(rank), str(place), f"{distance:.4g}"]
        if stored.labels is not None:
            cells.append(str(stored.labels[place]))
        if texts:
            excerpt = " ".join(str(stored.inputs[place])[: 4 * EXCERPT].split())
            cells.append(escape(excerpt[:EXCERPT]))
        table.add_row(*cells)
    console.print(table)


def _draw(queries, places, stored, split, output):
    import numpy as np

    from tfae import files, plots

    rows = {
        f"query {number}": np.concatenate([example[None], stored.inputs[row]])
        for number, (example, row) in enumerate(
            zip(queries[:MOST_QUERIES], places, strict=False), start=1
        )
    }
    title = "Queries (on the left), and their nearest examples"
    figure = plots.examples(rows, split.image_shape, title, 1 + places.shape[1])
    file = output / "figures" / "search.png"
    with files.atomic(file) as beside:
        figure.savefig(beside, dpi=120)
    print(f"wrote {file}")
