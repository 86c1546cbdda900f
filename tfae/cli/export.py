"""`tfae export`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from tfae import extras
from tfae.arguments import check_choice, check_integers, check_positive
from tfae.cli import export_format, serving_commands
from tfae.cli.loading import load_model_and_data, load_tensorflow
from tfae.cli.options import AsJSON, Data, Quiet
from tfae.cli.output import check_writable
from tfae.cli.paths import check_data, model_file

SAVED_MODEL = "saved_model"


def export(
    path: Annotated[
        Path,
        typer.Argument(
            help="A .keras file or the folder that training wrote; or an exported "
            "version, to check it."
        ),
    ],
    version: Annotated[
        int | None,
        typer.Option(help="A positive integer. \\[default: the next]"),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name to serve it under. \\[default: that of its folder]"),
    ] = None,
    data: Data = None,
    uint8: Annotated[
        bool, typer.Option("--uint8", help="Serve integer inputs in 0..255.")
    ] = False,
    check: Annotated[
        bool, typer.Option(help="Load and run the export as TF Serving does.")
    ] = True,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Seconds that the check may take. \\[default: 20]"),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(help="Also serve a search in this index of `tfae index`."),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--top", help="Neighbours to return. \\[default: 10]"),
    ] = None,
    config: Annotated[
        bool,
        typer.Option("--config", help="Also write the config files of TF Serving."),
    ] = False,
    format: Annotated[
        str, typer.Option(help="saved_model, litert, onnx or openvino.")
    ] = "saved_model",
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantize to 8 bits: LiteRT and ONNX.")
    ] = False,
    signatures: Annotated[
        list[str] | None,
        typer.Option("--signature", help="Export only this one; repeatable."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJSON = False,
):
    """Export a trained model: a SavedModel for TF Serving, or another format."""
    served = format == SAVED_MODEL
    if not served:
        check_choice((SAVED_MODEL, *extras.FORMATS), format=format)
        extras.check_format(format, int8)
        export_format.check(
            {
                "--version": version,
                "--time-limit": time_limit,
                "--no-check": None if check else True,
                "--config": config or None,
            }
        )
    elif int8 or signatures or as_json:
        raise ValueError(
            "--int8, --signature and --json are for --format litert, onnx or openvino. "
            "Give one of these, or leave them out."
        )
    if time_limit is not None:
        check_positive(time_limit=time_limit)
    if (path / "saved_model.pb").is_file():
        given = (version, name, data, index, count) != (None,) * 5
        if given or uint8 or not check or not served:
            raise ValueError(
                f"{path} is already exported and can only be checked, with no options "
                "other than --config and --time-limit. Give the model to export it "
                "again."
            )
        load_tensorflow()
        from tfae.export import servability

        answers = servability.check_servable(path, time_limit)
        print(f"{path} is servable: {', '.join(answers)} load and answer")
        if config:
            _write_config(path.resolve().parent.parent)
        return
    if version is not None and version < 1:
        raise ValueError(f"--version must be 1 or greater. Received: {version}")
    if name is not None and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise ValueError(
            "--name must consist of letters, digits, dots, dashes and underscores. "
            f"Received: {name}"
        )
    if count is not None and index is None:
        raise ValueError(f"--top requires --index. Received: --top {count}")
    if count is not None:
        check_integers(count=count)
    if index is not None and not index.is_file():
        raise ValueError(
            f"{index} does not exist. Give a file that `tfae index` wrote."
        )
    check_data(data)
    directory = _directory(path, name)
    check_writable(
        directory, remedy="Export a copy of the model in a folder of your own."
    )
    model, split, _ = load_model_and_data(path, data)

    examples = split.test.inputs[:100]
    if uint8:
        model, examples = _of_bytes(model, examples)
    from tfae.evaluation import index as indices

    if not served:
        export_format.export(
            model,
            directory,
            format,
            as_json,
            examples=examples,
            signatures=signatures,
            int8=int8,
            index=index and indices.load(index),
            count=10 if count is None else count,
        )
        return
    from tfae.export import export as export_model

    version_path = export_model(
        model,
        directory,
        version,
        examples,
        check=check,
        index=index and indices.load(index),
        count=10 if count is None else count,
        time_limit=time_limit,
    )
    print(f"wrote {version_path}")
    if check:
        print("checked: TensorFlow's C++ loader loads it and answers every signature")
    if config:
        _write_config(directory.parent)
    signatures = model.serving_signatures()
    if "detect" in signatures or model.example_shape is None:
        serving_commands.print_server(directory)
        serving_commands.print_curl(
            directory.name, model.serving_examples(examples[:1])
        )
        return
    answer = ("encode", "codes") if "encode" in signatures else ("score", "scores")
    serving_commands.print_server(directory)
    serving_commands.print_calls(directory, split, uint8, *answer)


def _of_bytes(model, examples):
    """The model and its examples, converted to integers in 0..255."""
    import numpy as np

    from tfae import models

    if examples.dtype == object or isinstance(model, models.PreprocessedModel):
        kind = "scales its inputs itself" if examples.dtype != object else "takes texts"
        raise ValueError(
            f"--uint8 is for models of images in [0, 1]. Received: one that {kind}. "
            "Leave it out."
        )
    if not (examples.min() >= 0 and examples.max() <= 1):
        raise ValueError(
            "--uint8 is for models of images in [0, 1]. Received: examples from "
            f"{examples.min():g} to {examples.max():g}. Leave it out."
        )
    return models.PreprocessedModel(model, "uint8"), np.uint8(np.round(255 * examples))


def _write_config(folder):
    from tfae.export import serving_config

    for file in serving_config.write(folder):
        print(f"wrote {file}")


def _directory(path, name):
    """Folder of the versions: beside `model.keras`, or named after another file."""
    file = model_file(path).resolve()
    is_run = file.name in ("model.keras", "config.json")  # or a preset
    directory = file.parent if is_run else file.with_suffix("")
    directory = directory.with_name(name) if name else directory
    here = Path.cwd()
    return directory.relative_to(here) if here in directory.parents else directory
