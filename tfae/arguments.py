"""Checks of arguments, with uniform messages."""

import inspect
import numbers
import os

MOST = 2**31 - 1  # largest count that TensorFlow supports
LARGEST_SEED = 2**32 - 1
LARGEST_FLOAT = 3.4e38
LONGEST_SHOWN = 200  # characters


def is_integer(value):
    """Whether a value is an integer, including NumPy's, but not a boolean."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_real(value):
    """Whether a value is a number, including NumPy's, but not a boolean."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_boolean(value):
    """Whether a value is a boolean, including NumPy's."""
    of_numpy = str(getattr(value, "dtype", None)) == "bool" and not value.shape
    return isinstance(value, bool) or of_numpy


def plain(value):
    """Converts NumPy's numbers to Python's, and arrays and tuples to lists."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return list(value) if isinstance(value, tuple) else value


def check_integers(least=1, listed=False, most=MOST, **values):
    """Raises `ValueError` for a value that is not an integer from `least` to `most`.

    With `listed`, the message mentions that a list of them is allowed, too.
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
    """Raises `ValueError` for a value that is not a valid seed of all generators."""
    check_integers(0, most=LARGEST_SEED, **values)


def shortened(value):
    """Text of a value in a message; the middle of a very long text is cut."""
    try:
        text = repr(value)
    except ValueError:  # of an integer of thousands of digits
        return "an integer of thousands of digits"
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[: LONGEST_SHOWN // 2]}…{text[-LONGEST_SHOWN // 2 :]}"


def check_weights(**values):
    """Raises `ValueError` for a value that is not a valid weight of a loss term."""
    for name, value in values.items():
        if not (is_real(value) and 0 <= value <= LARGEST_FLOAT):
            raise ValueError(
                f"`{name}` must be a finite number >= 0. Received: {name}="
                f"{shortened(value)}. Use 0 to switch it off."
            )


def check_shares(**values):
    """Raises `ValueError` for a value that is not a fraction in [0, 1)."""
    for name, value in values.items():
        if not (is_real(value) and 0 <= value < 1):
            raise ValueError(
                f"`{name}` must be in [0, 1). Received: {name}={value!r}. Use 0 to "
                "switch it off."
            )


def check_positive(**values):
    """Raises `ValueError` for a value that is not a positive float32 number."""
    for name, value in values.items():
        if not (is_real(value) and 0 < value <= LARGEST_FLOAT):
            raise ValueError(
                f"`{name}` must be a finite number greater than 0, of float32. "
                f"Received: {name}={shortened(value)}"
            )


def check_paths(**values):
    """Raises `ValueError` for a value that is neither a string nor a `pathlib` path."""
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
    """Whether a model has an attribute; errors of a property are not suppressed."""
    return inspect.getattr_static(model, name, None) is not None or hasattr(model, name)


def optional(model, name, remedy):
    """An optional attribute of a model, as listed in `tfae.models.protocol`.

    Args:
        model: Keras model.
        name: Name of a method or another attribute.
        remedy: Sentences for the message: the reason, and what to do.

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
    """Returns a height and a width from a pair of integers or a single one.

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
        maps: Boolean, whether feature maps with few rows and many channels are allowed.

    Raises:
        ValueError: If examples are not images, or have their channels first.
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
    # Few rows of many channels may be intended, but not the height and width of an
    # image.
    few = first <= 4 and last > 4 and min(second, last) >= 8
    if few and (first == 3 or second == last) and not maps:
        raise ValueError(
            "Channels must come last, (height, width, channels). Received: examples of "
            f"shape {tuple(shape)}. Move them by np.moveaxis(images, 1, -1)."
        )
    return tuple(int(one) for one in shape)


def features_of(input_dim):
    """Number of features, given as a number or as the shape of a vector.

    Raises:
        ValueError: If it is neither, for example the shape of an image.
    """
    shape = tuple(input_dim) if isinstance(input_dim, (list, tuple)) else (input_dim,)
    if not shape:
        raise ValueError(
            "Dense networks take vectors. Received: texts, or numbers that are not "
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
