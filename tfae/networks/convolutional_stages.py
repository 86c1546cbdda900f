"""Convolutional networks whose levels are separate networks."""

from collections.abc import Sequence
from typing import Literal

import keras

from tfae.arguments import check_choice
from tfae.networks.convolutional import assemble
from tfae.networks.inspection import codes_and_switches
from tfae.networks.plan import Plan
from tfae.types import Activation, Initializer, Model, Regularizer, Shape, Widths


def convolutional_stages(
    example_shape: Shape,
    filters: Widths,
    kernel_size: int | Sequence[int] = 5,
    pool_size: int | Sequence[int] = 2,
    activation: Activation = "tanh",
    output_activation: Activation = "sigmoid",
    unpooling: Literal["switches", "nearest"] = "switches",
    tie_weights: bool = True,
    kernel_initializer: Initializer = "glorot_uniform",
    kernel_regularizer: Regularizer | None = None,
    dropout: float = 0.0,
    dtype: str | None = None,
) -> tuple[Model, Model]:
    """Networks of `tfae.ConvolutionalStackedAutoencoder`, with its arguments.

    Returns:
        A pair of built functional models, `(batch, height, width, channels)` to codes
        `(batch, rows, columns, filters[-1])`, and back; with switches they also return
        and take these. Each holds a network for each stage.

    Example:
    >>> encoder, decoder = tfae.networks.convolutional_stages((28, 28, 1), [16, 32])
    >>> [shape for shape in encoder.output_shape][0]
    (None, 7, 7, 32)
    """
    check_choice(("switches", "nearest"), unpooling=unpooling)
    try:
        whole = Plan(example_shape, filters, kernel_size, pool_size)  # all the stages
    except ValueError as error:  # of strides, which are the windows here
        raise ValueError(str(error).replace("strides", "pool_size")) from error
    shape, stages = whole.example_shape, []
    for index, channels in enumerate(whole.filters):
        plan = Plan(
            shape,
            [channels],
            whole.kernel_size[index],
            whole.strides[index],
            activation,
            activation if index else output_activation,
            downsampling="switches" if unpooling == "switches" else "max_pool",
            upsampling=unpooling,
            tie_weights=tie_weights,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            dropout=dropout,
            dtype=dtype,
            maps=index > 0,
        )
        stage = assemble(plan)
        for network, role in zip(stage, ("encoder", "decoder"), strict=True):
            network.name = f"{role}_stage_{index + 1}"
        stages.append(stage)
        shape = plan.code_shape
    inputs = values = keras.Input(whole.example_shape)
    found = []
    for encoder, _ in stages:
        values, switches = codes_and_switches(encoder(values))
        found += switches
    encoder = keras.Model(inputs, [values, *found] if found else values, name="encoder")
    codes = values = keras.Input(shape)
    given = [keras.Input(one.shape[1:], dtype="int32") for one in found]
    for index, (_, decoder) in reversed([*enumerate(stages)]):
        values = decoder([values, given[index]] if given else values)
    inputs = [codes, *given] if given else codes
    return encoder, keras.Model(inputs, values, name="decoder")
