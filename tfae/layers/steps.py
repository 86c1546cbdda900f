"""Masks of the steps and the padding of series."""

from collections.abc import Sequence

import keras
from keras import ops

from tfae.arguments import LARGEST_FLOAT, check_integers, is_real
from tfae.types import ArrayLike, Config, Shape, TensorLike


@keras.saving.register_keras_serializable(package="tfae")
class Steps(keras.layers.Layer):
    """1 for each step of a series, 0 for each padding step.

    As in `keras.layers.Masking`, a step is padding if all of its features have one
    value. Series of different lengths in one array end with such steps; missing steps
    can be marked in the same way.

    Args:
        mask_value: Float, value of the features of a padding step; or `None` for series
            without padding.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.

    Returns:
        Tensor of shape `(batch, time)`.

    Raises:
        ValueError: If `mask_value` is not a finite number.

    Example:
    >>> tfae.layers.Steps(0.0)(np.array([[[0.0, 2.0], [0.0, 0.0]]])).numpy().tolist()
    [[1.0, 0.0]]
    """

    def __init__(self, mask_value: float | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        check_mask_value(mask_value)
        self.mask_value = None if mask_value is None else float(mask_value)
        self._build_at_init()

    def call(self, inputs: TensorLike):
        if self.mask_value is None:
            return ops.ones_like(inputs[..., 0])
        there = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)
        return ops.cast(there, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape):
        return input_shape[:-1]

    def get_config(self) -> Config:
        return {**super().get_config(), "mask_value": self.mask_value}


@keras.saving.register_keras_serializable(package="tfae")
class CoarseSteps(keras.layers.Layer):
    """1 for each window that contains a step, 0 for each window of padding.

    Windows do not overlap; the last one may extend beyond the end.

    Args:
        window: Positive integer, steps per window.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, time)`, as returned by `Steps`.

    Returns:
        Tensor of shape `(batch, ⌈time/window⌉)`.

    Raises:
        ValueError: If `window` is not a positive integer.

    Example:
    >>> steps = np.array([[1.0, 1.0, 1.0, 0.0, 0.0]])
    >>> tfae.layers.CoarseSteps(2)(steps).numpy().tolist()
    [[1.0, 1.0, 0.0]]
    """

    def __init__(self, window: int, **kwargs) -> None:
        super().__init__(**kwargs)
        check_integers(window=window)
        self.window = int(window)
        self._build_at_init()

    def call(self, inputs: TensorLike):
        padded = ops.pad(inputs, ((0, 0), (0, self.window - 1)))
        padded = ops.expand_dims(padded, -1)
        return ops.max_pool(padded, self.window, self.window, "valid")[..., 0]

    def compute_output_shape(self, input_shape: Shape):
        batch, time = input_shape
        return (batch, None if time is None else -(-time // self.window))

    def get_config(self) -> Config:
        return {**super().get_config(), "window": self.window}


@keras.saving.register_keras_serializable(package="tfae")
class AtSteps(keras.layers.Layer):
    """Values at the steps of a series, and a constant at padding steps.

    A vector is repeated at each step. A series longer than the steps is truncated.

    Args:
        padding: Float, value of all features at padding steps.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`.

    Call arguments:
        inputs: Pair of a tensor of values, `(batch, features)` or `(batch, longer,
            features)`, and of steps, `(batch, time)`, as returned by `Steps`.

    Returns:
        Tensor of shape `(batch, time, features)`.

    Raises:
        ValueError: If `padding` is not a finite number.

    Example:
    >>> codes, steps = np.array([[5.0]]), np.array([[1.0, 1.0, 0.0]])
    >>> tfae.layers.AtSteps(padding=-1.0)([codes, steps]).numpy()[0, :, 0].tolist()
    [5.0, 5.0, -1.0]
    """

    def __init__(self, padding: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        check_mask_value(padding, "padding")
        self.padding = float(padding)
        self.supports_masking = True  # the mask ends here: padding is in the values
        self._build_at_init()

    def call(self, inputs: Sequence[TensorLike]):
        values, steps = inputs
        if len(values.shape) == 2:
            values = ops.expand_dims(values, 1)
        else:
            values = values[:, : ops.shape(steps)[1]]
        there = ops.expand_dims(ops.cast(steps, "bool"), -1)
        return ops.where(there, values, ops.cast(self.padding, values.dtype))

    def compute_mask(self, inputs: ArrayLike, previous_mask=None):
        return None

    def compute_output_shape(self, input_shape: Shape):
        values, steps = input_shape
        return (*steps, values[-1])

    def get_config(self) -> Config:
        return {**super().get_config(), "padding": self.padding}


def check_mask_value(mask_value, name="mask_value"):
    """Raises `ValueError` unless the value is a finite number or `None`."""
    if mask_value is None and name == "mask_value":
        return
    if not (is_real(mask_value) and abs(mask_value) <= LARGEST_FLOAT):
        raise ValueError(
            f"`{name}` must be a finite number. Received: {name}={mask_value!r}. Give "
            "one that the data do not have, such as -1.0 for data in [0, 1]."
        )
