"""`tfae plot`."""

from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import load_model, load_model_and_data
from tfae.cli.options import Data, ImageShape, image_shape_of
from tfae.cli.output import check_writable
from tfae.cli.paths import check_data, model_file


def plot(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="A .keras file or the folder that training wrote; of several, the "
            "losses and codes are compared."
        ),
    ],
    data: Data = None,
    image_shape: ImageShape = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to. \\[default: beside one model, or "
            "saved_models/compared]"
        ),
    ] = None,
):
    """Plot reconstructions, loss terms, codes and filters, or compare models."""
    home = model_file(paths[0]).parent
    output = output or (home if len(paths) == 1 else Path("saved_models") / "compared")
    for path in paths:
        model_file(path)
    check_data(data)
    check_writable(output, ["figures/loss.png"])
    model, split, title = load_model_and_data(paths[0], data)

    from tfae import datasets, reporting

    if image_shape is not None:
        split = datasets.drawn_as(split, image_shape_of(image_shape))
    if len(paths) == 1:
        names = reporting.draw(model, split, output, title, home)
    else:
        models = {str(paths[0]): model}
        for path in paths[1:]:
            models[str(path)] = load_model(path, split)
        runs = {str(path): model_file(path).parent for path in paths}
        names = reporting.compare(models, split, output, runs)
    if not names:
        raise ValueError(
            f"{paths[0]} holds a {type(model).__name__}, which has no pictures."
        )
    for name in names:
        print(f"wrote {output / name}")
