"""The row LSTM of PixelRNN."""

from collections.abc import Sequence

import keras
from keras import ops

from tfae.layers.masked_convolution import MaskedConv2D, pushed
from tfae.layers.pixel_lstm import PixelLSTM, lstm
from tfae.types import Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class RowLSTM(PixelLSTM):
    """An LSTM that processes an image row by row.

    The states of a row depend on those of the row above, by a convolution of width 3,
    so that a pixel depends on a triangle above it, and on some pixels to the left, by a
    convolution of the inputs with mask B.

    Reference:
        van den Oord, Kalchbrenner & Kavukcuoglu, "Pixel Recurrent Neural Networks",
        ICML 2016, section 3.1 and equation 3.

    Args:
        units: Positive integer, channels of the states.
        kernel_size: Odd positive integer, width of the convolution of the inputs before
            masking.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, channels)`, with known height.

    Returns:
        States, a tensor of shape `(batch, height, width, units)`.

    Raises:
        ValueError: If an argument is outside its range.

    Example:
    >>> tfae.layers.RowLSTM(4)(np.ones((2, 5, 6, 3), "float32")).shape
    TensorShape([2, 5, 6, 4])
    """

    def __init__(
        self, units: int, kernel_size: int | Sequence[int] = 3, **kwargs
    ) -> None:
        super().__init__(units, **kwargs)
        self.kernel_size = kernel_size
        self.inputs_to_state = MaskedConv2D(
            4 * units, kernel_size, stack="horizontal", dtype=self.dtype_policy
        )

    def build(self, input_shape: Shape) -> None:
        self.inputs_to_state.build(input_shape)
        self.recurrent_kernel = self._recurrent_weights(3, "recurrent_kernel")

    def call(self, inputs: TensorLike):
        gates = self.inputs_to_state(inputs)
        states = cells = self._zeros(ops.shape(inputs)[0], inputs.shape[2])
        rows = []
        for row in range(inputs.shape[1]):
            states, cells = lstm(gates[:, row] + self._of_above(states), cells)
            rows.append(states)
        return ops.stack(rows, axis=1)

    def begin(self, batch, width, channels):
        """Memory of an image: states and cells of the row above."""
        above = self._zeros(batch, width)
        return {
            "inputs": self.inputs_to_state.begin(batch, width, channels),
            "states": above,
            "cells": above,
            "gates": ops.tile(above, (1, 1, 4)),
        }

    def enter_row(self, memory):
        """Memory at the beginning of a row."""
        inputs = self.inputs_to_state.enter_row(memory["inputs"], None)
        gates = self._of_above(memory["states"])
        return {**memory, "inputs": inputs, "gates": gates}

    def step(self, memory, pixel):
        """States at the next pixel, `(batch, units)`, and the memory after it."""
        gates, inputs = self.inputs_to_state.step(memory["inputs"], pixel)
        gates += memory["gates"][:, 0]
        states, cells = lstm(gates, memory["cells"][:, 0])
        return states, {
            "inputs": inputs,
            # From this row up to here, and from the row above for the rest.
            "states": pushed(memory["states"], states),
            "cells": pushed(memory["cells"], cells),
            "gates": pushed(memory["gates"]),
        }

    def _of_above(self, states):
        around = ops.pad(states, ((0, 0), (1, 1), (0, 0)))
        three = [around[:, :-2], states, around[:, 2:]]
        kernel = ops.cast(self.recurrent_kernel, self.compute_dtype)
        return ops.matmul(ops.concatenate(three, axis=-1), kernel)

    def get_config(self) -> Config:
        return {**super().get_config(), "kernel_size": self.kernel_size}
