"""Checked arguments and lengths of networks for series."""

import dataclasses

import keras

from tfae.arguments import (
    check_choice,
    check_integers,
    check_shares,
    check_widths,
    plain,
)
from tfae.layers.steps import check_mask_value

RECURRENT = ("lstm", "gru")
KINDS = (*RECURRENT, "convolution")
KERNEL_SIZE, STRIDES = 5, 2  # of convolutions, by default


@dataclasses.dataclass
class SequencePlan:
    """Layers that encode a series, and their mirrors.

    The attributes are the arguments of `tfae.networks.sequence` and these:

    Attributes:
        outputs_per_feature: Integer, outputs per input feature.
        time, features: Steps of a series, or `None` for any number, and its features.
        needs_steps: Whether the decoder needs the steps as an input.
    """

    input_shape: tuple
    kind: str = "lstm"
    units: list = (64,)
    kernel_size: int | None = None
    strides: int | list | None = None
    activation: object = None
    output_activation: object = "linear"
    mask_value: float | None = None
    dropout: float = 0.0
    kernel_initializer: object = "glorot_uniform"
    kernel_regularizer: object = None
    dtype: object = None
    outputs_per_feature: int = 1

    def __post_init__(self):
        self.time, self.features = _series_of(self.input_shape)
        check_choice(KINDS, kind=self.kind)
        self.units = check_widths(units=self.units)
        if not self.units:
            raise ValueError(
                "`units` must hold the width of one layer at least, as [64]. "
                f"Received: units={self.units!r}"
            )
        check_shares(dropout=self.dropout)
        check_integers(outputs_per_feature=self.outputs_per_feature)
        check_mask_value(self.mask_value)
        self._check_precision()
        if self.recurrent:
            self._take_recurrent()
        else:
            self._take_convolutional()

    @property
    def recurrent(self):
        """Whether the layers are recurrent."""
        return self.kind in RECURRENT

    @property
    def needs_steps(self):
        return self.time is None or self.mask_value is not None

    @property
    def lengths(self):
        """Steps before each convolution, and after the last one; `None` if unknown."""
        lengths = [self.time]
        for strides in self.strides:
            length = lengths[-1]
            lengths.append(None if length is None else -(-length // strides))
        return lengths

    def _take_recurrent(self):
        for name in ("kernel_size", "strides"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"`{name}` is for convolutions. Received: {name}="
                    f"{getattr(self, name)!r} and kind={self.kind!r}. Leave it out, or "
                    'use kind="convolution".'
                )
        self.activation = "tanh" if self.activation is None else self.activation

    def _take_convolutional(self):
        self.activation = "relu" if self.activation is None else self.activation
        if self.kernel_size is None:
            self.kernel_size = KERNEL_SIZE
        check_integers(kernel_size=self.kernel_size)
        given = plain(STRIDES if self.strides is None else self.strides)
        strides = given if isinstance(given, list) else [given] * len(self.units)
        for one in strides:
            check_integers(listed=True, strides=one)
        if len(strides) != len(self.units):
            raise ValueError(
                "`strides` must be an integer, or a list of one for each of "
                f"{len(self.units)} levels. Received: strides={given!r}"
            )
        self.strides = [int(one) for one in strides]
        for level, (before, after) in enumerate(
            zip(self.lengths, self.strides, strict=False), start=1
        ):
            if before == 1 and after > 1:
                raise ValueError(
                    f"Series of {self.time} steps are too short for {len(strides)} "
                    f"levels. Received: one step before level {level}. Give fewer "
                    "`units`, or smaller `strides`."
                )

    def _check_precision(self):
        """Raises `ValueError` if the layers' precision would round the mask value."""
        if self.mask_value is None:
            return
        policy = self.dtype or keras.config.dtype_policy()
        kind = keras.dtype_policies.get(policy).compute_dtype
        rounded = keras.ops.cast(keras.ops.cast(self.mask_value, kind), "float64")
        single = keras.ops.cast(keras.ops.cast(self.mask_value, "float32"), "float64")
        if "16" in kind and float(rounded) != float(single):
            raise ValueError(
                f"`mask_value` must be a number of {kind}, or padding is not found. "
                f"Received: mask_value={self.mask_value}. Use -1.0, or another small "
                "whole number."
            )


def _series_of(input_shape):
    """`(time, features)` of a series; `time` may be `None`."""
    shape = plain(input_shape)
    if not isinstance(shape, list) or len(shape) != 2:
        raise ValueError(
            "Networks of series take examples of shape (time, features). Received: "
            f"input_shape={input_shape!r}. Reshape a vector of one feature by "
            "values[..., None]."
        )
    time, features = shape
    if time is not None:
        check_integers(time=time)
    check_integers(features=features)
    return None if time is None else int(time), int(features)
