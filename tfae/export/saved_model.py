"""SavedModels with named signatures that TF Serving loads."""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae import files
from tfae.arguments import check_paths, is_integer, optional
from tfae.evaluation import retrieval
from tfae.export import search, servability, warm_up
from tfae.types import ArrayLike, Model, PathLike

WARM_UP_ROWS = 8


class _Endpoint(NamedTuple):
    """A served function: tensors of these specs in, numbers out."""

    function: object
    specs: list


def export(
    model: Model,
    directory: PathLike,
    version: int | None = None,
    examples: ArrayLike | None = None,
    check: bool = True,
    index=None,
    count: int = 10,
    time_limit: float | None = None,
) -> Path:
    """Writes `model` atomically as the SavedModel `directory/<version>`.

    The signatures are those that the model declares in `serving_signatures()`. They
    take and return float32 with a dynamic batch, at inference: without corruption and
    dropout, and with the mean of a posterior. Models of texts take strings. A model
    that is built for images of any size, as by `build((None, None, None, 1))`, accepts
    any size. With an `index`, the signature `search` is added: `ids`, int64, are the
    places of the nearest codes in the index, and `distances` their distances. A warm-up
    request for each signature is included.

    The version is written to a temporary folder, checked, and renamed, so that a server
    that watches `directory` never sees a partial version, and concurrent exports never
    overwrite a version.

    Args:
        model: A built autoencoder of this package.
        directory: Folder of the model's versions, the base path for TF Serving. Its
            last part is the name of the served model.
        version: Positive integer. Defaults to the highest existing version plus 1.
        examples: Array of inputs of the model, of shape `(n, ...)`, for the warm-up
            requests; real ones are best. Defaults to random values in [0, 1).
        check: Boolean, whether `check_servable` must pass first. Defaults to `True`.
        index: `tfae.evaluation.index.Index` of codes of the model, or `None`.
        count: Positive integer, number of neighbours that `search` returns.
        time_limit: Limit of the check in seconds. Defaults to 20.

    Returns:
        Path of the version.

    Raises:
        ValueError: If the model is not built or declares no signatures, the version
            is not a positive integer or exists, the examples do not fit, or the model
            is not servable.
        OSError: If the folder cannot be written to.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> path = tfae.export.export(model, "served/digits")
    >>> path.name, sorted(model.serving_signatures())
    ('1', ['decode', 'encode', 'score', 'serving_default'])
    """
    remedy = "Have it declare what it serves, as the models of tfae do."
    declared = optional(model, "serving_signatures", remedy)
    if not model.built:
        raise ValueError(
            "`model` must be built. Received: a model that has seen no data. Call it "
            "on a batch, or fit it, before the export."
        )
    check_paths(directory=directory)
    directory = Path(directory)
    _check_version(directory, version)
    signatures, tracked = dict(declared()), [model]
    if index is not None:
        retrieval.check_model(index, model)
        tracked.append(search.Search(signatures["encode"], index, count))
        signatures[search.SIGNATURE] = tracked[-1].signature()
    endpoints = {
        name: _endpoint(name, signature) for name, signature in signatures.items()
    }
    requests = _requests(model, endpoints, examples)
    warm_up.serving_api()  # raises if the extra is missing
    with files.new_folder(directory), files.hidden(directory) as folder:
        beside = folder / str(version or _next_version(directory))
        archive = keras.export.ExportArchive()
        for one in tracked:
            archive.track(one)
        for name, endpoint in endpoints.items():
            archive.add_endpoint(name, *endpoint)
        try:
            archive.write_out(str(beside), verbose=False)
            warm_up.write(beside, directory.name, requests)
        except tf.errors.OpError as error:  # TensorFlow's error for a full disk
            raise OSError(f"{directory} could not be written to: {error}") from error
        if check:
            try:
                replies = servability.answers(beside, time_limit)
            except ValueError as error:
                raise ValueError(f"The export is not servable: {error}") from error
            _compare(replies, endpoints, requests)
        return _move_in(beside, directory, version)


