"""`tfae predict`."""

from pathlib import Path
from typing import Annotated

import typer

from tfae.cli.loading import load_tensorflow
from tfae.cli.output import check_writable, console


def predict(
    url: Annotated[
        str, typer.Option(help="http://HOST:8501 for REST, grpc://HOST:8500 for gRPC.")
    ],
    model: Annotated[str, typer.Option(help="Name that the model is served under.")],
    source: Annotated[
        Path,
        typer.Option(
            "--input",
            help=".npy array with the examples as rows, or .npz of one array for each "
            "input of the signature.",
        ),
    ],
    output: Annotated[
        Path, typer.Option(help=".npy for a single output, or .npz for all of them.")
    ],
    signature: Annotated[
        str, typer.Option(help="encode, decode, score, …")
    ] = "serving_default",
    version: Annotated[
        int | None, typer.Option(help="Of the model. \\[default: the server's choice]")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Of a version, such as stable or canary.")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Rows of one call.")] = 256,
    timeout: Annotated[float, typer.Option(help="Seconds for one call.")] = 60.0,
):
    """Send an array to a served model and write what it answers."""
    if batch_size < 1:
        raise ValueError(f"--batch-size must be 1 or greater. Received: {batch_size}")
    if output.suffix not in (".npy", ".npz"):
        raise ValueError(f"--output must end with .npy or .npz. Received: {output}")
    if output.is_dir():
        raise ValueError(f"--output must be a file. Received: the folder {output}")
    check_writable(output.parent)

    import numpy as np
    from rich.progress import track

    from tfae.files import atomic
    from tfae.serving import Client

    inputs = _read(source)
    if url.startswith("grpc://"):
        load_tensorflow()
    client = Client(url, model, version, label, timeout)
    _, outputs = client.signature(signature)
    if output.suffix == ".npy" and len(outputs) > 1:
        raise ValueError(
            f"{signature} answers with {', '.join(outputs)}: give an .npz file for "
            f"them. Received: --output {output}"
        )
    batches = client.batches(inputs, signature, batch_size)
    rows = len(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)
    calls = -(-rows // batch_size)
    parts = list(track(batches, signature, calls, console=console, disable=calls < 2))
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in outputs}
    with atomic(output) as beside:
        if output.suffix == ".npz":
            np.savez(beside, **arrays)
        else:
            np.save(beside, *arrays.values())
    shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
    print(f"wrote {output}: {shapes}")


def _read(path):
    """The array of an `.npy` file, or the dict of arrays of an `.npz` file."""
    from tfae.files import read_arrays

    try:
        arrays = read_arrays(path)
    except Exception as error:  # NumPy's, of many kinds
        raise ValueError(
            f"{path} does not exist or is no .npy or .npz file of numbers. Save an "
            "array with numpy.save."
        ) from error
    several = arrays.values() if isinstance(arrays, dict) else [arrays]
    if not several or not all(array.ndim for array in several):
        raise ValueError(f"{path} must hold arrays with the examples as rows.")
    return arrays
