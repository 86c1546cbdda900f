"""An ordinary model of a TF1 graph, compared with it before anyone gets it."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae.migration.graphs import building, choosing, running
from tfae.migration.graphs.nodes import node_of, tensor_of

TOLERANCE = 1e-6  # of the largest value
ROWS, MOST_ROWS = 32, 1000


class Imported(NamedTuple):
    """A model that a graph became.

    Attributes:
        model: Built and compiled model, which agrees with the graph.
        taken: Tuple of `(names of variables, shape, weight)`.
        difference: Largest difference from the graph, as a share of the largest value.
        tensors: Tuple of the names of input, code and reconstruction in the graph.
        notes: List of sentences on what is not as in the graph.
    """

    model: keras.Model
    taken: tuple
    difference: float
    tensors: tuple
    notes: list


def load(
    graph, input=None, reconstruction=None, code=None, image_shape=None, data=None
):
    """The model of a graph.

    Args:
        graph: `tfae.migration.graphs.nodes.OldGraph`.
        input: Name of the placeholder of examples, or `None` to find it.
        reconstruction: Name of the tensor that rebuilds them, or `None` to find it.
        code: Name of the tensor of codes, or `None` for what the graph draws, or the
            narrowest.
        image_shape: Shape of an example, where the graph leaves it open.
        data: Array of examples to compare on, beside random ones; or `None`.

    Returns:
        An `Imported`.

    Raises:
        ValueError: If the graph is not one that can be rebuilt, or the model does not
            agree with it.
    """
    read, values = choosing.choose(graph, input, reconstruction, image_shape)
    model, of_code, made = building.build(read, values, code and tensor_of(code))
    wanted = {of_code: model.encode, values.tensor: _outputs_of(model)}
    drawn = [one for one in values.layers if one.kind == "sampling"]
    deviations = {
        one.options["deviation"].tensor: _deviation_of(model) for one in drawn
    }
    difference = _difference(read, wanted, data, deviations)
    _check(difference, values.tensor)
    model.optimizer.build(model.trainable_variables)
    tensors = tuple(map(node_of, (read.input.tensor, of_code, values.tensor)))
    return Imported(model, made.taken, difference, tensors, made.notes)


def compare(graph, model, data=None, **names):
    """The largest difference of a model from a graph, a share of the largest value.

    Args:
        graph: As for `load`, and so is `data`.
        model: Built model that was made in another way.
        data: As for `load`.
        **names: `input` and `reconstruction`, as for `load`.

    Raises:
        ValueError: If they differ by more than rounding, or the graph cannot be read.
    """
    shape = model.example_shape
    read, values = choosing.choose(graph, image_shape=shape, **names)
    difference = _difference(read, {values.tensor: _outputs_of(model)}, data)
    _check(difference, values.tensor)
    return difference


def _check(difference, tensor):
    if not difference <= TOLERANCE:
        raise ValueError(
            f"The model must agree with its graph to {TOLERANCE:g} of the largest "
            f"value. Received: a difference of {difference:.2g} of "
            f"{tensor.removesuffix(':0')}. Nothing was imported."
        )


def _outputs_of(model):
    return lambda rows: model(rows, training=False)


def _deviation_of(model):
    return lambda rows: keras.ops.exp(model.encoder(rows, training=False)[1] / 2)


def _difference(read, wanted, data, deviations=None):
    """The largest difference of functions from tensors, on random examples and data.

    Deviations may have either sign in the graph.
    """
    rng = np.random.default_rng(0)
    shape = (read.batch or ROWS, *read.input.shape)
    sets = [rng.random(shape, "float32"), rng.normal(size=shape).astype("float32")]
    if data is not None and read.batch is None:
        sets.append(np.asarray(data[:MOST_ROWS], "float32").reshape(-1, *shape[1:]))
    deviations = deviations or {}
    node = read.graph.nodes[read.name]
    number = node.attr["dtype"].type or tf.float32.as_datatype_enum
    dtype = tf.as_dtype(number).as_numpy_dtype
    if np.issubdtype(dtype, np.integer):
        sets = [np.abs(100 * rows) % 256 for rows in sets]
    sets = [rows.astype(dtype) for rows in sets]
    feds = [{read.input.tensor: rows, **_when_used(read, len(rows))} for rows in sets]
    answers = running.compute(read.graph, feds, [*wanted, *deviations])
    for answer in answers:
        answer |= {tensor: np.abs(answer[tensor]) for tensor in deviations}
    return max(
        _relative(np.asarray(function(rows)), answer[tensor])
        for rows, answer in zip(sets, answers, strict=True)
        for tensor, function in {**wanted, **deviations}.items()
    )


def _when_used(read, count):
    """What placeholders and random tensors are when the model is used."""
    nodes = read.graph.nodes
    found = {
        tensor: weight.array
        for tensor, weight in read.weights.items()
        if nodes[node_of(tensor)].op == "Placeholder"
    }
    for tensor, (value, shape) in read.neutral.items():
        one = np.asarray(value, bool if value is True else "float32")
        found[tensor] = one if shape is None else np.full((count, *shape), one)
    return found


def _relative(found, expected):
    expected = np.asarray(expected, "float64").reshape(found.shape)
    scale = np.abs(expected).max() or 1.0
    difference = np.abs(found - expected).max() / scale
    return float(difference) if np.isfinite(difference) else np.inf
