"""Codes of several axes as vectors."""

import math
from typing import Literal

import keras
from keras import ops

from tfae.arguments import check_choice
from tfae.types import Config, Shape, TensorLike

WAYS = ("flatten", "average", "max")


@keras.saving.register_keras_serializable(package="tfae")
class AsVectors(keras.layers.Layer):
    """Converts codes with any number of axes to vectors; vectors stay unchanged.

    Args:
        how: `"flatten"`, or `"average"` or `"max"` over all axes but the last.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., channels)`.

    Returns:
        Tensor of shape `(batch, units)`.

    Raises:
        ValueError: If `how` is anything else, or `"flatten"` for codes whose length is
            unknown.

    Example:
    >>> tfae.layers.AsVectors("average")(np.ones((2, 4, 4, 3))).shape
    TensorShape([2, 3])
    """

    def __init__(
        self, how: Literal["flatten", "average", "max"] = "flatten", **kwargs
    ) -> None:
        super().__init__(**kwargs)
        check_choice(WAYS, how=how)
        self.how = how
        self._build_at_init()

    def call(self, inputs: TensorLike):
        axes = tuple(range(1, len(inputs.shape) - 1))
        if not axes:
            return inputs
        if self.how == "flatten":
            return ops.reshape(
                inputs, (-1, *self.compute_output_shape(inputs.shape)[1:])
            )
        reduce = ops.mean if self.how == "average" else ops.max
        return reduce(inputs, axis=axes)

    def compute_output_shape(self, input_shape: Shape):
        if self.how != "flatten":
            return (input_shape[0], input_shape[-1])
        if None in input_shape[1:]:
            raise ValueError(
                "Codes of unknown length cannot be flattened. Received: codes of shape "
                f'{tuple(input_shape)}. Use "average" or "max" instead of "flatten".'
            )
        return (input_shape[0], math.prod(input_shape[1:]))

    def get_config(self) -> Config:
        return {**super().get_config(), "how": self.how}
