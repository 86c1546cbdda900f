"""What a step of training works on."""

import inspect
from typing import NamedTuple

import keras


class Batch(NamedTuple):
    """A batch of data, and what was drawn for it.

    Attributes:
        inputs: Tensor of shape `(batch, ...)`, or what else the model takes.
        targets: Tensor of the shape of the outputs, or `None` for the inputs.
        sample_weight: Tensor of shape `(batch,)`, or with more of the axes of the
            targets, or `None`.
        drawn: Dict of further arguments of `loss_terms`: whatever is random in the
            step.
    """

    inputs: object
    targets: object = None
    sample_weight: object = None
    drawn: dict = {}

    @classmethod
    def of(cls, data):
        """What Keras hands to `train_step`, with nothing drawn."""
        return cls(*keras.utils.unpack_x_y_sample_weight(data))

    def drawn_for(self, function):
        """Those of the draws that a function takes."""
        taken = inspect.signature(function).parameters
        if any(one.kind is one.VAR_KEYWORD for one in taken.values()):
            return self.drawn
        return {name: one for name, one in self.drawn.items() if name in taken}

    def with_drawn(self, **drawn):
        """The same batch with further draws."""
        return self._replace(drawn={**self.drawn, **drawn})
