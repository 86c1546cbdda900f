"""`tfae index`."""

import math
import os
from pathlib import Path
from typing import Annotated

import typer

from tfae.arguments import check_choice
from tfae.cli.loading import check_part, load_model_and_data, part_of
from tfae.cli.options import Data, ModelPath
from tfae.cli.output import check_writable
from tfae.cli.paths import check_data, model_file


def index(
    path: ModelPath,
    data: Data = None,
    part: Annotated[
        str, typer.Option(help="Part of the data: train, valid, test or all.")
    ] = "all",
    metric: Annotated[
        str, typer.Option(help="cosine, euclidean, or hamming between bits.")
    ] = "cosine",
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Codes above it become bits of 1, for hamming. \\[default: 0.5]"
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="File to write. \\[default: index.npz beside the model]"),
    ] = None,
):
    """Index the codes of a data set, to search for similar examples."""
    if threshold is not None and metric != "hamming":
        raise ValueError(
            f"--threshold makes bits, for --metric hamming. Received: --metric {metric}"
        )
    from tfae.evaluation.index import METRICS

    check_choice(METRICS, metric=metric)
    check_part(part)
    check_data(data)
    if threshold is not None and not math.isfinite(threshold):
        raise ValueError(f"--threshold must be finite. Received: {threshold}")
    output = output or model_file(path).parent / "index.npz"
    check_writable(output.parent, [output.name])
    model, split, _ = load_model_and_data(path, data)
    examples = part_of(split, part)
    if model.example_shape is None:
        raise ValueError(f"{path} takes rows of a table, which have no index.")
    from tfae.datasets import sources
    from tfae.evaluation import retrieval

    # Beside the index, so that both can be moved.
    file = os.path.relpath(model_file(path).resolve(), output.parent.resolve())
    about = {"path": file, "data": sources.located(split.name), "part": part}
    threshold = 0.5 if threshold is None else threshold
    found = retrieval.of(model, examples.inputs, metric, threshold=threshold, **about)
    found.save(output)
    print(f"wrote {output}: {len(found):,} codes of {found.codes.shape[1]} numbers")
