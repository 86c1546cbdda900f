"""Endpoints of an export: the model's signatures as TensorFlow functions."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae.arguments import optional
from tfae.evaluation import retrieval
from tfae.export import search, warm_up

ROWS = 8  # of a request


class Endpoint(NamedTuple):
    """An exported function: tensors of these specs in, a dict of numbers out."""

    function: object
    specs: list


def of(model, index=None, count=10) -> dict[str, Endpoint]:
    """Endpoints of the signatures that `model` declares, by name.

    Args:
        model: A built model with `serving_signatures`.
        index: `tfae.evaluation.index.Index` of codes of the model, which adds the
            endpoint `search`, or `None`.
        count: Positive integer, number of neighbours that `search` returns.

    Raises:
        ValueError: If the model declares no signatures, or is not built.
    """
    remedy = "Have it declare what it serves, as the models of tfae do."
    declared = optional(model, "serving_signatures", remedy)
    if not model.built:
        raise ValueError(
            "`model` must be built. Received: a model that has seen no data. Call it "
            "on a batch, or fit it, before the export."
        )
    signatures = dict(declared())
    if index is not None:
        retrieval.check_model(index, model)
        found = search.Search(signatures["encode"], index, count)
        signatures[search.SIGNATURE] = found.signature()
    return {name: _endpoint(name, one) for name, one in signatures.items()}


def write(endpoints, folder, model=None):
    """Writes endpoints as a SavedModel.

    The archive finds the variables that they use, and lookup tables are looked for in
    the layers of `model`. To track the model itself would store its variables twice.
    """
    archive = keras.export.ExportArchive()
    for table in () if model is None else _tables(model):
        archive.track(table)
    for name, endpoint in endpoints.items():
        archive.add_endpoint(name, *endpoint)
    archive.write_out(str(folder), verbose=False)


def _endpoint(name, signature):
    def endpoint(*tensors):
        outputs = signature.function(*tensors)
        return {
            key: tf.cast(value, signature.dtypes.get(key, "float32"))
            for key, value in outputs.items()
        }

    endpoint.__name__ = name
    specs = []
    for key, shape in signature.inputs.items():
        dtype = tf.as_dtype(signature.dtypes.get(key, "float32"))
        specs.append(tf.TensorSpec((None, *shape), dtype, name=key))
    return Endpoint(endpoint, specs)


def _tables(model):
    """The lookup tables of a model, as of categories and vocabularies."""
    kind = tf.saved_model.experimental.TrackableResource
    for layer in model._flatten_layers():
        yield from (one for one in vars(layer).values() if isinstance(one, kind))


def requests(model, endpoints, examples, rows=ROWS):
    """A request for each endpoint: a dict of its inputs, of at most `rows` examples.

    Args:
        model: The model of the endpoints.
        endpoints: Dict from name to `Endpoint`; one is `serving_default`.
        examples: Array of inputs of the model, or `None` for random ones.
        rows: Positive integer.

    Raises:
        ValueError: If the examples do not fit the model.
    """
    shape = model.example_shape
    if shape is None:
        if examples is None or not len(examples):
            raise ValueError(
                "`examples` must be rows of the table that the model takes. Received: "
                "none. Give some of the data."
            )
        if isinstance(examples, dict):  # of columns
            first = {name: column[:rows] for name, column in examples.items()}
        else:
            first = examples[:rows]
        return _of_values(endpoints, model.serving_examples(first))
    dtype = endpoints["serving_default"].specs[0].dtype
    if examples is None and dtype == tf.string:
        examples = np.array(["a text"] * rows, object)
    elif examples is None:
        examples = warm_up.random_examples(rows, shape)
        if dtype.is_integer:
            examples = 256 * examples
    examples = np.asarray(examples[:rows])
    if not warm_up.fits(examples.shape[1:], shape) or not len(examples):
        raise ValueError(
            f"`examples` must be one or more inputs of shape {tuple(shape)}. Received: "
            f"examples of shape {examples.shape}"
        )
    if dtype.is_integer and not (examples.min() >= 0 and examples.max() < 256):
        raise ValueError(
            "`examples` must be numbers from 0 to 255, as the model takes them. "
            f"Received: values from {examples.min():g} to {examples.max():g}."
        )
    examples = examples.astype(object if dtype == tf.string else dtype.as_numpy_dtype)
    return _of_values(endpoints, model.serving_examples(examples))


def _of_values(endpoints, values):
    found = {}
    for name, (_, specs) in endpoints.items():
        found[name] = {}
        for spec in specs:
            kind = object if spec.dtype == tf.string else spec.dtype.as_numpy_dtype
            found[name][spec.name] = np.asarray(values[spec.name], kind)
    return found


def expected(endpoints, asked):
    """The model's answers to requests: dict from endpoint and output to array.

    Raises:
        ValueError: If an answer holds NaN or infinite values.
    """
    answers = {}
    for name, request in asked.items():
        found = endpoints[name].function(*map(tf.constant, request.values()))
        answers[name] = {key: np.asarray(value) for key, value in found.items()}
        for key, value in answers[name].items():
            if value.dtype.kind == "f" and not np.isfinite(value).all():
                raise ValueError(
                    f"The model's {name} answers with {key} that holds NaN or infinite "
                    "values for the examples. Has its training diverged?"
                )
    return answers
