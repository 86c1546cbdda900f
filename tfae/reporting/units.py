"""Units of the values in plots of a model that scales its inputs."""

from tfae.arguments import has

VALUE, INPUTS = "value", "∂inputs"  # words in labels of plots


def of(preprocessing):
    """Adjective of the values that a preprocessing returns, or `None` without one."""
    if preprocessing is None:
        return None
    kind = getattr(preprocessing, "scaling", getattr(preprocessing, "how", None))
    return "standardized" if kind == "standard" else "scaled"


def told(figure, adjective):
    """A figure, or `None`, whose labels say how its values are scaled.

    Args:
        figure: Figure of `tfae.plots`, or `None`.
        adjective: As `of` returns it.
    """
    if figure is None or adjective is None:
        return figure
    for axis in figure.axes:
        if axis.get_xlabel() == VALUE:
            axis.set_xlabel(f"{adjective} {VALUE}")
    title = figure.get_suptitle()
    if INPUTS in title:
        figure.suptitle(title.replace(INPUTS, f"∂({adjective} inputs)"))
    if title.endswith("(numbers are mean squared errors)"):
        figure.suptitle(f"{title[:-1]} of {adjective} values)")
    return figure


def unweighted(report):
    """The plot of a report for a detector whose score weighs the errors it shows."""

    def of_detector(*arguments):
        figure = report(*arguments)
        if figure is not None:
            title = figure.get_suptitle()
            figure.suptitle(f"{title}\nThe score of the detector weighs the features.")
        return figure

    return of_detector


def of_raw(name, model):
    """`name`, with a remark if `model` scales its inputs itself."""
    first = model.members[0] if has(model, "members") else model
    return f"{name}, of raw inputs" if has(first, "preprocessing") else name
