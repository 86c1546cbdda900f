"""The figure class of all plots, and conversions of their data."""

import io

import matplotlib
import numpy as np
from matplotlib import figure
from matplotlib.colors import ListedColormap
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

# Ten colours distinguishable with a colour vision deficiency (Petroff, 2021).
COLOURS = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
TICKS = {"nbins": 8, "steps": [1, 2, 5, 10]}
NOTEBOOK_DPI = 90
LOGARITHMIC = 3  # ratio of highest to lowest value for a log scale


class Figure(figure.Figure):
    """A matplotlib figure that a notebook shows at the end of a cell.

    It does not use `pyplot`, so that there is no global state to close.

    Example:
    >>> shown = tfae.plots.code_scatter(np.random.rand(20, 2))
    >>> shown._repr_png_()[1:4]
    b'PNG'
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"layout": "constrained", **kwargs})

    def add_subplot(self, *args, **kwargs):
        axis = super().add_subplot(*args, **kwargs)
        axis.set_prop_cycle(color=COLOURS)
        return axis

    def _repr_png_(self):
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=NOTEBOOK_DPI)
        return buffer.getvalue()


def as_array(values):
    """NumPy array of an array, a tensor, a Keras variable or a list of these.

    Args:
        values: Any of these, or `None`, which is returned unchanged.
    """
    if values is None or isinstance(values, np.ndarray):
        return values
    from keras import ops

    if isinstance(values, (list, tuple)):
        values = [as_array(one) for one in values]
    found = ops.convert_to_numpy(values)
    # Matplotlib does not support bfloat16.
    return found.astype("float32") if found.dtype.kind == "V" else found


def as_arrays(values, name="model"):
    """Dict of arrays from a dict of values for `as_array`, or from one named value."""
    if not hasattr(values, "items"):
        values = {name: values}
    return {name: as_array(one) for name, one in values.items()}


def class_colours(classes):
    """A colour map for a number of classes."""
    if classes <= len(COLOURS):
        return ListedColormap(COLOURS[:classes])
    return matplotlib.colormaps["tab20"].resampled(classes)


def integer_ticks(axis):
    """Sets ticks of an axis, such as `panel.xaxis`, only at whole numbers."""
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, **TICKS))


def spread(*arrays):
    """Whether all values are positive and spread enough for a log scale."""
    values = np.concatenate([np.ravel(one) for one in arrays])
    values = values[np.isfinite(values)]
    lowest = values.min(initial=np.inf)
    return 0 < lowest < np.inf and values.max() > LOGARITHMIC * lowest


def logarithmic(panel, which="y"):
    """Sets a logarithmic axis of a panel, with plain numbers at its ticks."""
    panel.set(**{f"{which}scale": "log"})
    axis = getattr(panel, f"{which}axis")
    low, high = axis.get_view_interval()
    decades = np.log10(high / low) if low > 0 else 1
    subs = (1, 2, 5) if decades < 2 else (1, 3) if decades < 3 else (1,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())
