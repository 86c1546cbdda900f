"""`tfae finetune`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tfae.cli.loading import load_model_and_data, prepared
from tfae.cli.options import Data, ModelPath
from tfae.cli.output import check_writable, console
from tfae.cli.paths import check_data, model_file

# Trained parts for each value of `freeze`.
FROZEN = {"none": "all", "encoder": "head"}
NAMES = ("few_labels.csv", "figures/few_labels.png")


def finetune(
    path: ModelPath,
    data: Data = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Numbers of labels, separated by commas, or all. \\[default: of 100, "
            "600, 1000 and 3000 those that the data have]"
        ),
    ] = None,
    freeze: Annotated[
        str,
        typer.Option(
            help="What to freeze: none, encoder (only the head is trained), or a "
            "number of layers from the bottom."
        ),
    ] = "none",
    seeds: Annotated[int, typer.Option(help="Random subsets of each size.")] = 5,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Passes over the labels. \\[default: 2,000 steps, at least 10]"
        ),
    ] = None,
    learning_rate: Annotated[float, typer.Option(help="Learning rate of Adam.")] = 1e-3,
    encoder_rate: Annotated[
        float, typer.Option(help="Factor of the learning rate for the encoder.")
    ] = 1.0,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. \\[default: beside the model]"),
    ] = None,
):
    """Train classifiers on few labels, from the encoder and from scratch."""
    from tfae import files
    from tfae.arguments import check_integers, check_positive

    counts = None
    if labels is not None:
        counts = [_count(word) for word in labels.split(",")]
    if epochs is not None:
        check_integers(epochs=epochs)
    check_integers(seeds=seeds)
    if freeze not in FROZEN and not (freeze.isdecimal() and int(freeze)):
        raise ValueError(
            "--freeze takes none, encoder or a number of layers. Received: --freeze "
            f"{freeze}"
        )
    check_data(data)
    check_positive(learning_rate=learning_rate, encoder_rate=encoder_rate)
    output = output or model_file(path).parent
    check_writable(output, NAMES)
    model, split, title = load_model_and_data(path, data)
    model, split = prepared(model, split)

    from tfae import fine_tuning, plots
    from tfae.callbacks import resuming
    from tfae.fine_tuning import few_labels

    train = _trained(freeze, fine_tuning.count_layers(fine_tuning.copy_encoder(model)))

    def show(row):
        print(
            f"{row['labels']} labels, seed {row['seed']}: error "
            f"{row['pretrained']:.4f} pretrained, {row['scratch']:.4f} from scratch",
            flush=True,  # a row may take minutes
        )

    rows = few_labels.compare(
        model,
        split,
        counts,
        seeds,
        train,
        encoder_rate,
        epochs,
        learning_rate,
        on_result=show,
    )
    table = Table(
        "labels",
        "pretrained",
        "from scratch",
        title=escape(f"{path} on {split.name}: test error rate of {seeds} seeds"),
    )
    for found in few_labels.summary(rows):
        rates = (found[f"{name}_error_rate"] for name in ("pretrained", "scratch"))
        table.add_row(str(found["labels"]), *rates)
    console.print(table)
    figure = plots.errors_by_labels(rows, f"{title}: error by number of labels")
    with files.replacing(output, NAMES) as beside:
        resuming.write_history(beside / "few_labels.csv", rows)
        figure.savefig(beside / "figures" / "few_labels.png", dpi=120)
    for name in NAMES:
        print(f"wrote {output / name}")


def _count(word):
    word = word.strip()
    if word == "all":
        return word
    if not word.isdecimal():
        raise ValueError(
            "--labels takes numbers with commas between, or all. Received: --labels "
            f"{word}"
        )
    return int(word)


def _trained(freeze, count):
    """Argument of `fine_tuning.classifier` for the option `freeze`."""
    if freeze in FROZEN:
        return FROZEN[freeze]
    if not freeze.isdecimal() or not 0 < int(freeze) < count:
        numbers = f", or a number of layers from 1 to {count - 1}" if count > 1 else ""
        raise ValueError(
            f"--freeze takes none or encoder{numbers}. Received: --freeze {freeze}"
        )
    return count - int(freeze)
