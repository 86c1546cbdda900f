"""Saving models, and loading them safely."""

import contextlib
import re
import warnings
from pathlib import Path

from tfae import files
from tfae.arguments import check_paths
from tfae.types import Config, Model, PathLike

LARGEST_WEIGHT = 1e19
MODEL = "model.keras"  # of a run
# Keras' errors for an unknown class or function; the second one is for arguments such
# as `kernel_regularizer`.
_UNKNOWN = (
    r"Could not locate (class|function) '(.+?)'",
    r"Could not interpret .{1,40}identifier: .*?'(class)_name': '(.+?)'",
)


class UnknownClassError(ValueError):
    """A file needs a class or a function whose module has not been imported."""


def save(model: Model, path: PathLike) -> None:
    """Writes `model` with its optimizer state to the `.keras` file `path`.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> tfae.saving.save(model, "model.keras")
    """
    with files.atomic(path) as beside:
        model.save(beside)


def load(path: PathLike, custom_objects: Config | None = None) -> Model:
    """Loads a model saved by `tfae.run`, `tfae train` or `model.save`.

    Args:
        path: A `.keras` file, or a folder with a `model.keras`.
        custom_objects: Dict from names to your own classes and functions in the model,
            such as an activation, unless they are registered by
            `keras.saving.register_keras_serializable`; or `None`.

    Returns:
        The compiled model with its weights and optimizer state, ready for `predict`,
        `evaluate`, `encode` and further training.

    Raises:
        ValueError: If the file does not exist or is damaged; if it does not hold a
            model of this package; if it holds code that Keras' safe mode refuses, or an
            unknown class or function.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> model.save("model.keras")
    >>> tfae.load("model.keras").encode(np.zeros((1, 64))).shape
    TensorShape([1, 8])
    """
    path = model_path(path)
    import keras

    from tfae import archives, sizes
    from tfae.models import protocol

    try:
        values, arrays = archives.check(path)
        # Codes with few bits share a value.
        with sizes.limited_weights(2 * values, arrays), _told_afterwards():
            model = keras.saving.load_model(path, custom_objects)
    except (archives.RefusedError, sizes.TooLargeError) as error:
        raise ValueError(
            f"{path} was not loaded, since {error}. If you trust it, load it with "
            "keras.saving.load_model."
        ) from error
    except Exception as error:  # zip, HDF5, JSON and Keras errors of many kinds
        reason = " ".join(str(error).split()) or type(error).__name__
        if "safe_mode" in reason:
            raise ValueError(
                f"{path} holds code of its own, such as a Lambda layer, and was not "
                "loaded: a file must not run code. If you trust it, load it with "
                "keras.saving.load_model(path, safe_mode=False)."
            ) from error
        found = [re.search(pattern, reason) for pattern in _UNKNOWN]
        if any(found):
            kind, name = next(filter(None, found)).groups()
            raise UnknownClassError(
                f"{path} needs the {kind} {name!r}, which is not known. Import the "
                "module that defines it and registers it by "
                "keras.saving.register_keras_serializable, or give it as "
                f"custom_objects={{{name!r}: {name}}}."
            ) from error
        raise ValueError(
            f"{path} could not be loaded; it may be damaged or not a model of tfae: "
            f"{reason[:200]}"
        ) from error
    protocol.check(model, f"{path} holds", "Load it with keras.saving.load_model.")
    _check_weights(model, path)
    return model


@contextlib.contextmanager
def _told_afterwards():
    """Delays warnings until the block succeeds: an error is reported without them."""
    with warnings.catch_warnings(record=True) as told:
        yield
    for one in told:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def _check_weights(model, path):
    import numpy as np

    for weight in model.weights:
        values = weight.numpy()
        if values.dtype.kind not in "fV":
            continue
        largest = np.abs(values.astype("float64")).max(initial=0)
        # Squares of larger values are infinite in float32.
        if not largest < LARGEST_WEIGHT:
            raise ValueError(
                f"{path} holds weights that are NaN, infinite or too large. Received: "
                f"{weight.path} with values up to {largest:g}. Its training diverged, "
                "or the file is damaged. Load it with keras.saving.load_model to look "
                "into it."
            )


def model_path(path: PathLike):
    """The `.keras` file of `path`, a file or a folder.

    Changes that a killed process left in the folder are completed first.
    """
    check_paths(path=path)
    path = Path(path)
    if path.is_dir():
        path = path / MODEL
    if path.name == MODEL and path.parent.is_dir():
        files.settle(path.parent)
    if not path.is_file():
        raise ValueError(
            f"{path} does not exist. Give a .keras file, or the folder that "
            "tfae.run wrote."
        )
    if path.suffix in (".h5", ".hdf5"):
        raise ValueError(
            f"{path} is an HDF5 file, which does not hold a whole model of tfae. Save "
            'the model by model.save("model.keras"), or load the weights of the file '
            "into a new model by its load_weights."
        )
    return path
