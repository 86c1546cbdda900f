"""`tfae index`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import Data, ModelPath, load_model_and_data, part_of
from tfae.cli.output import check_writable


def index(
    path: ModelPath,
    data: Data = None,
    part: Annotated[
        str, typer.Option(help="Of the data: train, valid, test or all.")
    ] = "all",
    metric: Annotated[
        str, typer.Option(help="cosine, euclidean, or hamming between bits.")
    ] = "cosine",
    threshold: Annotated[
        float, typer.Option(help="Above which a code is a bit of 1, for hamming.")
    ] = 0.5,
    output: Annotated[
        Path | None,
        typer.Option(help="File to write.  [default: index.npz beside the model]"),
    ] = None,
):
    """Index the codes of a data set by a trained model, to search in."""
    from tfae import saving

    output = output or saving.model_path(path).parent / "index.npz"
    check_writable(output.parent)
    if output.is_dir():
        raise ValueError(f"--output must be a file. Received: the folder {output}")
    model, split, _ = load_model_and_data(path, data)
    examples = part_of(split, part)
    from tfae.evaluation import retrieval

    # Beside the index, so that both can be moved.
    file = os.path.relpath(saving.model_path(path).resolve(), output.parent.resolve())
    source = Path(split.name)
    named = str(source.resolve()) if source.exists() else split.name
    about = {"path": file, "data": named, "part": part}
    found = retrieval.of(model, examples.inputs, metric, threshold=threshold, **about)
    found.save(output)
    print(f"wrote {output}: {len(found):,} codes of {found.codes.shape[1]} numbers")
