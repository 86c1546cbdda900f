"""Stored Keras models, read without harm: a `.keras` file, or its unpacked folder."""

import contextlib
import re
import warnings

from tfae import archives, sizes

LARGEST_WEIGHT = 1e19
# Keras' errors for an unknown class or function; the second one is for arguments such
# as `kernel_regularizer`.
_UNKNOWN = (
    r"Could not locate (class|function) '(.+?)'",
    r"Could not interpret .{1,40}identifier: .*?'(class)_name': '(.+?)'",
)


class UnknownClassError(ValueError):
    """A file needs a class or a function whose module has not been imported."""


def read(path, custom_objects=None):
    """The Keras model stored in a file or a folder.

    Args:
        path: `pathlib.Path` of a `.keras` file, or of a folder of its files.
        custom_objects: As for `tfae.load`.

    Raises:
        ValueError: As for `tfae.load`.
    """
    import keras

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