def _check_version(directory, version):
    if version is None:
        return
    if not is_integer(version) or not 0 < version <= servability.LARGEST_VERSION:
        raise ValueError(
            "`version` must be a positive integer of 64 bits. "
            f"Received: version={version!r}"
        )
    if (directory / str(version)).exists():
        raise ValueError(
            f"Version {version} exists in {directory} and is never overwritten. Choose "
            "another one, or leave it out for the next."
        )


def _next_version(directory):
    names = [path.name for path in directory.iterdir() if path.name.isdecimal()]
    version = max(map(int, names), default=0) + 1
    if version > servability.LARGEST_VERSION:
        raise ValueError(
            f"There is no version after {version - 1}, the highest in {directory}. "
            "Give a smaller one that is free."
        )
    return version


def _endpoint(name, signature):
    def endpoint(*tensors):
        outputs = signature.function(*tensors)
        return {
            key: tf.cast(value, signature.dtypes.get(key, "float32"))
            for key, value in outputs.items()
        }

    endpoint.__name__ = name
    specs = []
    for key, shape in signature.inputs.items():
        dtype = tf.as_dtype(signature.dtypes.get(key, "float32"))
        specs.append(tf.TensorSpec((None, *shape), dtype, name=key))
    return _Endpoint(endpoint, specs)


def _requests(model, endpoints, examples):
    """A request for each endpoint: a dict of its inputs."""
    shape = model.example_shape
    if shape is None:
        values = _named_values(model, examples)
        return _of_values(endpoints, values)
    dtype = endpoints["serving_default"].specs[0].dtype
    if examples is None and dtype == tf.string:
        examples = np.array(["a text"] * WARM_UP_ROWS, object)
    elif examples is None:
        examples = warm_up.random_examples(WARM_UP_ROWS, shape)
        if dtype.is_integer:
            examples = 256 * examples
    examples = np.asarray(examples[:WARM_UP_ROWS])
    if not warm_up.fits(examples.shape[1:], shape) or not len(examples):
        raise ValueError(
            f"`examples` must be one or more inputs of shape {tuple(shape)}. Received: "
            f"examples of shape {examples.shape}"
        )
    if dtype.is_integer and not (examples.min() >= 0 and examples.max() < 256):
        raise ValueError(
            "`examples` must be numbers from 0 to 255, as the model takes them. "
            f"Received: values from {examples.min():g} to {examples.max():g}."
        )
    examples = examples.astype(object if dtype == tf.string else dtype.as_numpy_dtype)
    return _of_values(endpoints, model.serving_examples(examples))


def _named_values(model, examples):
    """Values by name of examples of a table."""
    if examples is None or not len(examples):
        raise ValueError(
            "`examples` must be rows of the table that the model takes. Received: "
            "none. Give some of the data."
        )
    return model.serving_examples(examples[:WARM_UP_ROWS])


def _of_values(endpoints, values):
    requests = {}
    for name, (_, specs) in endpoints.items():
        requests[name] = {}
        for spec in specs:
            kind = object if spec.dtype == tf.string else spec.dtype.as_numpy_dtype
            requests[name][spec.name] = np.asarray(values[spec.name], kind)
    return requests


def _compare(replies, endpoints, requests):
    for name, request in requests.items():
        expected = endpoints[name].function(*map(tf.constant, request.values()))
        for key, value in expected.items():
            if not np.isfinite(value).all():
                raise ValueError(
                    f"The model's {name} answers with {key} that holds NaN or infinite "
                    "values for the examples. Has its training diverged?"
                )
            if value.dtype.is_integer:
                continue  # an index, which may differ between equal values
            difference = servability.relative_difference(key, replies[name][key], value)
            if not difference <= servability.TOLERANCE:  # also true for NaN
                raise ValueError(
                    f"The export's {name} does not agree with the model: {key} "
                    f"differs by {difference:.3g} of its largest value. Does it draw "
                    "random numbers? Give them as an input of the signature."
                )


def _move_in(beside, directory, version):
    while True:
        target = directory / str(version or _next_version(directory))
        try:
            # A rename does not replace an existing folder.
            return beside.rename(target)
        except OSError:
            if not target.exists():
                raise
            _check_version(directory, version)
