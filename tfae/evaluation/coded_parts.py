"""Codes of the parts of a split, of arrays and of streams, and their labels."""

from functools import partial

import numpy as np

from tfae import batch_streams, evaluation

AGAIN = "Probes read the data several times."


def has_labels(part):
    """Whether a part has labels, for a stream in its first batch."""
    if part.labels is not None or not batch_streams.is_stream(part.inputs):
        return part.labels is not None
    batch_streams.check_again(part.inputs, AGAIN)
    return next(batch_streams.batches(part.inputs))[1] is not None


class CodedParts:
    """The codes of a model, computed on first use.

    Args:
        model: Trained autoencoder.
        split: `tfae.datasets.Split`. Of a stream only codes and labels are kept.
    """

    def __init__(self, model, split):
        self.model, self.split = model, split
        self._known = {}

    def of(self, *parts):
        """Codes of the given parts as vectors, and their labels."""
        if parts not in self._known:
            encode = partial(evaluation.encode, self.model)
            found = [self._found(part, encode) for part in parts]
            codes, labels = map(np.concatenate, zip(*found, strict=True))
            self._known[parts] = codes, labels
        return self._known[parts]

    def pooled(self, window, stride):
        """Max-pooled maps of the train, valid and test part as vectors, and labels."""

        def pooled(inputs):
            return evaluation.pooled_codes(self.model, inputs, window, stride)

        return [self._found(name, pooled) for name in ("train", "valid", "test")]

    def _found(self, name, function):
        """Values of a function of a part as vectors, and the labels of the part."""
        part = getattr(self.split, name)
        if part.labels is not None or not batch_streams.is_stream(part.inputs):
            labels = self._labels(part.labels)
            found = function(part.inputs)
        else:
            batch_streams.check_again(part.inputs, AGAIN)
            batches = batch_streams.batches(part.inputs)
            pairs = [(function(x), self._labels(y)) for x, y in batches]
            found, labels = map(np.concatenate, zip(*pairs, strict=True))
        if len(found) != len(labels):
            raise ValueError(
                f"The part `{name}` must have a label for each example. Received: "
                f"{len(labels)} labels for {len(found)} examples."
            )
        return found.reshape(len(found), -1), labels

    def _labels(self, labels):
        if labels is None:
            raise ValueError(
                f"Classifiers need labels, and {self.split.name} has none. Leave the "
                "probe out, or give data with labels, or a stream of pairs."
            )
        return labels
