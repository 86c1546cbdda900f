"""Splits whose examples have become others."""

from collections.abc import Callable
from typing import Any

from tfae import evaluation
from tfae.datasets.split import with_source
from tfae.datasets.streamed_images import Images


def mapped(split, function: Callable[..., Any]):
    """`split` with what a function makes of its examples, such as a scaling.

    Args:
        split: `Split`, of which a stream stays one.
        function: Function of a batch of examples that returns an array or a tensor; of
            a stream in TensorFlow's operations.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> negatives = tfae.datasets.mapped(split, lambda x: 1 - x)
    >>> float(split.train.inputs[0, 0] + negatives.train.inputs[0, 0])
    1.0
    """

    def made(inputs):
        if isinstance(inputs, Images):
            return inputs.mapped(function)
        return evaluation.in_batches(function, inputs)

    parts = {
        name: part._replace(inputs=made(part.inputs))
        for name, part in (
            ("train", split.train),
            ("valid", split.valid),
            ("test", split.test),
        )
    }
    return with_source(split, split.source, **parts)
