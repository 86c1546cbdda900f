"""Splits whose examples have become others."""

from tfae import evaluation
from tfae.datasets.split import with_source
from tfae.datasets.streamed_images import check_in_memory


def mapped(split, function):
    """`split` with what a function makes of its examples, such as a scaling.

    Args:
        split: `Split` in memory.
        function: Function of a batch of examples that returns an array or a tensor.
    """
    check_in_memory(split, "Scaling")
    parts = {
        name: part._replace(inputs=evaluation.in_batches(function, part.inputs))
        for name, part in (
            ("train", split.train),
            ("valid", split.valid),
            ("test", split.test),
        )
    }
    return with_source(split, split.source, **parts)
