"""Checks of arguments, worded alike wherever they are made."""

import math
import numbers


def check_integers(least=1, **values):
    """Raises `ValueError` for a value that is not an integer of `least` or more."""
    wanted = "a positive integer" if least == 1 else f"an integer >= {least}"
    for name, value in values.items():
        if type(value) is not int or value < least:
            raise ValueError(f"`{name}` must be {wanted}. Received: {name}={value!r}")


def check_weights(**values):
    """Raises `ValueError` for a value that cannot weigh a term of a loss."""
    for name, value in values.items():
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not (real and 0 <= value < math.inf):
            raise ValueError(
                f"`{name}` must be a finite number >= 0. Received: {name}={value!r}. "
                "Use 0 to switch it off."
            )


def check_shares(**values):
    """Raises `ValueError` for a value that is not a share which leaves something."""
    for name, value in values.items():
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not (real and 0 <= value < 1):
            raise ValueError(
                f"`{name}` must be in [0, 1). Received: {name}={value!r}. Use 0 to "
                "switch it off."
            )


def check_widths(**values):
    """Raises `ValueError` for a value that is not a sequence of widths of layers."""
    for name, value in values.items():
        listed = isinstance(value, list | tuple)
        if not listed or not all(type(one) is int and one > 0 for one in value):
            raise ValueError(
                f"`{name}` must be a sequence of positive integers, such as [256, 64]. "
                f"Received: {name}={value!r}"
            )
