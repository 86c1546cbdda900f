"""Convolution levels of an encoder, and their mirrors."""

from functools import partial

import keras

from tfae.layers import (
    MaxPoolingWithSwitches2D,
    MaxUnpooling2D,
    NearestUnpooling2D,
    TiedConv2DTranspose,
)

NORMALIZATIONS = {
    "batch": keras.layers.BatchNormalization,
    "layer": keras.layers.LayerNormalization,
}
UNPOOLINGS = {"nearest": NearestUnpooling2D, "switches": MaxUnpooling2D}


def encode(plan, values, code_activation=None):
    """Output of the levels for images, and the switches of their poolings."""
    switches = []
    for index, filters in enumerate(plan.filters):
        name = f"encoder_{index + 1}"
        innermost = index == len(plan.filters) - 1
        last = innermost and code_activation is not None
        activation = code_activation if last else plan.activation
        by_stride = plan.downsampling == "stride"
        make = _convolution(plan, index, filters, by_stride)
        first = plan.activation if plan.blocks else activation
        values = _apply(plan, make, values, first, name)
        if not by_stride:
            values, *found = _pool(plan, values, plan.strides[index])
            switches += found
        values = _residual(plan, values, activation, name)
        values = _drop(plan, values)
    return values, switches


def decode(plan, values, switches=(), encoder=None):
    """Images decoded from the output of the levels.

    Args:
        plan: `Plan` that `encode` followed.
        values: Keras tensor of `code_shape`.
        switches: List of the switches that `encode` returned.
        encoder: Network with the convolutions to tie these to.
    """
    channels = plan.example_shape[-1] * plan.outputs_per_channel
    ends = plan.output_kernel_size is not None  # with an additional convolution
    before = [plan.filters[0] if ends else channels, *plan.filters[:-1]]
    if ends and plan.upsampling != "switches":  # switches fix the channels
        before = plan.filters
    switches = list(switches)
    for index in reversed(range(len(plan.filters))):
        name = f"decoder_{len(plan.filters) - index}"
        last = index == 0 and not ends
        values = _residual(plan, values, plan.activation, name)
        if plan.upsampling == "switches":
            values = [values, switches.pop()]
        owner = encoder and encoder.get_layer(f"encoder_{index + 1}")
        values = _undo(plan, values, index, before[index], last, name, owner)
        values = values if last else _drop(plan, values)
    if not ends:
        return values
    layer = _mirror(plan)(
        channels,
        plan.output_kernel_size,
        padding="same",
        activation=plan.output_activation,
        name="outputs",
        **_options(plan, "kernel"),
    )
    return layer(values)


def _undo(plan, values, index, filters, last, name, owner):
    """Mirror of a level: from the images after it to those before it."""
    size, strides = plan.sizes[index], plan.strides[index]
    activation = plan.output_activation if last else plan.activation
    if plan.upsampling != "transpose":
        unpooling = UNPOOLINGS[plan.upsampling]
        values = unpooling(strides, size, dtype=plan.dtype)(values)
    if plan.tie_weights:
        make = partial(TiedConv2DTranspose, owner, size, dtype=plan.dtype)
    elif plan.upsampling == "transpose":
        make = partial(
            keras.layers.Conv2DTranspose,
            filters,
            plan.kernel_size[index],
            strides=strides,
            padding="same",
            **_options(plan, "kernel"),
        )
    else:
        make = _convolution(plan, index, filters, strided=False, mirrored=True)
    values = _apply(plan, make, values, activation, name, normalized=not last)
    excess = [full - one for full, one in zip(values.shape[1:3], size, strict=True)]
    if any(excess):
        crop = tuple((0, beyond) for beyond in excess)
        values = keras.layers.Cropping2D(crop, dtype=plan.dtype)(values)
    return values


def _convolution(plan, index, filters, strided, mirrored=False):
    """A function that creates the convolution of a level."""
    options = {"kernel_size": plan.kernel_size[index], "padding": "same"}
    options["strides"] = plan.strides[index] if strided else 1
    if not plan.separable:
        kind = _mirror(plan) if mirrored else keras.layers.Conv2D
        return partial(kind, filters, **options, **_options(plan, "kernel"))
    depthwise = _options(plan, "depthwise")
    if plan.separable == "depthwise" and not mirrored:
        before = [plan.example_shape[-1], *plan.filters][index]
        return partial(
            keras.layers.DepthwiseConv2D,
            depth_multiplier=filters // before,
            **options,
            **depthwise,
        )
    return partial(
        keras.layers.SeparableConv2D,
        filters,
        **options,
        **{**depthwise, **_options(plan, "pointwise")},
    )


def _mirror(plan):
    """Class of the convolutions of stride 1 in a decoder."""
    # A transposed convolution of stride 1 is a convolution, and for few output channels
    # its gradient takes a half to a quarter of the time on a CPU.
    plain = plan.plain_decoder
    return keras.layers.Conv2D if plain else keras.layers.Conv2DTranspose


def _options(plan, kernel):
    return {
        f"{kernel}_initializer": plan.kernel_initializer,
        f"{kernel}_regularizer": plan.kernel_regularizer,
        "dtype": plan.dtype,
    }


def _apply(plan, make, values, activation, name, normalized=True):
    """A layer, a normalization if there is one, and the activation."""
    if not (normalized and plan.normalization):
        return make(activation=activation, name=name)(values)
    values = make(use_bias=False, name=name)(values)
    values = NORMALIZATIONS[plan.normalization](dtype=plan.dtype)(values)
    return keras.layers.Activation(activation, dtype=plan.dtype)(values)


def _residual(plan, values, activation, name):
    """Blocks of two convolutions whose outputs are added to their inputs.

    The last one ends with `activation`.
    """
    channels, options = values.shape[-1], _options(plan, "kernel")
    make = partial(keras.layers.Conv2D, channels, 3, padding="same", **options)
    for block in range(1, plan.blocks + 1):
        inner = _apply(plan, make, values, plan.activation, f"{name}_block_{block}_1")
        inner = _apply(plan, make, inner, None, f"{name}_block_{block}_2")
        values = keras.layers.Add(dtype=plan.dtype)([values, inner])
        end = activation if block == plan.blocks else plan.activation
        values = keras.layers.Activation(end, dtype=plan.dtype)(values)
    return values


def _pool(plan, values, window):
    if plan.downsampling == "switches":
        return MaxPoolingWithSwitches2D(window, dtype=plan.dtype)(values)
    if any(-length % window > 1 for length in values.shape[1:3]):
        # Keras would shift the windows by half of their overlap over the border.
        return MaxPoolingWithSwitches2D(window, dtype=plan.dtype)(values)[:1]
    pool = keras.layers.MaxPooling2D(window, padding="same", dtype=plan.dtype)
    return [pool(values)]


def _drop(plan, values):
    if not plan.dropout:
        return values
    return keras.layers.Dropout(plan.dropout, dtype=plan.dtype)(values)
