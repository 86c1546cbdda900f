"""`tfae import-checkpoint`."""

import glob
import re
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli import stack_options
from tfae.cli.loading import load_data, load_tensorflow, part_of, usual_part
from tfae.cli.options import DATA_HELP
from tfae.cli.output import check_writable, console
from tfae.cli.paths import check_data


def import_checkpoint(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            help="A TF1 Saver checkpoint, without .index or .data-…, the folder of a "
            "SavedModel, or a frozen graph."
        ),
    ],
    program: Annotated[
        str,
        typer.Option(
            "--as",
            help="Legacy program that wrote it (a file of legacy_tf1_ports). auto uses "
            "the graph beside it (.meta), or else orders the layers by their shapes.",
        ),
    ] = "auto",
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write model.keras to. \\[default: saved_models/NAME]",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier import.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print the mapping of variables.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(help=f"Data to compare and measure on: {DATA_HELP}"),
    ] = None,
    input: Annotated[
        str | None, typer.Option(help="Name of the placeholder of examples.")
    ] = None,
    reconstruction: Annotated[
        str | None, typer.Option(help="Name of the tensor of reconstructions.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="Name of the tensor of codes.")
    ] = None,
    feeds: Annotated[
        list[str] | None,
        typer.Option(
            "--feed",
            metavar="NAME=NUMBER",
            help="Value of a scalar placeholder at inference.",
        ),
    ] = None,
    activation: stack_options.Activation = None,
    code_activation: stack_options.CodeActivation = None,
    output_activation: stack_options.OutputActivation = None,
    image_shape: stack_options.ImageShape = None,
    strides: stack_options.Strides = None,
    padding: stack_options.Padding = None,
    tied: stack_options.Tied = None,
    variational: stack_options.Variational = None,
    classifier: stack_options.IsClassifier = None,
    rbm: stack_options.Rbm = None,
    order: stack_options.Order = None,
    biases: stack_options.Biases = None,
    transposed: stack_options.Transposed = None,
    pooling: stack_options.Pooling = None,
    averages: stack_options.Averages = False,
    normalization: stack_options.Normalization = None,
    norm_scopes: stack_options.NormScopes = None,
    epsilon: stack_options.Epsilon = None,
):
    """Convert a TF1 checkpoint into a Keras model."""
    names = {"input": input, "reconstruction": reconstruction, "code": code}
    names["feeds"] = dict(map(_fed, feeds)) if feeds else None
    by_shape = stack_options.arguments(
        activation=activation,
        code_activation=code_activation,
        output_activation=output_activation,
        image_shape=image_shape,
        strides=strides,
        padding=padding,
        tied=tied,
        variational=variational,
        classifier=classifier,
        rbm=rbm,
        order=order,
        biases=biases,
        transposed=transposed,
        pooling=pooling,
        averages=averages,
        normalization=normalization,
        norm_scopes=norm_scopes,
        epsilon=epsilon,
    )
    given = {k: v for k, v in {**names, **by_shape}.items() if v is not None}
    of_auto = [name for name in given if name != "image_shape"]
    if of_auto and program != "auto":
        raise ValueError(
            f"{', '.join('--' + name.replace('_', '-') for name in of_auto)}: allowed "
            f"only with --as auto. Received: --as {program}"
        )
    if output is None and not dry_run:
        output = Path("saved_models") / _name_of(checkpoint)
    if output is not None:
        if (output / "metrics.json").exists():
            raise ValueError(
                f"{output} contains a run of `tfae train`. Give another --output."
            )
        if (output / "model.keras").is_file() and not overwrite:
            raise ValueError(
                f"{output} already holds a model. Give another --output, or "
                "--overwrite."
            )
        check_writable(output, ["model.keras"])
    if not any(checkpoint.parent.glob(f"{glob.escape(checkpoint.name)}*")):
        raise ValueError(
            f"{checkpoint} does not exist. Give the path of a checkpoint without "
            ".index or .data-…, a SavedModel or a frozen graph."
        )
    check_data(data)
    load_tensorflow()
    examples = None
    if data is not None:
        split = load_data(data, None)
        part = usual_part(split, data)
        examples, data = part_of(split, part).inputs, f"{split.name}, {part}"

    from tfae import saving
    from tfae.migration import checkpoints

    imported = checkpoints.load(checkpoint, program, data=examples, **given)
    _tell(checkpoint, program, imported)
    if examples is not None:
        _measure(imported.model, examples, data, imported.difference is not None)
    if not dry_run:
        saving.save(imported.model, output / "model.keras")
        print(f"wrote {output / 'model.keras'}")


