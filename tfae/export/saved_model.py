"""SavedModels with named signatures that TF Serving loads."""

from pathlib import Path

import tensorflow as tf

from tfae import files
from tfae.arguments import check_paths, is_integer
from tfae.export import agreement, endpoints, servability, warm_up
from tfae.types import ArrayLike, Model, PathLike


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
    check_paths(directory=directory)
    directory = Path(directory)
    _check_version(directory, version)
    by_name = endpoints.of(model, index, count)
    requests = endpoints.requests(model, by_name, examples)
    warm_up.serving_api()  # raises if the extra is missing
    with files.new_folder(directory), files.hidden(directory) as folder:
        beside = folder / str(version or _next_version(directory))
        try:
            endpoints.write(by_name, beside, model)
            warm_up.write(beside, directory.name, requests)
        except tf.errors.OpError as error:  # TensorFlow's error for a full disk
            raise OSError(f"{directory} could not be written to: {error}") from error
        if check:
            try:
                replies = servability.answers(beside, time_limit)
            except ValueError as error:
                raise ValueError(f"The export is not servable: {error}") from error
            _compare(replies, endpoints.expected(by_name, requests))
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


def _compare(replies, expected):
    for name, outputs in agreement.differences(replies, expected).items():
        for key, difference in outputs.items():
            if not difference <= agreement.TOLERANCE:  # also true for NaN
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
