"""Arguments of Keras' methods, by name, and checks of them."""

import inspect

from tfae import batch_streams
from tfae.arguments import check_integers


def named(method, args, kwargs):
    """Arguments of a Keras method by name."""
    bound = inspect.signature(method).bind_partial(None, *args, **kwargs)
    arguments = {**bound.arguments}
    arguments.pop("self")
    further = arguments.pop("kwargs", {})
    return {**arguments, **further}


def check_counts(options):
    """Raises `ValueError` for numbers of epochs, batches or examples out of range."""
    for name, least in (("epochs", 0), ("batch_size", 1), ("steps_per_epoch", 1)):
        if options.get(name) is not None:
            check_integers(least, **{name: options[name]})


def check_fit(options):
    """Raises `ValueError` for the arguments of a `fit` that could not end as asked."""
    check_counts(options)
    passes = options.get("epochs", 1) - options.get("initial_epoch", 0)
    check_reading(options["x"], options.get("steps_per_epoch"), passes)
    steps = options.get("validation_steps")
    check_reading(options.get("validation_data"), steps, passes, "validation_steps")


def check_reading(data, steps, passes=1, name="steps_per_epoch"):
    """Raises `ValueError` for a stream that cannot be read to its end, or again.

    Args:
        data: Data of any kind.
        steps: Integer, number of batches to read in a pass, or `None` for all.
        passes: Integer, how often the data are read.
        name: Name of the argument `steps` of the caller.
    """
    if steps is not None or not batch_streams.is_stream(data):
        return
    batch_streams.check_ends(data, f"Give {name}, or leave repeat() out.")
    if passes > 1:
        batch_streams.check_again(data, f"Each of {passes} epochs reads the data.")
