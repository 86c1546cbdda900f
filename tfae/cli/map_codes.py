"""`tfae map`."""

from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import load_model, load_model_and_data
from tfae.cli.options import Data
from tfae.cli.output import check_writable, console
from tfae.cli.paths import check_data, model_file

NAMES = ("figures/maps.png", "maps.npz")


def map_codes(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="A .keras file or the folder that training wrote; or more."
        ),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="pca, lle, laplacian, sne, tsne, opentsne or umap; repeatable.  "
            "\\[default: tsne]"
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="Number of test examples to map.")] = 2000,
    inputs: Annotated[
        bool, typer.Option("--inputs", help="Also map the examples themselves.")
    ] = False,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Draw some examples as thumbnails.")
    ] = False,
    pca_first: Annotated[
        int, typer.Option(help="Principal components to keep before the other methods.")
    ] = 50,
    perplexity: Annotated[
        float, typer.Option(help="Perplexity of sne, tsne and opentsne.")
    ] = 30.0,
    neighbours: Annotated[
        int, typer.Option(help="Number of neighbours of lle, laplacian and umap.")
    ] = 12,
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 0,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: beside the first model]"),
    ] = None,
):
    """Draw two-dimensional maps of the codes of trained models and measure them."""
    from tfae.arguments import (
        check_choice,
        check_integers,
        check_positive,
        check_seed,
    )

    output = output or model_file(paths[0]).parent
    check_writable(output, NAMES)
    check_integers(count=count, neighbours=neighbours, pca_first=pca_first)
    check_positive(perplexity=perplexity)
    check_seed(seed=seed)
    for path in paths:
        model_file(path)
    check_data(data)
    from tfae.evaluation import maps

    methods = method or ["tsne"]
    for one in methods:
        check_choice(tuple(maps.METHODS), method=one)
    model, split, _ = load_model_and_data(paths[0], data)
    models = {"inputs": None} if inputs else {}
    models[str(paths[0])] = model
    for path in paths[1:]:
        models[str(path)] = load_model(path, split)
    _draw(
        models,
        split,
        output,
        methods,
        count,
        thumbnails=thumbnails,
        pca_first=pca_first,
        perplexity=perplexity,
        neighbours=neighbours,
        seed=seed,
    )


def _draw(models, split, output, methods, count, **options):
    import numpy as np

    from tfae import datasets, files
    from tfae.reporting import maps

    labels = split.test.labels
    part = datasets.Part(
        split.test.inputs[:count], None if labels is None else labels[:count]
    )
    try:
        with console.status(f"Mapping {len(part.inputs):,} examples …"):
            figure, found, rows = maps.draw(
                models,
                part,
                methods,
                split.image_shape,
                label_names=split.label_names,
                watch=lambda what: print(f"Mapping {what} …", flush=True),
                **options,
            )
    except ImportError as error:
        raise ValueError(str(error)) from error
    for row in rows:
        print(
            "  ".join(
                f"{value:.4f} {name}" if isinstance(value, float) else str(value)
                for name, value in row.items()
            )
        )
    with files.replacing(output, NAMES) as beside:
        figure.savefig(beside / "figures" / "maps.png", dpi=120)
        arrays = {f"map of {name}": one for name, one in found.items()}
        np.savez(beside / "maps.npz", **arrays)
    for name in NAMES:
        print(f"wrote {output / name}")
