"""`tfae sample`."""

import inspect
import math
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import load_model_and_data
from tfae.cli.options import Data, ModelPath
from tfae.cli.output import check_writable
from tfae.cli.paths import check_data, model_file


def sample(
    path: ModelPath,
    count: Annotated[int, typer.Option(help="Number of examples to draw.")] = 64,
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 0,
    condition: Annotated[
        int | None, typer.Option(help="Class to draw, for a conditional model.")
    ] = None,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: beside the model]"),
    ] = None,
):
    """Draw new examples from a trained model; write them and a picture of them."""
    from tfae import arguments, files, sizes

    output = output or model_file(path).parent
    names = ("samples.npy", "figures/samples.png")
    check_writable(output, names)
    arguments.check_integers(count=count)
    arguments.check_seed(seed=seed)
    check_data(data)
    model, split, title = load_model_and_data(path, data)
    remedy = "Train a model that draws examples, such as variational_digits."
    draw = arguments.optional(model, "sample", remedy)
    if model.example_shape is None:
        raise ValueError(f"{path} draws rows of a table, which have no picture.")
    sizes.check_memory(4 * count * math.prod(model.example_shape), f"--count {count}")
    takes_condition = "conditions" in inspect.signature(draw).parameters
    if takes_condition != (condition is not None):
        raise ValueError(
            f"{path} holds a {type(model).__name__}, which takes "
            f"{'a' if takes_condition else 'no'} --condition. Received: {condition}"
        )

    import numpy as np

    from tfae import plots

    conditions = () if condition is None else (condition,)
    examples = np.asarray(draw(count, *conditions, seed=seed), "float32")
    figure = plots.grid(examples, split.image_shape, f"{title}: samples")
    with files.replacing(output, names) as beside:
        np.save(beside / "samples.npy", examples)
        figure.savefig(beside / "figures" / "samples.png", dpi=120)
    for name in names:
        print(f"wrote {output / name}")
