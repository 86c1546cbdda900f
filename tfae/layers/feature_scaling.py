"""Scaling of features, and its inverse."""

import math
from collections.abc import Sequence
from typing import Literal

import keras
import numpy as np
from keras import ops

from tfae import batch_streams
from tfae.arguments import check_choice
from tfae.layers.running_moments import (
    RunningMoments,
    check_finite,
    check_resolution,
)
from tfae.types import Config, Shape, TensorLike

WAYS = ("standard", "minmax", "log", "uint8")
VALUES = 2**24  # in memory as float64 at once
APART = 1e-6  # of a mask, in units of the scale


@keras.saving.register_keras_serializable(package="tfae")
class FeatureScaling(keras.layers.Layer):
    """Scales features, (x − c) / s, with an `inverse`.

    `adapt` computes c and s of each feature:

    - `"standard"`: the mean and the standard deviation;
    - `"minmax"`: the lowest value and the range;
    - `"log"`: as `"standard"`, of sign(x) log(1 + |x|), for features of several orders
      of magnitude;
    - `"uint8"`: 0 and 255, for images of whole numbers from 0 to 255. Nothing is
      adapted.

    A constant feature is only shifted. Features are on the last axis, as in
    `keras.layers.Normalization`: the channels of an image, the columns of a table.

    Args:
        how: One of the names above.
        names: Names of the features, or `None`.
        mask_value: Float, value of all features of a padding step, as in
            `tfae.networks.sequence`; such steps are ignored and stay unchanged; or
            `None`.
        adapted: Whether a saved layer was adapted.
        **kwargs: `name` and `dtype`, as for `keras.layers.Layer`. Values are scaled in
            Keras' `floatx`, since half precision could not hold them.

    Call arguments:
        inputs: Tensor of shape `(batch, ..., features)`.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: If `how` is unknown; in a call before `adapt`; by `adapt`, if the
            examples hold NaN or infinite values, or a feature varies by less than
            float32 can resolve; in a call, if inputs have another number of features.

    Example:
    >>> layer = tfae.layers.FeatureScaling("minmax")
    >>> layer.adapt(np.array([[10.0], [20.0]]))
    >>> layer(np.array([[15.0]])).numpy().tolist()
    [[0.5]]
    """

    def __init__(
        self,
        how: Literal["standard", "minmax", "log", "uint8"] = "standard",
        names: Sequence[str] | None = None,
        mask_value: float | None = None,
        adapted: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(**{"dtype": keras.config.floatx(), **kwargs})
        check_choice(WAYS, how=how)
        self.how = how
        self.names = None if names is None else tuple(map(str, names))
        self.mask_value = mask_value
        self.adapted = bool(adapted) or how == "uint8"
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        width = input_shape[-1]
        if len(input_shape) < 2 or width is None:
            raise ValueError(
                "Inputs must be (batch, ..., features). Received: inputs of shape "
                f"{tuple(input_shape)}."
            )
        extent = 255.0 if self.how == "uint8" else 1.0
        self.center, self.extent = (
            self.add_weight(
                name=name,
                shape=(width,),
                initializer=keras.initializers.Constant(value),
                trainable=False,
            )
            for name, value in (("center", 0.0), ("extent", extent))
        )

    def adapt(self, inputs: TensorLike) -> None:
        """Computes the scale of each feature of examples, read once.

        Args:
            inputs: Array `(n, ...)`, or a stream of batches.
        """
        if not batch_streams.is_stream(inputs):
            self._check_values(inputs)
        low, high, moments = np.inf, -np.inf, RunningMoments()
        size = max(1, VALUES // max(1, math.prod(getattr(inputs, "shape", (0,))[1:])))
        for block in batch_streams.parts(inputs, size):
            self._check_values(block)
            if self.how == "uint8":
                return
            rows = self._rows(block)
            if len(rows):
                low = np.minimum(low, rows.min(axis=0))
                high = np.maximum(high, rows.max(axis=0))
                check_finite(low, high)
                moments.add(rows)
        if not moments.count:
            raise ValueError("Examples must hold values. Received: padding alone.")
        center, extent = low, high - low
        if self.how != "minmax":
            center, extent = moments.mean, np.sqrt(moments.spread / moments.count)
            extent[low == high] = 0  # despite rounding
        check_resolution(center, extent)
        self.center.assign(center)
        self.extent.assign(np.where(extent > 0, extent, 1))
        self.adapted = True

    def _check_values(self, inputs):
        """Builds the layer, or raises `ValueError` for a batch that does not fit it."""
        shape = tuple(inputs.shape)
        if 0 in shape:
            raise ValueError(
                f"Examples must hold values. Received: an array of shape {shape}."
            )
        if not self.built:
            self.build(shape)
        if shape[-1] != self.center.shape[0]:
            raise ValueError(
                f"Examples must have {self.center.shape[0]} features. Received: an "
                f"array of shape {shape}."
            )

    def _rows(self, block):
        """The known rows of features in a block of examples, as they are scaled."""
        values = np.asarray(block, "float64")
        values = values.reshape(-1, values.shape[-1])
        if self.mask_value is not None:
            values = values[(values != self.mask_value).any(axis=1)]
        return np.sign(values) * np.log1p(np.abs(values)) if self._logs else values

    @property
    def _logs(self):
        return self.how == "log"

    def call(self, inputs: TensorLike):
        if not self.adapted:
            raise ValueError(
                "The layer does not know the scale of the features. Received: a call "
                "before `adapt`."
            )
        width = self.center.shape[0]
        if len(inputs.shape) < 2 or inputs.shape[-1] != width:
            raise ValueError(
                f"Inputs must have {width} features. Received: inputs of shape "
                f"{tuple(inputs.shape)}."
            )
        values = ops.cast(inputs, self.center.dtype)
        if self._logs:
            values = ops.sign(values) * ops.log1p(ops.abs(values))
        scaled = (values - self.center) / self.extent
        if self.mask_value is not None:  # real steps must not become the mask value
            equal = ops.all(ops.equal(scaled, self.mask_value), axis=-1, keepdims=True)
            scaled = ops.where(equal, scaled + APART, scaled)
        return self._padded_like(inputs, scaled)

    def inverse(self, values: TensorLike):
        """Values in the original units, a tensor of the shape of `values`."""
        scaled = values
        values = ops.cast(values, self.center.dtype) * self.extent + self.center
        if self._logs:
            values = ops.sign(values) * ops.expm1(ops.abs(values))
        return self._padded_like(scaled, values)

    def _padded_like(self, given, values):
        """Values with the padding steps of the given values restored."""
        if self.mask_value is None:
            return values
        known = ops.any(ops.not_equal(given, self.mask_value), axis=-1, keepdims=True)
        return ops.where(known, values, self.mask_value)

    def input_signature(self, example_shape: Shape) -> tuple[Config, Config]:
        """Shapes and data types of the served inputs, each a dict by name."""
        dtypes = {"inputs": "uint8"} if self.how == "uint8" else {}
        return {"inputs": tuple(example_shape)}, dtypes

    def compute_output_shape(self, input_shape: Shape):
        return input_shape

    def get_config(self) -> Config:
        names = None if self.names is None else list(self.names)
        return {
            **super().get_config(),
            "how": self.how,
            "names": names,
            "mask_value": self.mask_value,
            "adapted": self.adapted,
        }


def of_keras(layer):
    """The `FeatureScaling` equivalent to a Keras layer.

    Args:
        layer: Adapted `keras.layers.Normalization` of the features of the last axis.
    """
    if not layer.built:
        raise ValueError(
            "A Normalization must know the mean and variance. Received: one that was "
            "not adapted. Call its `adapt` first, or use a name, such as standard."
        )
    mean, variance = (np.asarray(one) for one in (layer.mean, layer.variance))
    width = mean.shape[-1] if layer.axis in ((-1,), (mean.ndim - 1,)) else 0
    if mean.size != width or layer.invert:
        raise ValueError(
            "A Normalization must have a mean of each feature, and not invert. "
            f"Received: a mean of shape {mean.shape}. Use axis=-1 and adapt it."
        )
    found = FeatureScaling("standard", name=layer.name)
    found.build((None, width))
    found.center.assign(mean.reshape(-1))
    deviation = np.sqrt(variance.reshape(-1))
    found.extent.assign(np.maximum(deviation, keras.config.epsilon()))
    found.adapted = True
    return found
