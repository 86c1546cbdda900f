"""The diagonal BiLSTM of PixelRNN."""

import keras
from keras import ops

from tfae.layers.masked_convolution import pushed
from tfae.layers.own_layers import OwnLayers
from tfae.layers.pixel_lstm import PixelLSTM, lstm
from tfae.types import Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class DiagonalBiLSTM(OwnLayers, PixelLSTM):
    """Two LSTMs that process an image along its diagonals.

    The states of a pixel depend on those of the pixel above and of its neighbour, the
    left one in the first LSTM and the right one in the second. The states of the second
    are shifted down by a row before both are added, so that a pixel depends on all
    previous pixels.

    Reference:
        van den Oord, Kalchbrenner & Kavukcuoglu, "Pixel Recurrent Neural Networks",
        ICML 2016, section 3.2.

    Args:
        units: Positive integer, channels of the states.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, height, width, channels)`, with known height
            and width.

    Returns:
        Sums of the states, a tensor of shape `(batch, height, width, units)`.

    Raises:
        ValueError: If `units` is not a positive integer.

    Example:
    >>> tfae.layers.DiagonalBiLSTM(4)(np.ones((2, 5, 6, 3), "float32")).shape
    TensorShape([2, 5, 6, 4])
    """

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(units, **kwargs)
        dense, policy = keras.layers.Dense, self.dtype_policy
        for side in ("left", "right"):
            options = {"name": side, "dtype": policy}
            made = self.own(f"inputs_to_{side}", dense, 4 * units, **options)
            setattr(self, f"inputs_to_{side}", made)

    def build(self, input_shape: Shape) -> None:
        self.inputs_to_left.build(input_shape)
        self.inputs_to_right.build(input_shape)
        self.left_kernel = self._recurrent_weights(2, "left_kernel")
        self.right_kernel = self._recurrent_weights(2, "right_kernel")

    def call(self, inputs: TensorLike):
        left = self._along(self.inputs_to_left(inputs), self.left_kernel)
        gates = ops.flip(self.inputs_to_right(inputs), axis=2)
        right = ops.flip(self._along(gates, self.right_kernel), axis=2)
        down = ops.pad(right[:, :-1], ((0, 0), (1, 0), (0, 0), (0, 0)))
        return left + down

    def _along(self, gates, kernel):
        """States of all pixels, one diagonal at a time."""
        height, width = gates.shape[1:3]
        # Each row is shifted by one more pixel, so that diagonals become columns.
        rows = [
            ops.pad(gates[:, row], ((0, 0), (row, height - 1 - row), (0, 0)))
            for row in range(height)
        ]
        skewed = ops.stack(rows, axis=2)  # (batch, columns, height, channels)
        states = cells = self._zeros(ops.shape(gates)[0], height)
        found = []
        for column in range(width + height - 1):
            above = ops.pad(states[:, :-1], ((0, 0), (1, 0), (0, 0)))
            states, cells = self._next(skewed[:, column], above, states, cells, kernel)
            if column + 1 < height:  # rows below have not started
                begun = ops.reshape(ops.arange(height) <= column, (1, -1, 1))
                begun = ops.cast(begun, self.compute_dtype)
                states, cells = states * begun, cells * begun
            found.append(states)
        found = ops.stack(found, axis=2)  # (batch, height, columns, channels)
        rows = [found[:, row, row : row + width] for row in range(height)]
        return ops.stack(rows, axis=1)

    def begin(self, batch, width, channels):
        """Memory of an image: inputs and states of the row above, and last states."""
        above, beside = self._zeros(batch, width), self._zeros(batch)
        return {
            "row": ops.zeros((batch, width, channels), self.compute_dtype),
            "below_the_first": ops.zeros((), self.compute_dtype),
            "left": above,
            "right": above,
            "sums": above,
            "states": beside,
            "cells": beside,
        }

    def enter_row(self, memory):
        """Memory at the beginning of a row, with the second states of the row above."""
        states = cells = ops.zeros_like(memory["states"])
        gates = self.inputs_to_right(memory["row"])
        right = []
        for column in reversed(range(gates.shape[1])):
            above = memory["right"][:, column]
            states, cells = self._next(
                gates[:, column], above, states, cells, self.right_kernel
            )
            right.append(states)
        # There are none above the first row.
        right = ops.stack(right[::-1], axis=1) * memory["below_the_first"]
        nothing = ops.zeros_like(memory["states"])
        return {
            **memory,
            "below_the_first": ops.ones_like(memory["below_the_first"]),
            "right": right,
            "sums": right,
            "states": nothing,
            "cells": nothing,
        }

    def step(self, memory, pixel):
        """States at the next pixel, `(batch, units)`, and the memory after it."""
        states, cells = self._next(
            self.inputs_to_left(pixel),
            memory["left"][:, 0],
            memory["states"],
            memory["cells"],
            self.left_kernel,
        )
        return states + memory["sums"][:, 0], {
            **memory,
            "row": pushed(memory["row"], pixel),
            "left": pushed(memory["left"], states),
            "sums": pushed(memory["sums"]),
            "states": states,
            "cells": cells,
        }

    def _next(self, gates, above, beside, cells, kernel):
        before = ops.concatenate([above, beside], axis=-1)
        kernel = ops.cast(kernel, self.compute_dtype)
        return lstm(gates + ops.matmul(before, kernel), cells)
