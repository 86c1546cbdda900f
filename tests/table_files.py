"""A table of several kinds of columns, as arrays and as files."""

import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.parquet


def mixed(count=200, seed=0):
    """Dict of columns: numbers, some missing, booleans, categories, codes, labels."""
    generator = np.random.default_rng(seed)
    size = generator.normal(170, 12, count)
    age = generator.integers(18, 90, count).astype("float64")
    age[::9] = np.nan
    return {
        "mean size": size,
        "age": age,
        "member": generator.random(count) < 0.4,
        "city": np.array(["Ulm", "Bonn", "", "Köln"], object)[
            generator.integers(0, 4, count)
        ],
        "post": generator.integers(10, 15, count),
        "kind": np.array(["sound", "faulty"], object)[generator.integers(0, 2, count)],
    }


def arrow(columns):
    """The same as a table of Arrow, where what is missing is null."""
    arrays = {}
    for name, values in columns.items():
        values = np.asarray(values)
        if values.dtype == object:
            values = np.where(values == "", None, values)
        arrays[name] = pyarrow.array(values, from_pandas=True)
    return pyarrow.table(arrays)


def write(path, columns):
    """Writes columns to a CSV or Parquet file; returns its path."""
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(arrow(columns), path)
    else:
        pyarrow.csv.write_csv(arrow(columns), path)
    return path
