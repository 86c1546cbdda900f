"""Convolution levels over time, and their mirrors."""

import keras

from tfae.layers import AtSteps, CoarseSteps


def encode(plan, values, steps):
    """Output of the levels for series, `(batch, ⌈time/∏s⌉, units[-1])`."""
    steps = _steps_of_levels(plan, steps)
    values = _masked(plan, values, steps[0])
    for index, units in enumerate(plan.units):
        # The same for all lengths; padding="same" would depend on the length.
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
    """Series decoded from the output of the levels."""
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
    """Steps before each level, and after the last one; `None` if all are known."""
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
    """Values with padding set to 0, so that windows do not read it."""
    if plan.mask_value is None:
        return values
    return AtSteps(dtype=plan.dtype)([values, steps])


def _drop(plan, values):
    if not plan.dropout:
        return values
    return keras.layers.Dropout(plan.dropout, dtype=plan.dtype)(values)
