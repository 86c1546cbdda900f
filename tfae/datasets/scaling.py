"""Scaling: bytes of images are divided by 255, other values are left unchanged."""

import numpy as np

FAR_FROM_ONE = 1e3


def full_scale_of(source, train, test, notes):
    """The value scaled to 1: 255 for bytes, unless they are zeros and ones."""
    low = min(train.inputs.min(), test.inputs.min())
    high = max(train.inputs.max(), test.inputs.max())
    are_bytes = {part.inputs.dtype == np.uint8 for part in (train, test)}
    if len(are_bytes) > 1:
        raise ValueError(
            f"{source} must hold test examples of the training examples' type, since "
            f"uint8 is divided by 255. Received: {train.inputs.dtype} and "
            f"{test.inputs.dtype}. Cast one of them."
        )
    divided = are_bytes == {True} and high > 1
    if divided:
        notes.append(f"{source} holds bytes: divided by 255.")
    elif (low < 0 or high > 1) and _is_whole(train.inputs) and _is_whole(test.inputs):
        notes.append(
            f"{source} holds whole numbers from {low:g} to {high:g}, left as they are. "
            "Cast images to uint8, which is divided by 255; scale others by "
            'scaling="minmax" of a recipe, or by tfae.PreprocessedModel.'
        )
    return 255 if divided else 1


def far_from_one_note(inputs):
    """Sentence on values too large to learn from unscaled, or `None`.

    Args:
        inputs: Training examples; anything other than an array of floats has no note.

    Example:
    >>> tfae.datasets.far_from_one_note(np.array([[0.0, 2e8]]))[:32]
    'The values are as large as 2e+08'
    """
    if not isinstance(inputs, np.ndarray) or inputs.dtype.kind != "f":
        return None
    largest = np.abs(inputs).max(initial=0)
    if largest <= FAR_FROM_ONE:
        return None
    return (
        f"The values are as large as {largest:.3g}, and the training does not scale "
        'them: scaling="standard" does.'
    )


def scaled(part, full_scale):
    """`part` in float32, with `full_scale` scaled to 1."""
    inputs = part.inputs.astype("float32")
    inputs = inputs if full_scale == 1 else inputs / np.float32(full_scale)
    return part._replace(inputs=inputs)


def _is_whole(values):
    return values.dtype.kind in "iu" or bool((values == np.round(values)).all())
