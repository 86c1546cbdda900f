"""Data sets by name or path, scaled to [0, 1] and split, and the fast pipeline."""

from tfae.datasets.anomalies import check_no_classes, normal_apart, rows_of
from tfae.datasets.binarization import binarize
from tfae.datasets.checks import (
    as_trained,
    check_numbers,
    check_unit_range,
    check_varied,
)
from tfae.datasets.loading import load
from tfae.datasets.mapping import mapped
from tfae.datasets.pipeline import batches
from tfae.datasets.queries import NamedExamples, read_queries, read_rows
from tfae.datasets.reading import read
from tfae.datasets.scaling import far_from_one_note
from tfae.datasets.series import read_series, read_windows
from tfae.datasets.series_windows import Windows, windows
from tfae.datasets.shapes import as_images, as_taken, drawn_as
from tfae.datasets.sources import needs_tensorflow
from tfae.datasets.split import Part, Split
from tfae.datasets.streamed_images import (
    Images,
    fingerprint,
    is_streamed,
    refusing_changes,
)
from tfae.datasets.streams import read_images, stream
from tfae.datasets.table_choice import read_like
from tfae.datasets.table_files import is_table, read_chunks
from tfae.datasets.tables import Table, summary
from tfae.datasets.whole_batches import left_out_note

__all__ = [
    "Images",
    "NamedExamples",
    "Part",
    "Split",
    "Table",
    "Windows",
    "as_images",
    "as_taken",
    "as_trained",
    "batches",
    "binarize",
    "check_no_classes",
    "check_numbers",
    "check_unit_range",
    "check_varied",
    "drawn_as",
    "far_from_one_note",
    "fingerprint",
    "is_streamed",
    "is_table",
    "left_out_note",
    "load",
    "mapped",
    "needs_tensorflow",
    "normal_apart",
    "read",
    "read_chunks",
    "read_images",
    "read_like",
    "read_queries",
    "read_rows",
    "read_series",
    "read_windows",
    "refusing_changes",
    "rows_of",
    "stream",
    "summary",
    "windows",
]
