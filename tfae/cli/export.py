"""`tfae export`."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from tfae.arguments import check_integers, check_positive
from tfae.cli.loading import load_model_and_data, load_tensorflow
from tfae.cli.options import Data, Quiet
from tfae.cli.output import check_writable
from tfae.cli.paths import check_data, model_file

IMAGE = "tensorflow/serving:2.21.0"  # or newer


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
    quiet: Quiet = False,
):
    """Export a trained model as a SavedModel for TF Serving."""
    if time_limit is not None:
        check_positive(time_limit=time_limit)
    if (path / "saved_model.pb").is_file():
        given = (version, name, data, index, count) != (None,) * 5
        if given or uint8 or not check:
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
        _print_server(directory)
        _print_curl(directory.name, model.serving_examples(examples[:1]))
        return
    answer = ("encode", "codes") if "encode" in signatures else ("score", "scores")
    _print_server(directory)
    _print_commands(directory, split, uint8, *answer)


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
    is_run = file.name == "model.keras"
    directory = file.parent if is_run else file.with_suffix("")
    directory = directory.with_name(name) if name else directory
    here = Path.cwd()
    return directory.relative_to(here) if here in directory.parents else directory


def _print_server(directory):
    name = directory.name
    mount = f"type=bind,source={directory.resolve()},target=/models/{name},readonly"
    print("\nServe it:\n")
    print(
        "  docker run --rm -p 127.0.0.1:8500:8500 -p 127.0.0.1:8501:8501 \\\n"
        f"    --mount {shlex.quote(mount)} \\\n"
        f"    -e MODEL_NAME={shlex.quote(name)} {IMAGE}"
    )


def _print_curl(name, example):
    """Prints a call with an example of named values, or of one array."""
    import numpy as np

    row = {}
    for key, values in example.items():
        value = np.asarray(values)[0]
        if isinstance(value, bytes):
            value = value.decode()
        row[key] = value.tolist() if hasattr(value, "tolist") else value
    body = json.dumps({"instances": [row]}, ensure_ascii=False)
    print("\nCall it, with an example of the test part:\n")
    url = f"http://127.0.0.1:8501/v1/models/{name}:predict"
    print(f"  curl -d {shlex.quote(body)} {url}")


def _print_commands(directory, split, uint8, signature, answers):
    name = directory.name
    tool = "tfae" if shutil.which("tfae") else sys.argv[0]
    data = f"tfae.datasets.load({json.dumps(split.name)})"
    reading = (split.source or {}).get("reading")
    if reading is not None:
        from tfae import datasets

        options = "".join(f", {name}={value!r}" for name, value in reading.items())
        function = "stream" if datasets.is_streamed(split) else "load"
        function = "read_series" if "window" in reading else function
        data = f"tfae.datasets.{function}({json.dumps(split.name)}{options})"
    rows = f"{data}.test.inputs"
    shape = split.test.inputs.shape[1:]
    if len(shape) > 1 and reading is None:  # which `load` flattens
        rows += f".reshape(-1, {', '.join(map(str, shape))})"
    if split.test.inputs.dtype == object:
        rows += "[:100].astype(str)"  # for a plain array
    rows = f"numpy.uint8(numpy.round(255 * {rows}))" if uint8 else rows
    code = f'import numpy, tfae; numpy.save("x.npy", {rows})'
    print("\nSave some examples as rows of an array, and send them:\n")
    print(f"  {Path(tool).with_name('python')} -c {shlex.quote(code)}")
    print(
        f"  {tool} predict --url http://127.0.0.1:8501 --model {shlex.quote(name)} "
        f"--signature {signature} --input x.npy --output {answers}.npy"
    )
