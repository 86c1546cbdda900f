"""Base class of recurrent layers over images."""

import keras
from keras import ops

from tfae.arguments import check_integers
from tfae.types import Config, Shape


class PixelLSTM(keras.layers.Layer):
    """Base class of both recurrent layers over images: an LSTM of maps.

    With x the input-to-state and s the state-to-state part, convolutions of the inputs
    and of the previous states, the gates are o, f, i = σ(x + s) and g = tanh(x + s),
    the cells c′ = f ⊙ c + i ⊙ g and the states h′ = o ⊙ tanh(c′).
    """

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        check_integers(units=units)
        self.units = int(units)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def compute_output_shape(self, input_shape: Shape):
        return (*input_shape[:-1], self.units)

    def get_config(self) -> Config:
        return {**super().get_config(), "units": self.units}

    def _recurrent_weights(self, taps, name):
        shape = (taps * self.units, 4 * self.units)
        return self.add_weight(shape, "glorot_uniform", name=name)

    def _zeros(self, batch, *shape):
        return ops.zeros((batch, *shape, self.units), self.compute_dtype)


def lstm(gates, cells):
    """States and cells after a step, from the pre-activations of the gates."""
    keep, forget, take, new = ops.split(gates, 4, axis=-1)
    cells = ops.sigmoid(forget) * cells + ops.sigmoid(take) * ops.tanh(new)
    return ops.sigmoid(keep) * ops.tanh(cells), cells
