"""Loads the split described by the fields of a recipe, for all types of data."""

import inspect
from pathlib import Path

from tfae import sizes
from tfae.datasets.loading import load
from tfae.datasets.series import read_series
from tfae.datasets.sources import check_named
from tfae.datasets.split import Split
from tfae.datasets.streams import LARGE, STREAM_OPTIONS, stream
from tfae.datasets.table_choice import OPTIONS
from tfae.datasets.table_files import is_table
from tfae.datasets.tables import is_frame


def read(source, validation=None, flatten=True, reading=None) -> Split:
    """Loads the split described by the fields of a recipe.

    Args:
        source: As for `load`.
        validation: As for `load`.
        flatten: As for `load`.
        reading: Dict of further arguments: of `read_series` if `window` is among them,
            else of `load` for a table and of `stream` for images and arrays. With
            `None` or only `image_shape`, data are loaded with `load`, and an `.npy`
            file larger than a quarter of memory with `stream`.
    """
    if reading is None or (reading.keys() == {"image_shape"} and not is_table(source)):
        function = stream if _is_large(source) else load
        return function(
            source, validation=validation, flatten=flatten, **(reading or {})
        )
    if "window" in reading:
        return _read_series(source, validation, flatten, reading)
    table = is_table(source)
    function, known = (load, OPTIONS) if table else (stream, STREAM_OPTIONS)
    unknown = {*reading} - {*known}
    if unknown:
        raise ValueError(
            f"`reading` holds arguments of `tfae.datasets.{function.__name__}`: "
            f"{', '.join(known)}. Received: {', '.join(sorted(map(str, unknown)))}"
        )
    return function(source, validation=validation, flatten=flatten, **reading)


def _is_large(source):
    if is_frame(source):
        return False
    check_named(source)
    path, memory = Path(str(source)), sizes.memory()
    if path.suffix != ".npy":
        return False
    return bool(memory) and path.is_file() and path.stat().st_size > LARGE * memory


def _read_series(source, validation, flatten, reading):
    known = [*inspect.signature(read_series).parameters]
    unknown = {*reading} - {*known} | {*reading} & {"path", "validation", "flatten"}
    if unknown:
        raise ValueError(
            "`reading` with a window holds arguments of `tfae.datasets.read_series`, "
            f"such as stride and time. Received: {', '.join(sorted(map(str, unknown)))}"
        )
    return read_series(source, validation=validation, flatten=flatten, **reading)
