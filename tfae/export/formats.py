"""Exports in other formats than SavedModel, each checked in its own runtime."""

import json
import time
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tfae import extras, files
from tfae.arguments import check_paths
from tfae.export import agreement, endpoints
from tfae.types import ArrayLike, Model, PathLike

REPORT = "export.json"
ROWS = 100  # to calibrate int8 on, and to measure its error
TOLERANCE = 1e-5
LEAST_EQUAL = 0.9  # of integers: decisions at a threshold and equal distances may flip
CALLS = 20  # to time


class Exported(NamedTuple):
    """Files of an export, and what was measured of them.

    Attributes:
        folder: Path of the folder of the files.
        report: Dict, the content of `export.json`: `format`, `int8`, `bytes`, and for
            each of `signatures` its `inputs`, its `file`, the `difference` of each
            output from the model's, relative to its largest value, the share of
            `equal` values of each output of integers, such as decisions, and the
            `milliseconds` of a call with one example. With int8, `error` holds the mean
            squared error of reconstructions, of the `model` and of the `export`.
    """

    folder: Path
    report: dict


def to(
    model: Model,
    directory: PathLike,
    format: str,
    examples: ArrayLike | None = None,
    signatures=None,
    int8: bool = False,
    index=None,
    count: int = 10,
) -> Exported:
    """Writes `model` in another format to the folder `directory/<format>`.

    Each signature of the model keeps its name: LiteRT's file has all of them, while
    ONNX and OpenVINO have one file for each. Before the files replace earlier ones,
    they are loaded in the runtime of their format, and their answers to the examples
    must agree with the model's to 1e-5 of the largest value.

    With `int8`, weights and activations are quantized to 8 bits by the ranges that the
    examples take, and the folder is `directory/<format>_int8`. The differences are
    reported in place of being checked.

    Args:
        model: A built model of this package.
        directory: Folder, such as that of the model's run.
        format: `"litert"`, `"onnx"` or `"openvino"`.
        examples: Array of inputs of the model, of shape `(n, ...)`; the first 100 are
            used. Defaults to random values in [0, 1), which `int8` does not take.
        signatures: Names of the signatures to export. Defaults to all.
        int8: Boolean, whether to quantize.
        index: `tfae.evaluation.index.Index` of codes of the model, which adds the
            signature `search`, or `None`.
        count: Positive integer, number of neighbours that `search` returns.

    Returns:
        An `Exported`.

    Raises:
        ValueError: If the runtime is not installed, the format lacks an operation of
            the model, the examples do not fit, or the answers differ.
        OSError: If the folder cannot be written to.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> found = tfae.export.to(model, "exported", "onnx")
    >>> sorted(found.report["signatures"])
    ['decode', 'encode', 'score', 'serving_default']
    """
    extras.check_format(format, int8)
    converter = import_module(f"tfae.export.{format}")
    check_paths(directory=directory)
    if int8 and examples is None:
        raise ValueError(
            "`int8` needs `examples`, whose values give the ranges to quantize. "
            "Received: none. Give some of the training data."
        )
    everything = endpoints.of(model, index, count)
    asked = endpoints.requests(model, everything, examples, ROWS)
    chosen = _chosen(everything, signatures)
    asked = {name: asked[name] for name in chosen}
    _check_numbers(chosen, format)
    expected = endpoints.expected(chosen, asked)
    folder = Path(directory) / (f"{format}_int8" if int8 else format)
    names = [*converter.files(chosen, int8), REPORT]
    with files.replacing(folder, [*names, *_earlier(folder, names)]) as beside:
        try:
            converter.convert(chosen, asked, beside, int8)
            answers, milliseconds = _run(converter, beside, asked)
        except OSError:
            raise
        except Exception as error:  # of converters and runtimes, of many kinds
            reason = _reason(error, converter.LACKING)
            raise ValueError(
                f"The model cannot be exported as {format}: {reason}."
            ) from error
        differences = agreement.differences(answers, expected)
        equal = agreement.shares(answers, expected)
        if not int8:
            _check(differences, equal, format)
        report = {
            "format": format,
            "int8": int8,
            "bytes": sum(
                (beside / name).stat().st_size
                for name in converter.files(chosen, False)
            ),
            "signatures": {
                name: {
                    "file": converter.files([name], False)[0],
                    "inputs": [*request],
                    "difference": differences[name],
                    "equal": equal[name],
                    "milliseconds": milliseconds[name],
                }
                for name, request in asked.items()
            },
            "error": _errors(asked, expected, answers) if int8 else None,
            "files": names,
        }
        (beside / REPORT).write_text(json.dumps(report, indent=2) + "\n")
    return Exported(folder, report)


def _chosen(everything, signatures):
    if signatures is None:
        return everything
    unknown = [name for name in signatures if name not in everything]
    if unknown or not len(signatures):
        raise ValueError(
            f"`signatures` must be among {', '.join(everything)}. Received: "
            f"{', '.join(map(str, unknown)) or 'none'}"
        )
    return {name: everything[name] for name in signatures}


def _reason(error, pattern):
    """The operations that a format lacks, or the last line of an error."""
    text = str(error).strip() or type(error).__name__
    lacking = ", ".join(sorted(set(pattern.findall(text))))
    return f"it cannot hold {lacking}" if lacking else text.splitlines()[-1][:300]


def _check_numbers(chosen, format):
    for name, endpoint in chosen.items():
        for spec in endpoint.specs:
            if spec.dtype == "string":
                raise ValueError(
                    f"The model cannot be exported as {format}: its signature {name} "
                    f"takes texts, {spec.name}, and the format holds only numbers. "
                    "Export signatures that take none, or a SavedModel."
                )


def _earlier(folder, names):
    """Files of an earlier export that this one does not write."""
    try:
        before = files.read_json(folder / REPORT)["files"]
        return [name for name in before if name not in names and "/" not in name]
    except (OSError, KeyError, TypeError, ValueError):
        return []


def _run(converter, folder, asked):
    """Answers to the requests, and milliseconds of a call with one example."""
    answers, milliseconds = {}, {}
    for name, request in asked.items():
        run = converter.runner(folder, name)
        answers[name] = {key: np.array(value) for key, value in run(request).items()}
        one = {key: value[:1] for key, value in request.items()}
        run(one)
        seconds = []
        for _ in range(CALLS):
            started = time.perf_counter()
            run(one)
            seconds.append(time.perf_counter() - started)
        milliseconds[name] = round(1000 * float(np.median(seconds)), 4)
    return answers, milliseconds


def _check(differences, equal, format):
    for name, outputs in equal.items():
        for key, share in outputs.items():
            if share < LEAST_EQUAL:
                raise ValueError(
                    f"The {format} file's {name} does not agree with the model: only "
                    f"{share:.0%} of {key} are the same."
                )
    for name, outputs in differences.items():
        for key, difference in outputs.items():
            if not difference <= TOLERANCE:  # also true for NaN
                raise ValueError(
                    f"The {format} file's {name} does not agree with the model: {key} "
                    f"differs by {difference:.3g} of its largest value."
                )


def _errors(asked, expected, answers):
    """Mean squared error of reconstructions of the model and of its export."""
    name, key = "serving_default", "reconstruction"
    inputs = asked.get(name, {}).get("inputs")
    found = [one.get(name, {}).get(key) for one in (expected, answers)]
    if (
        inputs is None
        or inputs.dtype.kind != "f"
        or any(np.shape(one) != np.shape(inputs) for one in found)
    ):
        return None
    errors = [float(np.mean((one - inputs) ** 2)) for one in found]
    return dict(zip(("model", "export"), errors, strict=True))
