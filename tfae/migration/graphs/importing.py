"""Conversion of a TF1 graph to an ordinary model, verified against the graph."""

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae.migration.graphs import building, choosing, running
from tfae.migration.graphs.nodes import (
    MOST_VALUES,
    PLACEHOLDER,
    attribute,
    node_of,
    tensor_of,
)
from tfae.migration.graphs.values import UnreadableError
from tfae.models import Classifier, VariationalAutoencoder

TOLERANCE = 1e-6  # of the largest value
ROWS, MOST_ROWS = 32, 1000


class Imported(NamedTuple):
    """A model converted from a graph.

    Attributes:
        model: Built and compiled model, which agrees with the graph.
        taken: Tuple of `(names of variables, shape, weight)`.
        difference: Largest difference from the graph, as a share of the largest value.
        tensors: Tuple of the names of input, code and reconstruction in the graph.
        notes: List of sentences on differences from the graph.
    """

    model: keras.Model
    taken: tuple
    difference: float
    tensors: tuple
    notes: list


def load(graph, code=None, data=None, **choice):
    """Converts a graph to a model.

    Args:
        graph: `tfae.migration.graphs.nodes.OldGraph`.
        code: Name of the tensor of codes, or `None` for the tensor that the graph
            draws, or else the narrowest.
        data: Array of examples to compare on, beside random ones; or `None`.
        **choice: Arguments of `tfae.migration.graphs.choosing.choose`.

    Returns:
        An `Imported`.

    Raises:
        ValueError: If the graph cannot be rebuilt, or the model does not agree with it.
    """
    read, values = choosing.choose(graph, **choice)
    model, of_code, made = _built(read, values, code)
    _check_finite(values)
    wanted = {of_code: (model.encode, np.asarray)} if hasattr(model, "decode") else {}
    wanted |= _results_of(model, values)
    shape = read.input.shape
    difference = max(_differences(read, wanted, data, shape).values())
    _check(difference, values.tensor)
    model.optimizer.build(model.trainable_variables)
    tensors = tuple(map(node_of, (read.input.tensor, of_code, values.tensor)))
    notes = [*made.notes, *_assumed(read)]
    return Imported(model, made.taken, difference, tensors, notes)


def _check_finite(values):
    for layer in values.layers:
        for weight in layer.weights.values():
            if not np.isfinite(weight.array).all():
                of = ", ".join(weight.made_of) or node_of(weight.tensor)
                raise ValueError(
                    "The checkpoint must contain finite values. Received: NaN or "
                    f"infinite values in the {layer.kind} of {of}. Use an earlier "
                    "checkpoint."
                )


def _assumed(read):
    """Sentences on the values assumed for further placeholders."""
    nodes = read.graph.nodes
    found = {tensor: weight.scalar for tensor, weight in read.weights.items()}
    found |= {tensor: value for tensor, (value, _) in read.neutral.items()}
    for tensor, value in found.items():
        if nodes[node_of(tensor)].op == PLACEHOLDER:
            yield f"{node_of(tensor)} is assumed to be {value:g}."


def _built(read, values, code):
    try:
        return building.build(read, values, code and tensor_of(code))
    except UnreadableError as error:
        raise choosing.NotFoundError(
            f"There is no model for {error}. Give another tensor as `reconstruction`, "
            "or build the model and assign its weights."
        ) from error


def compare(graph, model, data=None):
    """Compares the outputs of a model with tensors of the graph.

    Args:
        graph: As for `load`.
        model: Built autoencoder or classifier that was not converted from the graph.
        data: As for `load`.

    Returns:
        Pair of the largest difference from the nearest tensor, relative to the largest
        value, and its name.

    Raises:
        ValueError: If they differ by more than rounding.
        NotFoundError: If no layers of the graph compute a tensor of that size.
    """
    size = math.prod(model.example_shape)
    of_outputs = math.prod(model.compute_output_shape((None, *model.example_shape))[1:])
    found = {}
    for read in choosing.readings(graph, size):
        several = choosing.of_size(read, of_outputs)
        if not several:
            continue
        if isinstance(model, VariationalAutoencoder):
            several = [one for one in several if _draws(one)] or several
        results = {values.tensor: _results_of(model, values) for values in several}
        wanted = {key: pair for one in results.values() for key, pair in one.items()}
        differences = _differences(read, wanted, data, model.example_shape)
        for tensor, one in results.items():
            found[tensor] = max(differences[key] for key in one)
            if found[tensor] <= TOLERANCE:
                return found[tensor], node_of(tensor)
    if not found:
        raise choosing.NotFoundError(
            f"No layer of the graph computes {of_outputs} numbers per example."
        )
    nearest = min(found, key=found.get)
    _check(found[nearest], nearest)


