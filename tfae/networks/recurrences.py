"""Stacks of recurrent layers from series to vectors and back."""

import keras

from tfae.layers import AtSteps

LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def encode(plan, values, steps):
    """The state of the last layer after the last step, `(batch, units[-1])`."""
    if plan.mask_value is not None:
        # Values of padding do not enter the gradient of a kernel, either.
        values = AtSteps(dtype=plan.dtype)([values, steps])
    for index, units in enumerate(plan.units, start=1):
        last = index == len(plan.units)
        layer = _layer(plan, units, f"encoder_{index}", return_sequences=not last)
        values = _drop(plan, layer(values, mask=_mask(plan, steps)))
    return values


def decode(plan, codes, steps):
    """Series decoded from vectors, which are the first layer's input at every step."""
    if steps is None:
        values = keras.layers.RepeatVector(plan.time, dtype=plan.dtype)(codes)
    else:
        values = AtSteps(dtype=plan.dtype)([codes, steps])
    for index, units in enumerate(reversed(plan.units), start=1):
        layer = _layer(plan, units, f"decoder_{index}", return_sequences=True)
        values = _drop(plan, layer(values, mask=_mask(plan, steps)))
    layer = keras.layers.Dense(
        plan.features * plan.outputs_per_feature,
        plan.output_activation,
        kernel_initializer=plan.kernel_initializer,
        kernel_regularizer=plan.kernel_regularizer,
        dtype=plan.dtype,
        name="outputs",
    )
    return layer(values)


def _layer(plan, units, name, return_sequences):
    return LAYERS[plan.kind](
        units,
        activation=plan.activation,
        kernel_initializer=plan.kernel_initializer,
        kernel_regularizer=plan.kernel_regularizer,
        return_sequences=return_sequences,
        # cuDNN supports padding only at the end of a series.
        use_cudnn="auto" if plan.mask_value is None else False,
        dtype=plan.dtype,
        name=name,
    )


def _mask(plan, steps):
    return None if plan.mask_value is None else steps


def _drop(plan, values):
    if not plan.dropout:
        return values
    return keras.layers.Dropout(plan.dropout, dtype=plan.dtype)(values)
