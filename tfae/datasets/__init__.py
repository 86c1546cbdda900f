"""Data sets by name or path, scaled to [0, 1] and split, and the fast pipeline."""

from tfae.datasets.binarization import binarize
from tfae.datasets.checks import check_numbers, check_varied
from tfae.datasets.mapping import mapped
from tfae.datasets.pipeline import batches
from tfae.datasets.queries import read_queries
from tfae.datasets.sources import needs_tensorflow
from tfae.datasets.split import Part, Split, as_images, as_taken, load
from tfae.datasets.streamed_images import fingerprint, refusing_changes
from tfae.datasets.streams import read, stream

__all__ = [
    "Part",
    "Split",
    "as_images",
    "as_taken",
    "batches",
    "binarize",
    "check_numbers",
    "check_varied",
    "fingerprint",
    "load",
    "mapped",
    "needs_tensorflow",
    "read",
    "read_queries",
    "refusing_changes",
    "stream",
]