def _check(difference, tensor):
    if not difference <= TOLERANCE:
        raise ValueError(
            f"The model must agree with its graph to {TOLERANCE:g} of the largest "
            f"value. Received: a difference of {difference:.2g} in "
            f"{tensor.removesuffix(':0')}. Nothing was imported."
        )


def _results_of(model, values):
    """Functions of a model, and the corresponding functions of tensors of the graph."""
    found = {}
    for step in values.layers:
        if step.kind == "sampling":  # the deviation may have either sign
            deviation = step.options["deviation"].tensor
            found[deviation] = (_deviation_of(model), np.abs)
    is_logits = not building.is_softmax(values.layers[-1])
    softmax = isinstance(model, Classifier) and is_logits
    of_tensor = keras.ops.softmax if softmax else np.asarray
    found[values.tensor] = ((lambda rows: model(rows, training=False)), of_tensor)
    return found


def _draws(values):
    return any(step.kind == "sampling" for step in values.layers)


def _deviation_of(model):
    return lambda rows: keras.ops.exp(model.encoder(rows, training=False)[1] / 2)


def _differences(read, wanted, data, shape):
    """Largest differences of functions of examples from tensors of the graph.

    Args:
        read: `Reading` of the graph.
        wanted: Dict from tensors to pairs of a function of examples, and a function of
            the graph's values.
        data: Array of examples, beside random ones, or `None`.
        shape: Shape of an example for the functions.

    Returns:
        Dict from the tensors to differences relative to the largest value.
    """
    rng = np.random.default_rng(0)
    size = (read.batch or ROWS, *read.input.shape)
    if math.prod(size) > MOST_VALUES:
        raise ValueError(f"A batch of shape {size} is too large to compare on.")
    sets = [rng.random(size, "float32"), rng.normal(size=size).astype("float32")]
    if data is not None:
        rows = np.asarray(data[:MOST_ROWS], "float32").reshape(-1, *size[1:])
        sets += _batches(rows, read.batch or len(rows))
    node = read.graph.nodes[read.name]
    number = attribute(node, "dtype").type or tf.float32.as_datatype_enum
    dtype = tf.as_dtype(number).as_numpy_dtype
    if np.issubdtype(dtype, np.integer):
        sets = [np.abs(100 * rows) % 256 for rows in sets]
    sets = [rows.astype(dtype) for rows in sets]
    feds = [{read.input.tensor: rows, **_when_used(read, len(rows))} for rows in sets]
    answers = running.compute(read.graph, feds, [*wanted])
    return {
        tensor: max(
            _relative(function(rows.reshape(-1, *shape)), of_tensor(answer[tensor]))
            for rows, answer in zip(sets, answers, strict=True)
        )
        for tensor, (function, of_tensor) in wanted.items()
    }


def _batches(rows, size):
    """List of arrays of `size` rows; the last is filled up with the first rows."""
    count = -(-len(rows) // size)
    return [*np.resize(rows, (count, size, *rows.shape[1:]))]


def _when_used(read, count):
    """Values of placeholders and random tensors at inference."""
    nodes = read.graph.nodes
    found = {
        tensor: weight.array
        for tensor, weight in read.weights.items()
        if nodes[node_of(tensor)].op == "Placeholder"
    }
    for tensor, (value, shape) in read.neutral.items():
        one = np.asarray(value, _dtype_of(nodes[node_of(tensor)]))
        found[tensor] = one if shape is None else np.full((count, *shape), one)
    return found


def _dtype_of(node):
    """Type of the output of a node."""
    if node.op in ("GreaterEqual", "Greater", "Less", "LessEqual"):
        return bool
    kinds = (attribute(node, name).type for name in ("dtype", "DstT", "T"))
    number = next(filter(None, kinds), tf.float32.as_datatype_enum)
    return tf.as_dtype(number).as_numpy_dtype


def _relative(found, expected):
    found = np.asarray(found)
    expected = np.asarray(expected, "float64").reshape(found.shape)
    scale = np.abs(expected).max() or 1.0
    difference = np.abs(found - expected).max() / scale
    return float(difference) if np.isfinite(difference) else np.inf
