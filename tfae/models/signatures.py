"""Signatures of a served model: named functions of named tensors."""

from collections.abc import Callable
from typing import NamedTuple

from keras import ops

ANY_LENGTH = 64  # stands for a variable height or width
REBUILT = ("reconstruction", "samples")  # outputs in the units of the inputs


class Signature(NamedTuple):
    """One function to serve.

    Attributes:
        function: Takes one tensor per input, in order; returns a dict of tensors. The
            first dimension of each is the batch.
        inputs: Dict from the name of an input to the shape of one example of it.
        dtypes: Dict from the name of an input or output to its data type, if it is not
            float32, such as `"string"` or `"int64"`.
    """

    function: Callable
    inputs: dict
    dtypes: dict = {}


def by_name(switches):
    """Switches, or their shapes, by their names in signatures."""
    return {f"switches_{index}": one for index, one in enumerate(switches, start=1)}


def reconstruction_signatures(model, example_shape, code_shape, switch_shapes=()):
    """Signatures of any model that encodes and decodes.

    `serving_default` reconstructs; `encode` and `decode` are its halves, with switches
    if the model has any; `score` is that of `score_signatures`.
    """

    def reconstruct(inputs):
        return {"reconstruction": model(inputs, training=False)}

    def encode(inputs):
        codes = {"codes": model.encode(inputs)}
        return codes | (by_name(model.encode_switches(inputs)) if switch_shapes else {})

    def decode(codes, *switches):
        return {"reconstruction": model.decode(codes, *switches)}

    return {
        "serving_default": Signature(reconstruct, {"inputs": example_shape}),
        "encode": Signature(encode, {"inputs": example_shape}),
        "decode": Signature(decode, {"codes": code_shape, **by_name(switch_shapes)}),
        **score_signatures(model, inputs=example_shape),
    }


def score_signatures(model, **shapes):
    """`score`, the squared error of each example averaged over its features.

    It is high for anomalies. A model whose outputs have another shape than its inputs,
    such as colours for grey images, has no such signature.

    Args:
        model: Built model.
        **shapes: Shape of an example of each input, by name; the first is
            reconstructed.

    Returns:
        Dict of that signature, or an empty one.
    """
    wanted = [
        (None, *(ANY_LENGTH if length is None else length for length in shape))
        for shape in shapes.values()
    ]
    made = model.compute_output_shape(wanted if len(wanted) > 1 else wanted[0])
    if tuple(made) != wanted[0]:
        return {}

    def score(*inputs):
        given = inputs if len(inputs) > 1 else inputs[0]
        outputs = ops.cast(model(given, training=False), inputs[0].dtype)
        errors = ops.square(outputs - inputs[0])
        return {"score": ops.mean(errors, axis=tuple(range(1, len(errors.shape))))}

    return {"score": Signature(score, shapes)}


def of_raw(signature, preprocessing):
    """Converts a signature of a model of prepared inputs to raw values.

    Reconstructions and samples are in raw units, except for tables, where they are the
    features that the preprocessing computes from the columns.

    Args:
        signature: `Signature`.
        preprocessing: Layer with `inverse` and `input_signature`.
    """
    given, dtypes = dict(signature.inputs), dict(signature.dtypes)
    names = ()
    if "inputs" in given:
        shapes, types = preprocessing.input_signature(given.pop("inputs"))
        given, dtypes, names = {**shapes, **given}, {**dtypes, **types}, (*shapes,)
    one = names == ("inputs",)

    def function(*tensors):
        raw, others = tensors[: len(names)], tensors[len(names) :]
        if names:
            raw = raw[0] if one else dict(zip(names, raw, strict=True))
            others = (preprocessing(raw), *others)
        table = hasattr(preprocessing, "rows")  # whose inverse is not one tensor
        inverted = () if table else REBUILT
        return {
            key: preprocessing.inverse(value) if key in inverted else value
            for key, value in signature.function(*others).items()
        }

    return Signature(function, given, dtypes)
