"""Suggestions for names that do not exist."""

import difflib


def did_you_mean(name, names):
    """Sentence that suggests the name nearest to `name`, with a space before it.

    Args:
        name: Name given by the user.
        names: Iterable of the names that exist.

    Returns:
        Text such as `" Did you mean leaky_relu_mnist?"`, or an empty one if no name is
        similar.

    Example:
    >>> from tfae.suggestions import did_you_mean
    >>> did_you_mean("leaky_relu_mnst", ["leaky_relu_mnist", "sparse_mnist"])
    ' Did you mean leaky_relu_mnist?'
    """
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1)
    # A part of a longer name, such as `units` of `hidden_units`.
    near = near or [one for one in names if name and name in one][:1]
    return f" Did you mean {near[0]}?" if near else ""