def _fed(text):
    """Name of a placeholder and its number."""
    name, _, number = text.rpartition("=")
    try:
        return name, float(number)
    except ValueError as error:
        raise ValueError(
            "--feed must be the name of a placeholder and a number, such as "
            f"temperature=1. Received: {text}"
        ) from error


def _tell(checkpoint, program, imported):
    """Prints the mapping, the unused variables, and the agreement with the graph."""
    from rich.markup import escape
    from rich.table import Column, Table

    # Names are wrapped, not truncated: they are the purpose of a dry run.
    table = Table(
        Column("variable", overflow="fold"),
        "shape",
        Column("weight", overflow="fold"),
        title=escape(f"{checkpoint} as {program}"),
    )
    for name, shape, weight in imported.taken:
        table.add_row(escape(name), "×".join(map(str, shape)), escape(weight))
    console.print(table)
    used = {name for name, _, _ in imported.taken}
    slots = [name for name in imported.left if name.rpartition("/")[0] in used]
    left = [name for name in imported.left if name not in slots]
    left += [f"{len(slots)} variables of an optimizer"] if slots else []
    print(f"left: {', '.join(left) or 'nothing'}")
    if imported.tensors is not None:
        source, code, output = imported.tensors
        kind = type(imported.model).__name__
        codes = "" if code == output else f", with {code} as codes"
        print(f"{kind} of {source}, up to {output}{codes}")
    for part in ("encoder", "decoder"):
        layers = getattr(getattr(imported.model, part, None), "layers", [])
        if layers:
            print(f"{part}: {', '.join(filter(None, map(_told, layers)))}")
    for note in imported.notes:
        print(note)
    if imported.difference is not None:
        share = f"{imported.difference:.0e} of the largest value"
        print(f"agrees with its graph to {share if imported.difference else 'the bit'}")
    if imported.scaling:
        print(
            f"{program} scaled its data feature by feature ({imported.scaling}). The "
            "checkpoint does not contain the scale. Scale the inputs of the model in "
            "the same way."
        )


def _told(layer):
    """A layer in words, such as `Dense 32 sigmoid`; none for an input."""
    import keras

    if type(layer).__name__ == "InputLayer":
        return ""
    outputs = keras.tree.flatten(getattr(layer, "output", []))
    shape = "×".join(str(size) for one in outputs[:1] for size in one.shape[1:])
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    return f"{type(layer).__name__} {shape} {activation}".strip()


def _measure(model, examples, data, compared):
    """Prints the error on data, with a warning if the mean example is better."""
    import numpy as np

    from tfae import evaluation

    if not hasattr(model, "decode"):
        return
    rows = evaluation.taken(model, np.asarray(examples))
    model.check_inputs(rows, data)
    outputs = evaluation.in_batches(model, rows)
    error = float(np.mean((outputs - rows) ** 2))
    of_mean = float(np.mean((rows.mean(axis=0) - rows) ** 2))
    print(
        f"mean squared error on {len(rows)} examples of {data}: {error:.6g}; of the "
        f"mean example: {of_mean:.6g}"
    )
    if error > of_mean:
        print(
            "WARNING: the mean example is closer to the data. Check that the program "
            "was trained on such data, scaled in the same way, and for long enough"
            f"{'' if compared else '; and that activations and order are correct'}."
        )


def _name_of(checkpoint):
    """Name of the output folder of a checkpoint: its own, or that of its folder."""
    name = re.sub(r"\.(index|meta|pb|data-\d{5}-of-\d{5})$", "", checkpoint.name)
    name = re.sub(r"\.ckpt(-\d+)?$|-\d+$", "", name)
    return name or checkpoint.resolve().name
