"""Metrics of the codebook usage within an epoch."""

import keras
from keras import ops


class _Choices(keras.metrics.Metric):
    """Counts how often each vector of a codebook was chosen."""

    def __init__(self, num_codes, name):
        super().__init__(name=name)
        self._direction = "up"  # higher usage is better
        self.counts = self.add_variable((num_codes,), "zeros", name="counts")

    def update_state(self, counts, sample_weight=None):
        self.counts.assign_add(ops.cast(counts, self.counts.dtype))


class CodebookUsage(_Choices):
    """Share of the vectors that were chosen."""

    def result(self):
        return ops.mean(ops.cast(self.counts > 0, self.counts.dtype))


class CodebookPerplexity(_Choices):
    """Exponential of the entropy of the choices."""

    def result(self):
        shares = self.counts / ops.maximum(ops.sum(self.counts), 1.0)
        logarithms = ops.log(ops.where(shares > 0, shares, 1.0))
        return ops.exp(-ops.sum(shares * logarithms))
