"""Scalar placeholders of a TF1 graph, which may change its computation."""

import itertools

import numpy as np

from tfae.migration.graphs.nodes import FLOATS, attribute, node_of
from tfae.migration.graphs.values import different

MOST = 3
BOOL = 10  # TensorFlow's number
MOVED = 0.5


def settings(graph, name, feeds):
    """Settings: dicts of values of scalar placeholders, such as a keep probability.

    Args:
        graph: `OldGraph`.
        name: Name of the placeholder of examples.
        feeds: Dict from names of placeholders to their values.

    Raises:
        ValueError: If `feeds` names a placeholder that is not a scalar number.
    """
    numbers, kinds = {}, {}
    for one, shape in graph.placeholders().items():
        kind = attribute(graph.nodes[one], "dtype").type
        if one != name and shape in ((), None) and (kind in FLOATS or kind == BOOL):
            kinds[one] = FLOATS.get(kind, bool)
            numbers[one] = (False,) if kind == BOOL else (1.0, 0.0)
    _check(feeds, kinds)
    free = [one for one in numbers if numbers[one] != (False,) and one not in feeds]
    numbers = {one: numbers[one] for one in numbers if one not in free[MOST:]}
    numbers |= {one: (value,) for one, value in feeds.items()}
    for chosen in itertools.product(*numbers.values()):
        values = zip(numbers, chosen, strict=True)
        yield {f"{one}:0": np.array(value, kinds[one]) for one, value in values}


def _check(feeds, kinds):
    strange = [name for name in feeds if name not in kinds]
    if strange:
        raise ValueError(
            "`feeds` must name scalar placeholders. Received: "
            f"{', '.join(strange)}. Scalar placeholders: {', '.join(kinds) or 'none'}."
        )


def moved(graph, chosen, setting, feeds):
    """A setting with other numbers, if the chosen values depend on them.

    Args:
        graph: `OldGraph`.
        chosen: List of triples of a `Reading`, its confidence, and `Values`.
        setting: One of `settings`.
        feeds: As for `settings`.

    Returns:
        A setting, or `None` if nothing depends on numbers that were not fed.
    """
    ahead = set().union(*(graph.ancestors(values.tensor) for *_, values in chosen))
    found = {
        tensor: np.array(MOVED, value.dtype)
        for tensor, value in setting.items()
        if node_of(tensor) in ahead - feeds.keys() and value.dtype != bool
    }
    return setting | found if found else None


def check_same(chosen, others, setting, feeds):
    """Raises `ValueError` if the model depends on numbers that were not fed."""
    models = [values for *_, values in chosen]
    if len(different([*models, *(values for *_, values in others)])) > len(models):
        found = [node_of(one) for one, value in setting.items() if value == MOVED]
        names = [one for one in found if one not in feeds]
        raise ValueError(
            "The graph is a different model for other fed numbers. Give the numbers "
            f"for inference as `feeds`, such as {names[0]}=1. Received: no number for "
            f"{', '.join(names)}"
        )
