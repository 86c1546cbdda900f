"""Choice of the input placeholder of a TF1 graph, and of its reconstruction."""

from tfae.migration.graphs import comparing, fixed, reading, switches
from tfae.migration.graphs.nodes import attribute, node_of, tensor_of
from tfae.migration.graphs.values import (
    OpenShapeError,
    Unread,
    UnreadableError,
    Values,
    different,
)

# Confidence that a tensor is the reconstruction.
COMPARED, TARGETED, LAST = 3, 2, 1


class NotFoundError(ValueError):
    """No tensor with the size of the input is computed from it by layers."""


def choose(graph, input=None, reconstruction=None, image_shape=None, feeds=None):
    """The `Reading` of a graph, and the `Values` of the reconstruction.

    Args:
        graph: `OldGraph`.
        input: Name of the placeholder of examples, or `None` for the one that is
            reconstructed.
        reconstruction: Name of the output, or `None` for the tensor compared with the
            input, or else the last tensor of its size.
        image_shape: Shape of an example, if the graph leaves it open.
        feeds: Dict from names of scalar placeholders to their values, or `None`.

    Raises:
        ValueError: If there is no reconstruction, or more than one; it lists them.
    """
    found, reasons = [], []
    for name, shape in _inputs(graph, input).items():
        given = (graph, name, shape, image_shape, reconstruction, reasons)
        for setting in switches.settings(graph, name, feeds or {}):
            chosen = _models(*given, setting)
            if chosen:
                moved = switches.moved(graph, chosen, setting, feeds or {})
                if moved is not None:
                    others = _models(*given, moved)
                    switches.check_same(chosen, others, moved, feeds or {})
                found += chosen
                break
    if not found:
        raise NotFoundError(_without(reconstruction, reasons))
    surest = max(surety for _, surety, _ in found)
    found = [(read, values) for read, surety, values in found if surety == surest]
    if len(found) > 1:
        ways = ", ".join(
            f"{values.tensor.removesuffix(':0')} of {read.name}"
            for read, values in found
        )
        raise ValueError(
            f"The graph has several tensors that may be the reconstruction: {ways}. "
            "Give one as `reconstruction`, and its input as `input`."
        )
    return found[0]


def _models(graph, name, shape, image_shape, reconstruction, reasons, setting):
    """Triples of a `Reading`, its confidence, and the `Values` of the reconstruction.

    If there are none, it appends to `reasons`.
    """
    try:
        read = _read(graph, name, shape, setting, image_shape)
        chosen = _chosen(read, reconstruction)
    except UnreadableError as error:
        reasons.append(str(error))
        return []
    if not chosen:
        reasons += _obstacles(read)
    return [(read, *pair) for pair in chosen]


def readings(graph, size):
    """A `Reading` of each placeholder that may be an input of the given size."""
    for name, shape in _inputs(graph, None).items():
        for setting in switches.settings(graph, name, {}):
            try:
                read = _read(graph, name, shape, setting, None)
            except UnreadableError:
                continue
            if None not in read.input.shape and read.input.size == size:
                yield read


def _inputs(graph, named):
    """Placeholders that may be the input, with their shapes."""
    placeholders = graph.placeholders()
    if named is not None:
        name = node_of(named)
        if name not in graph.nodes:
            raise ValueError(
                "`input` must be an operation of the graph, such as a placeholder: "
                f"{', '.join(placeholders) or 'it has none'}. Received: {named}"
            )
        return {name: placeholders.get(name)}
    numbers = [
        name
        for name in placeholders
        if attribute(graph.nodes[name], "dtype").type != switches.BOOL
    ]
    return {
        name: placeholders[name]
        for name in numbers
        if placeholders[name] is None or len(placeholders[name]) > 1
    }


def _read(graph, name, shape, setting, image_shape):
    batch, *example = (None, None) if shape is None else shape
    if None in example and image_shape is not None:
        example = image_shape
    weights = fixed.weights(graph, name, setting)
    try:
        return reading.Reading(graph, name, tuple(example), batch, weights)
    except OpenShapeError as error:
        return reading.Reading(graph, name, (error.features,), batch, weights)


def _named(read, output):
    """The values of the output named by the user."""
    tensor = tensor_of(output)
    if node_of(tensor) not in read.graph.nodes:
        raise ValueError(f"The graph has no tensor {output}.")
    values = read.values.get(tensor)
    if isinstance(values, Unread):
        raise UnreadableError(values.reason)
    if not isinstance(values, Values) or not values.weighted:
        raise UnreadableError(f"{output}, which no layer computes from {read.name}")
    return values


def _chosen(read, reconstruction):
    """Pairs of a confidence and values that may be the reconstruction."""
    if reconstruction is not None:
        return [(COMPARED, _named(read, reconstruction))]
    if None in read.input.shape:
        raise UnreadableError(
            f"{read.name}, an input of open shape (give `image_shape`)"
        )
    size = read.input.size
    fitting = of_size(read, size)
    noted = {
        COMPARED: [one for one in read.compared if one.weighted and one.size == size],
        TARGETED: [one for one in read.targeted if one.weighted and one.size == size],
        LAST: _ends(read, fitting),
    }
    # With several phases, one tensor may be compared, and another may be the last.
    sure = (*noted[COMPARED], *noted[TARGETED])
    # If outputs are also scaled for a picture, those in a loss are used.
    noted[LAST] = [
        comparing.unscaled(one) if comparing.unscaled(one) in sure else one
        for one in noted[LAST]
    ]
    # A loss may take logits; the reconstruction is their sigmoid.
    found = [_activated(one, fitting) for several in noted.values() for one in several]
    surety = max((one for one, several in noted.items() if several), default=LAST)
    return [(surety, one) for one in different(found)]


def of_size(read, size):
    """All values computed by layers, with the given size of an example."""
    known = [one for one in read.values.values() if isinstance(one, Values)]
    return [one for one in known if one.weighted and one.size == size]


def _ends(read, several):
    """The values from which nothing else is computed."""
    graph = read.graph
    taken = {
        tensor
        for name in graph.nodes
        if graph.computes(name)  # and is not a summary
        for tensor in graph.inputs_of(name)
    }
    return [one for one in several if one.tensor not in taken]


def _activated(values, fitting):
    for one in fitting:
        last = one.layers[-1]
        if one.before is values and last.options.get("name") == "sigmoid":
            return one
    return values


def _obstacles(read):
    return [
        f"{one.reason} ({tensor.removesuffix(':0')})"
        for tensor, one in read.values.items()
        if isinstance(one, Unread) and one.near is not None
    ][:1]


def _without(output, reasons):
    what = f"{output} cannot" if output else "The reconstruction cannot"
    known = [*dict.fromkeys(reasons)]
    if known:
        return (
            f"{what} be rebuilt: on the path from its input, the graph contains "
            f"operations without an equivalent layer: {'; '.join(known[:3])}. Give an "
            "earlier tensor as `reconstruction`, such as the logits of a classifier, "
            "or build the model and assign its weights."
        )
    return (
        f"{what} be found: no tensor of the graph has the size of its input and is "
        "computed from it by layers. Give both as `input` and `reconstruction`."
    )
