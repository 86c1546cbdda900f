"""Data sets by name or path, scaled to [0, 1] and split, and the fast pipeline."""

from tfae.datasets.binarization import binarize
from tfae.datasets.checks import check_varied
from tfae.datasets.pipeline import batches
from tfae.datasets.queries import read_queries
from tfae.datasets.scaling import scale
from tfae.datasets.series import read_series
from tfae.datasets.series_windows import Windows, windows
from tfae.datasets.sources import needs_tensorflow
from tfae.datasets.split import Part, Split, as_images, as_taken, load
from tfae.datasets.streamed_images import Images, fingerprint, refusing_changes
from tfae.datasets.streams import read, stream

__all__ = [
    "Images",
    "Part",
    "Split",
    "Windows",
    "as_images",
    "as_taken",
    "batches",
    "binarize",
    "check_varied",
    "fingerprint",
    "load",
    "needs_tensorflow",
    "read",
    "read_queries",
    "read_series",
    "refusing_changes",
    "scale",
    "stream",
    "windows",
]
