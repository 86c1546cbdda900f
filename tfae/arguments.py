"""Checks of arguments, worded alike wherever they are made."""

import inspect
import numbers
import os

MOST = 2**31 - 1  # of what is counted, as TensorFlow counts
LARGEST_SEED = 2**32 - 1
LARGEST_FLOAT = 3.4e38
LONGEST_SHOWN = 200  # characters


def is_integer(value):
    """Whether a value is an integer, NumPy's included, and no boolean."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_real(value):
    """Whether a value is a number, NumPy's included, and no boolean."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_boolean(value):
    """Whether a value is true or false, NumPy's included."""
    of_numpy = str(getattr(value, "dtype", None)) == "bool" and not value.shape
    return isinstance(value, bool) or of_numpy


def plain(value):
    """NumPy's numbers and arrays as Python's numbers and lists, a tuple as a list."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return list(value) if isinstance(value, tuple) else value


def check_integers(least=1, listed=False, most=MOST, **values):
    """Raises `ValueError` for a value that is not an integer from `least` to `most`.

    With `listed` the message says that a list of them would do, too.
    """
    wanted = "a positive integer" if least == 1 else f"an integer >= {least}"
    wanted += ", or a list of them" if listed else ""
    for name, value in values.items():
        if not is_integer(value) or value < least:
            raise ValueError(
                f"`{name}` must be {wanted}. Received: {name}={shortened(value)}"
            )
        if value > most:
            raise ValueError(
                f"`{name}` must be at most {most:,}. Received: {name}="
                f"{shortened(value)}"
            )


def check_seed(**values):
    """Raises `ValueError` for a value that cannot seed all random numbers."""
    check_integers(0, most=LARGEST_SEED, **values)


def shortened(value):
    """What a value is in a message, without its middle where it is very long."""
    try:
        text = repr(value)
    except ValueError:  # of an integer of thousands of digits
        return "an integer of thousands of digits"
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[: LONGEST_SHOWN // 2]}…{text[-LONGEST_SHOWN // 2 :]}"


def check_weights(**values):
    """Raises `ValueError` for a value that cannot weigh a term of a loss."""
    for name, value in values.items():
        if not (is_real(value) and 0 <= value <= LARGEST_FLOAT):
            raise ValueError(
                f"`{name}` must be a finite number >= 0. Received: {name}="
                f"{shortened(value)}. Use 0 to switch it off."
            )


def check_shares(**values):
    """Raises `ValueError` for a value that is not a share which leaves something."""
    for name, value in values.items():
        if not (is_real(value) and 0 <= value < 1):
            raise ValueError(
                f"`{name}` must be in [0, 1). Received: {name}={value!r}. Use 0 to "
                "switch it off."
            )


def check_positive(**values):
    """Raises `ValueError` for a value that is not a number of float32 above 0."""
    for name, value in values.items():
        if not (is_real(value) and 0 < value <= LARGEST_FLOAT):
            raise ValueError(
                f"`{name}` must be a finite number greater than 0, of float32. "
                f"Received: {name}={shortened(value)}"
            )


def check_paths(**values):
    """Raises `ValueError` for a value that is neither text nor of `pathlib`."""
    for name, value in values.items():
        if not isinstance(value, (str, os.PathLike)) or not str(value):
            raise ValueError(
                f"`{name}` must be a path. Received: {name}={shortened(value)}"
            )


def check_booleans(**values):
    """Raises `ValueError` for a value that is neither `True` nor `False`."""
    for name, value in values.items():
        if not is_boolean(value):
            raise ValueError(
                f"`{name}` must be true or false. Received: {name}={value!r}"
            )


def check_choice(choices, optional=False, **values):
    """Raises `ValueError` for a value that is not one of `choices`, or `None`."""
    *most, last = [*choices, "none"] if optional else choices
    wanted = f"{', '.join(most)} or {last}" if most else last
    for name, value in values.items():
        if not (isinstance(value, str) and value in choices) and not (
            optional and value is None
        ):
            raise ValueError(f"`{name}` must be {wanted}. Received: {name}={value!r}")


def check_names(optional=False, **values):
    """Raises `ValueError` for a value that is not a name, or `None`."""
    wanted = "a name, or none" if optional else "a name"
    for name, value in values.items():
        if not (isinstance(value, str) and value) and not (optional and value is None):
            raise ValueError(f"`{name}` must be {wanted}. Received: {name}={value!r}")


def has(model, name):
    """Whether a model has an attribute; what a property raises is not hidden."""
    return inspect.getattr_static(model, name, None) is not None or hasattr(model, name)


def optional(model, name, remedy):
    """A part that a model may have, as `tfae.models.protocol` lists them.

    Args:
        model: Keras model.
        name: Name of a method or another attribute.
        remedy: Sentences for the message: what needs it, and what to do.

    Raises:
        ValueError: If the model lacks it.
    """
    if not has(model, name):
        raise ValueError(
            f"The model has no `{name}`. Received: {type(model).__name__}. {remedy}"
        )
    return getattr(model, name)


def check_widths(**values):
    """Returns a sequence of widths of layers as a list of integers.

    Raises:
        ValueError: If a value is not a sequence of positive integers.
    """
    for name, value in values.items():
        try:
            listed = [] if isinstance(value, (str, bytes, dict)) else [*value]
            fits = not isinstance(value, (str, bytes, dict))
        except TypeError:
            fits = False
        if not fits or not all(is_integer(one) and one > 0 for one in listed):
            raise ValueError(
                f"`{name}` must be a sequence of positive integers, such as [256, 64]. "
                f"Received: {name}={value!r}"
            )
    return [int(one) for one in listed]


def check_sizes(**values):
    """Returns a height and a width, of a pair of integers or of one for both.

    Raises:
        ValueError: If a value is not a positive integer or a pair of them.
    """
    for name, value in values.items():
        pair = plain(value)
        pair = pair if isinstance(pair, list) else [pair, pair]
        if len(pair) != 2 or not all(is_integer(one) and one > 0 for one in pair):
            raise ValueError(
                f"`{name}` must be a positive integer, or a pair of them, height and "
                f"width. Received: {name}={value!r}"
            )
    return tuple(int(one) for one in pair)


def image_of(example_shape, maps=False):
    """`(height, width, channels)` of an example that is an image.

    Args:
        example_shape: Shape of an example.
        maps: Boolean, whether it may be of feature maps, with few rows and many
            channels.

    Raises:
        ValueError: If examples are no images, or have their channels first.
    """
    shape = plain(example_shape)
    shape = shape if isinstance(shape, list) else [shape]
    if len(shape) != 3:
        raise ValueError(
            "Convolutional networks take images, (height, width, channels). Received: "
            f"examples of shape {tuple(shape)}. Reshape them, or use a builder of "
            "dense networks."
        )
    first, second, last = shape
    check_integers(height=first, width=second, channels=last)
    # Few rows of many channels may be meant, but not of an image's height and width.
    few = first <= 4 and last > 4 and min(second, last) >= 8
    if few and (first == 3 or second == last) and not maps:
        raise ValueError(
            "Channels must come last, (height, width, channels). Received: examples of "
            f"shape {tuple(shape)}. Move them by np.moveaxis(images, 1, -1)."
        )
    return tuple(int(one) for one in shape)


def features_of(input_dim):
    """Number of features, from itself or from the shape of an example that is a vector.

    Raises:
        ValueError: If it is neither, such as the shape of an image.
    """
    shape = tuple(input_dim) if isinstance(input_dim, (list, tuple)) else (input_dim,)
    if not shape:
        raise ValueError(
            "Dense networks take vectors. Received: texts, or numbers that are no "
            "vectors. Texts go into a TextAutoencoder of a bag_of_words network."
        )
    if len(shape) != 1:
        raise ValueError(
            "Dense networks take vectors. Received: examples of shape "
            f"{shape}. Flatten the examples, or use a builder of networks that take "
            "their shape."
        )
    check_integers(input_dim=shape[0])
    return int(shape[0])
