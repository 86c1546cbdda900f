"""`tfae export`."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from tfae.arguments import check_positive
from tfae.cli.loading import Data, load_model_and_data, load_tensorflow
from tfae.cli.output import check_writable

IMAGE = "tensorflow/serving:2.21.0"  # or newer


def export(
    path: Annotated[
        Path,
        typer.Argument(
            help="A .keras file or the folder that training wrote; or an exported "
            "version, which is checked."
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
        bool, typer.Option("--uint8", help="Serve inputs of whole numbers in 0..255.")
    ] = False,
    check: Annotated[
        bool, typer.Option(help="Load and run it as TF Serving does, first.")
    ] = True,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Seconds that the check may take. \\[default: 20]"),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(help="What `tfae index` has written, to serve a search in it."),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--top", help="Neighbours found. \\[default: 10]"),
    ] = None,
    config: Annotated[
        bool, typer.Option("--config", help="Write TF Serving's config files, too.")
    ] = False,
):
    """Export a trained model as a SavedModel for TF Serving."""
    if time_limit is not None:
        check_positive(time_limit=time_limit)
    if (path / "saved_model.pb").is_file():
        given = (version, name, data, index, count) != (None,) * 5
        if given or uint8 or not check:
            raise ValueError(
                f"{path} is exported already: it is only checked, and takes no option "
                "but --config and --time-limit. Give the model to export it anew."
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
        raise ValueError(f"--top goes with --index. Received: --top {count}")
    directory = _directory(path, name)
    check_writable(
        directory, remedy="Export a copy of the model in a folder of your own."
    )
    model, split, _ = load_model_and_data(path, data)

    if uint8 and split.scaling:
        raise ValueError(
            f"The inputs of {path} are scaled ({split.scaling}), which is no part of "
            "the model: whole numbers in 0..255 cannot be served. Leave --uint8 out."
        )

    from tfae.evaluation import index as indices
    from tfae.export import export as export_model

    version_path = export_model(
        model,
        directory,
        version,
        split.test.inputs,
        takes_uint8=uint8,
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
    answer = ("encode", "codes") if "encode" in signatures else ("score", "scores")
    _print_commands(directory, split, uint8, *answer)


def _write_config(folder):
    from tfae.export import serving_config

    for file in serving_config.write(folder):
        print(f"wrote {file}")


def _directory(path, name):
    """Folder of the versions: beside `model.keras`, or named as another file is."""
    from tfae import saving

    file = saving.model_path(path).resolve()
    is_run = file.name == "model.keras"
    directory = file.parent if is_run else file.with_suffix("")
    directory = directory.with_name(name) if name else directory
    here = Path.cwd()
    return directory.relative_to(here) if here in directory.parents else directory


def _print_commands(directory, split, uint8, signature, answers):
    name = directory.name
    mount = f"type=bind,source={directory.resolve()},target=/models/{name},readonly"
    print("\nServe it:\n")
    print(
        "  docker run --rm -p 127.0.0.1:8500:8500 -p 127.0.0.1:8501:8501 \\\n"
        f"    --mount {shlex.quote(mount)} \\\n"
        f"    -e MODEL_NAME={shlex.quote(name)} {IMAGE}"
    )
    tool = "tfae" if shutil.which("tfae") else sys.argv[0]
    data = f"tfae.datasets.load({json.dumps(split.name)})"
    reading = (split.source or {}).get("reading")
    if reading is not None:
        function = "read_series" if "window" in reading else "stream"
        options = "".join(f", {name}={value!r}" for name, value in reading.items())
        data = f"tfae.datasets.{function}({json.dumps(split.name)}{options})"
    if split.scaling:
        source, validation = split.scaled_like
        like = f"tfae.datasets.load({json.dumps(source)}, {validation})"
        data = f"tfae.datasets.scale({data}, {json.dumps(split.scaling)}, {like})"
    rows = f"{data}.test.inputs"
    shape = split.test.inputs.shape[1:]
    if len(shape) > 1 and reading is None:  # which `load` makes vectors of
        rows += f".reshape(-1, {', '.join(map(str, shape))})"
    if split.test.inputs.dtype == object:
        rows += "[:100].astype(str)"  # which a plain array holds
    rows = f"numpy.uint8(numpy.round(255 * {rows}))" if uint8 else rows
    code = f'import numpy, tfae; numpy.save("x.npy", {rows})'
    print("\nCall it, with examples as rows, such as the first line saves:\n")
    print(f"  {Path(tool).with_name('python')} -c {shlex.quote(code)}")
    print(
        f"  {tool} predict --url http://127.0.0.1:8501 --model {shlex.quote(name)} "
        f"--signature {signature} --input x.npy --output {answers}.npy"
    )
