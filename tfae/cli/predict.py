"""`tfae predict`."""

import contextlib
import os
from pathlib import Path
from typing import Annotated

import typer

from tfae.cli import predict_here
from tfae.cli.loading import load_tensorflow
from tfae.cli.output import check_writable, console

LONGEST_TOKEN = 65_536  # characters


def predict(
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
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A .keras file, the folder that training wrote, the name or folder of "
            "a preset, or an exported version; or --url and --model of a server."
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            help="http://HOST:8501 for REST, grpc://HOST:8500 for gRPC; https:// and "
            "grpcs:// encrypt."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Name that the model is served under.")
    ] = None,
    signature: Annotated[
        str, typer.Option(help="Signature: encode, decode, score, …")
    ] = "serving_default",
    version: Annotated[
        int | None,
        typer.Option(help="Version of the model. \\[default: chosen by the server]"),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Label of a version, such as stable or canary.")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Rows in one request.")] = 256,
    timeout: Annotated[
        float, typer.Option(help="Seconds for one request and its retries.")
    ] = 60.0,
    retries: Annotated[
        int, typer.Option(help="Further attempts while the server is unavailable.")
    ] = 3,
    headers: Annotated[
        list[str] | None,
        typer.Option(
            "--header", metavar="NAME:VALUE", help="Header of each request; repeatable."
        ),
    ] = None,
    token: Annotated[
        Path | None, typer.Option("--token-file", help="File with a bearer token.")
    ] = None,
    token_variable: Annotated[
        str | None,
        typer.Option(help="Environment variable with a bearer token."),
    ] = None,
    certificate_authority: Annotated[
        Path | None, typer.Option(help="PEM file of the authorities to trust.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file of the client's certificate.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="PEM file of its private key.")
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option(
            help="http://HOST:PORT, or none. \\[default: of the environment, but not "
            "for this machine]"
        ),
    ] = None,
    max_answer_bytes: Annotated[
        int, typer.Option(help="Largest size of a response in bytes.")
    ] = 2**28,
):
    """Write the outputs of a model, stored or served, for the rows of an array."""
    of_servers = {
        "--model": model,
        "--version": version,
        "--label": label,
        "--header": headers or None,
        "--token-file": token,
        "--token-variable": token_variable,
        "--certificate-authority": certificate_authority,
        "--certificate": certificate,
        "--key": key,
        "--proxy": proxy,
    }
    _check_place(path, url, of_servers)
    if batch_size < 1:
        raise ValueError(f"--batch-size must be 1 or greater. Received: {batch_size}")
    if output.suffix not in (".npy", ".npz"):
        raise ValueError(f"--output must end with .npy or .npz. Received: {output}")
    if output.is_dir():
        raise ValueError(f"--output must be a file. Received: the folder {output}")
    check_writable(output.parent)

    import numpy as np
    from rich.markup import escape
    from rich.progress import track

    from tfae.cli import npz
    from tfae.files import atomic
    from tfae.serving.wording import shown

    inputs = npz.read(source)
    if path is not None:
        client = predict_here.opened(path)
    else:
        from tfae.serving import Client

        if url.startswith(("grpc://", "grpcs://")):
            load_tensorflow()
        client = Client(
            url,
            model,
            version,
            label,
            timeout,
            retries,
            headers=_headers(headers or ()),
            token=_token(token, token_variable),
            certificate_authority=certificate_authority,
            certificate=certificate,
            key=key,
            proxy=proxy,
            max_answer_bytes=max_answer_bytes,
        )
    _, outputs = client.signature(signature)
    if output.suffix == ".npy" and len(outputs) > 1:
        raise ValueError(
            f"{shown(signature)} answers with {shown(', '.join(outputs))}: give an "
            f".npz file for them. Received: --output {output}"
        )
    if output.suffix == ".npz":
        npz.check_names(outputs)
    batches = client.batches(inputs, signature, batch_size)
    rows = len(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)
    calls = -(-rows // batch_size)
    title = escape(shown(signature))
    parts = list(track(batches, title, calls, console=console, disable=calls < 2))
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in outputs}
    with atomic(output) as beside:
        if output.suffix == ".npz":
            npz.save(beside, arrays)
        else:
            (array,) = arrays.values()
            np.save(beside, npz.plain(array), allow_pickle=False)
    shapes = ", ".join(f"{shown(name)} {array.shape}" for name, array in arrays.items())
    print(f"wrote {output}: {shapes}")


def _check_place(path, url, of_servers):
    """Raises `ValueError` unless a model is given, or a server and a name."""
    if path is not None and url is not None:
        raise ValueError(f"Give {path} or --url, not both.")
    if path is None and (url is None or of_servers["--model"] is None):
        raise ValueError(
            "The model is missing. Give the folder of a run or of an export, or --url "
            "and --model of a server."
        )
    given = [name for name, value in of_servers.items() if value is not None]
    if path is not None and given:
        raise ValueError(
            f"{given[0]} goes with --url. Received: {given[0]} with {path}, which "
            "needs no server. Leave it out."
        )


def _headers(pairs):
    """Dict of headers; errors do not show their values."""
    found = {}
    for pair in pairs:
        name, colon, value = pair.partition(":")
        if not colon:
            raise ValueError(
                "--header must be a name and a value, NAME:VALUE. Received: one "
                "without a colon, which is not shown"
            )
        if name.strip().lower() in map(str.lower, found):
            raise ValueError("--header must give each name once only.")
        found[name.strip()] = value.strip()
    return found


def _token(file, variable):
    """The token from a file or from an environment variable, or `None`."""
    if file is not None and variable is not None:
        raise ValueError("Give --token-file or --token-variable, not both.")
    if variable is not None:
        found = os.environ.get(variable, "").strip()
        if not found:
            raise ValueError(
                "--token-variable must name a variable of the environment that holds "
                f"a token. Received: {variable}"
            )
        return found
    if file is None:
        return None
    found = ""
    with contextlib.suppress(OSError, ValueError):  # also for bytes that are not text
        if file.is_file():
            with file.open() as opened:
                found = opened.read(LONGEST_TOKEN + 1).strip()
    if not found or len(found) > LONGEST_TOKEN:
        raise ValueError(
            f"--token-file must be a file that holds a token and no more. Received: "
            f"{file}"
        )
    return found
