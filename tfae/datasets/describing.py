"""Short descriptions of a data set and its parts."""

import numpy as np

from tfae.datasets.tables import Table


def part(inputs, labels):
    """One line of text: shape, type, range and number of classes."""
    found = f"Part(inputs={_inputs(inputs)}"
    if labels is not None:
        classes = len(np.unique(labels))
        found += f", labels={_array(labels)}, {classes} classes"
    return f"{found})"


def split(found):
    """One line of text for each part, and one for the whole."""
    parts = ("train", "valid", "test")
    known = {"image_shape": found.image_shape, "full_scale": found.full_scale}
    fields = [f"{name}={value}" for name, value in known.items() if value is not None]
    lines = [
        ", ".join([f"name={found.name!r}", *fields]),
        *(f"{name}={getattr(found, name)!r}" for name in parts),
    ]
    return "Split(\n" + "".join(f"    {line},\n" for line in lines) + ")"


def _inputs(inputs):
    if isinstance(inputs, Table):
        return f"table of {len(inputs)} rows, {len(inputs.columns)} columns"
    described = _array(inputs)
    if isinstance(inputs, np.ndarray) and inputs.size and inputs.dtype.kind in "fiu":
        described += f" in [{inputs.min():.4g}, {inputs.max():.4g}]"
    return described


def _array(values):
    return f"{np.shape(values)} {getattr(values, 'dtype', type(values).__name__)}"
