"""The batch of a training step."""

import inspect
from typing import NamedTuple

import keras


class Batch(NamedTuple):
    """A batch of data and the random numbers drawn for it.

    Attributes:
        inputs: Tensor of shape `(batch, ...)`, or another structure for the model.
        targets: Tensor of the shape of the outputs, or `None` for the inputs.
        sample_weight: Tensor of shape `(batch,)`, or with more of the axes of the
            targets, or `None`.
        drawn: Dict of further arguments of `loss_terms`: the random numbers of the
            step.
        filled: 0 or 1, the share of the rows that are examples, or `None` if all are:
            a replica that got no example has one row of zeros.
    """

    inputs: object
    targets: object = None
    sample_weight: object = None
    drawn: dict = {}
    filled: object = None

    @classmethod
    def of(cls, data):
        """The data that Keras passes to `train_step`, with nothing drawn."""
        return cls(*keras.utils.unpack_x_y_sample_weight(data))

    def drawn_for(self, function):
        """The draws that a function takes as arguments."""
        taken = inspect.signature(function).parameters
        if any(one.kind is one.VAR_KEYWORD for one in taken.values()):
            return self.drawn
        return {name: one for name, one in self.drawn.items() if name in taken}

    def with_drawn(self, **drawn):
        """The same batch with further draws."""
        return self._replace(drawn={**self.drawn, **drawn})
