"""`tfae publish`."""

from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import load_model_and_data
from tfae.cli.options import Data, ModelPath, Quiet
from tfae.cli.output import check_writable
from tfae.cli.paths import model_file


def publish(
    path: ModelPath,
    to: Annotated[Path, typer.Option(help="Folder of the preset, made if missing.")],
    data: Data = None,
    quiet: Quiet = False,
):
    """Write a trained model as a preset: weights, model card, served version."""
    file = model_file(path)
    metrics = file.with_name("metrics.json")
    if not metrics.is_file():
        raise ValueError(
            f"{path} holds a model without metrics.json, from which the model card is "
            "made. Give the folder of a run of `tfae train`."
        )
    check_writable(to)
    model, split, _ = load_model_and_data(path, data)
    from tfae.recipes import model_cards

    written = model_cards.publish(model, metrics, to, split.test.inputs[:100])
    for one in written:
        print(f"wrote {one}")
