"""Levels of convolution over time down to short series, and their mirrors."""

import keras

from tfae.layers import AtSteps, CoarseSteps


def encode(plan, values, steps):
    """What the levels make of series, `(batch, ⌈time/∏s⌉, units[-1])`."""
    steps = _steps_of_levels(plan, steps)
    values = _masked(plan, values, steps[0])
    for index, units in enumerate(plan.units):
        # Alike for all lengths, where padding="same" depends on that of the series.
        left = (plan.kernel_size - 1) // 2
        borders = (left, plan.kernel_size - 1 - left)
        values = keras.layers.ZeroPadding1D(borders, dtype=plan.dtype)(values)
        layer = _convolution(
            plan,
            units,
            plan.activation,
            f"encoder_{index + 1}",
            strides=plan.strides[index],
        )
        values = _drop(plan, _masked(plan, layer(values), steps[index + 1]))
    return values


def decode(plan, values, steps):
    """Series of what the levels have made of them."""
    steps = _steps_of_levels(plan, steps)
    outputs = plan.features * plan.outputs_per_feature
    for index in reversed(range(len(plan.units))):
        window, length = plan.strides[index], plan.lengths[index]
        values = keras.layers.UpSampling1D(window, dtype=plan.dtype)(values)
        if steps[index] is not None:
            values = AtSteps(dtype=plan.dtype)([values, steps[index]])
        elif -length % window:
            crop = (0, -length % window)
            values = keras.layers.Cropping1D(crop, dtype=plan.dtype)(values)
        layer = _convolution(
            plan,
            plan.units[index - 1] if index else outputs,
            plan.activation if index else plan.output_activation,
            f"decoder_{len(plan.units) - index}",
            padding="same",
        )
        values = _drop(plan, layer(values)) if index else layer(values)
    return values


def _steps_of_levels(plan, steps):
    """Steps before each level, and after the last one; of known ones `None`."""
    if steps is None:
        return [None] * (len(plan.units) + 1)
    found = [steps]
    for window in plan.strides:
        found.append(CoarseSteps(window, dtype=steps.dtype)(found[-1]))
    return found


def _convolution(plan, units, activation, name, **options):
    return keras.layers.Conv1D(
        units,
        plan.kernel_size,
        activation=activation,
        kernel_initializer=plan.kernel_initializer,
        kernel_regularizer=plan.kernel_regularizer,
        dtype=plan.dtype,
        name=name,
        **options,
    )


def _masked(plan, values, steps):
    """Values without those of padding, which windows would take for steps."""
    if plan.mask_value is None:
        return values
    return AtSteps(dtype=plan.dtype)([values, steps])


def _drop(plan, values):
    if not plan.dropout:
        return values
    return keras.layers.Dropout(plan.dropout, dtype=plan.dtype)(values)
