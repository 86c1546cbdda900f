"""Splits with transformed examples."""

from collections.abc import Callable
from typing import Any

from tfae import batch_streams, evaluation
from tfae.datasets.split import with_source
from tfae.datasets.streamed_images import Images


def mapped(split, function: Callable[..., Any]):
    """`split` with a function, such as a scaling, applied to its examples.

    Args:
        split: `Split`; a stream remains a stream.
        function: Function of a batch of examples that returns an array or a tensor; for
            `Images`, it must use TensorFlow operations.

    Example:
    >>> split = tfae.datasets.load("digits")
    >>> negatives = tfae.datasets.mapped(split, lambda x: 1 - x)
    >>> float(split.train.inputs[0, 0] + negatives.train.inputs[0, 0])
    1.0
    """

    def made(inputs):
        if isinstance(inputs, Images):
            return inputs.mapped(function)
        if batch_streams.is_stream(inputs):
            return batch_streams.Mapped(inputs, function)
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
