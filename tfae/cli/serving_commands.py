"""Commands that serve an export and call it, for `tfae export` to print."""

import json
import shlex
import shutil
import sys
from pathlib import Path

IMAGE = "tensorflow/serving:2.21.0"  # or newer


def print_server(directory):
    """Prints the command that serves the versions in a folder."""
    name = directory.name
    mount = f"type=bind,source={directory.resolve()},target=/models/{name},readonly"
    print("\nServe it:\n")
    print(
        "  docker run --rm -p 127.0.0.1:8500:8500 -p 127.0.0.1:8501:8501 \\\n"
        f"    --mount {shlex.quote(mount)} \\\n"
        f"    -e MODEL_NAME={shlex.quote(name)} {IMAGE}"
    )


def print_curl(name, example):
    """Prints a call with an example of named values, or of one array."""
    import numpy as np

    row = {}
    for key, values in example.items():
        value = np.asarray(values)[0]
        if isinstance(value, bytes):
            value = value.decode()
        row[key] = _short(value)
    body = json.dumps({"instances": [row]}, ensure_ascii=False)
    print("\nCall it, with an example of the test part:\n")
    url = f"http://127.0.0.1:8501/v1/models/{name}:predict"
    print(f"  curl -d {shlex.quote(body)} {url}")


def _short(value):
    """A value for JSON, with as many digits as its type has."""
    import numpy as np

    array = np.asarray(value)
    if array.dtype.kind != "f":
        return array.tolist()
    digits = [float(str(one)) for one in array.ravel()]
    return np.reshape(digits, array.shape).tolist()


def print_calls(directory, split, uint8, signature, answers):
    """Prints commands that save examples of a split and send them to the server."""
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
