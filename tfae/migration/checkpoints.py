"""TF1 Saver checkpoints as models: what went where, and what was left."""

import glob
import re
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfae.migration import twins
from tfae.migration.twins import TWINS

AUTO = "auto"
# What optimizers and counters leave in a checkpoint.
SLOTS = re.compile(
    r"(^|/)((Adam|Momentum|Adagrad|RMSProp|Adadelta|Ftrl|beta[12]_power)(_\d+)?"
    r"|global_step)$"
)


class Import(NamedTuple):
    """A model with the weights of a checkpoint.

    Attributes:
        model: Built and compiled model.
        taken: Tuple of `(variable, shape, weight)`: names on both sides.
        left: Tuple of the names of variables that no weight is of.
        scaling: How the program scaled its features, as
            `tfae.layers.FeatureScaling` takes it, which the checkpoint does not
            hold; or `None`.
    """

    model: keras.Model
    taken: tuple
    left: tuple
    scaling: str | None = None


def read(path):
    """Variables of a checkpoint.

    Args:
        path: Prefix of its files, one of them, or a folder, of which the latest is
            taken.

    Returns:
        Pair of a dict from names to arrays, and the names of what optimizers left.

    Raises:
        ValueError: If there is no checkpoint of TF1's Saver, or it is damaged.
    """
    path = Path(path)
    prefix = re.sub(r"\.(index|meta|data-\d{5}-of-\d{5})$", "", str(path))
    if path.is_dir():
        prefix = tf.train.latest_checkpoint(str(path))
        if prefix is None:
            raise ValueError(
                f"{path} holds no checkpoint that its file `checkpoint` names. Give "
                "the path of one, without .index or .data-…"
            )
    parts = [*Path(prefix).parent.glob(f"{glob.escape(Path(prefix).name)}.*")]
    special = [one for one in parts if not (one.is_file() or one.is_dir())]
    if special:  # such as a pipe, which would be waited for
        raise ValueError(f"{special[0]} is not a regular file, and was not read.")
    try:
        reader = tf.train.load_checkpoint(prefix)
        names = sorted(reader.get_variable_to_shape_map())
        arrays = {
            name: reader.get_tensor(name) for name in names if not SLOTS.search(name)
        }
    except Exception as error:  # TensorFlow's own, of many kinds
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"{path} is no checkpoint of TF1's Saver, or a damaged one: {reason}. Give "
            "the path without .index or .data-…, with all its files beside each other."
        ) from error
    if "_CHECKPOINTABLE_OBJECT_GRAPH" in names:
        raise ValueError(
            f"{path} is a checkpoint of TensorFlow 2. Load it with the code that wrote "
            "it; those of TF1's Saver are taken here."
        )
    if not arrays:
        raise ValueError(f"{path} holds no variables but an optimizer's.")
    return arrays, tuple(name for name in names if name not in arrays)


def load(path, program, **options):
    """The twin of a legacy program, with the weights of a checkpoint of its.

    Args:
        path: As for `read`.
        program: Name of a program of `legacy_tf1_ports`, or `"auto"` for a stack of
            dense or convolutional layers of any program, told by shape and order.
        **options: With `"auto"`, arguments of `tfae.migration.stacks.build`.

    Returns:
        An `Import`.

    Raises:
        ValueError: If the checkpoint cannot be read, is not of that program, or its
            shapes do not fit.

    Example:
    >>> imported = load("my_model.ckpt", "notebook_tied")
    >>> imported.model.save("model.keras")
    """
    if options and program != AUTO:
        raise ValueError(
            f"Only with {AUTO} there are further arguments. Received: {program} with "
            f"{', '.join(options)}"
        )
    arrays, left = read(path)
    scaling = None
    if program == AUTO:
        from tfae.migration import stacks

        model, names = stacks.build(arrays, **options)
        weights = twins.weights_of(model.encoder, model.decoder)
    elif program in TWINS:
        model, names, scaling = _twin(path, program, arrays)
        weights = twins.weights(program, model)
    else:
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(TWINS)}, "
            f"{AUTO}"
        )
    _check_shapes(path, arrays, names, weights)
    for name, weight in zip(names, weights, strict=True):
        weight.assign(arrays[name])
    # Or a saved model would warn, when it is loaded, that its optimizer is empty.
    model.optimizer.build(model.trainable_variables)
    taken = tuple(
        (name, tuple(weight.shape), weight.path)
        for name, weight in zip(names, weights, strict=True)
    )
    left = (*left, *sorted(arrays.keys() - set(names)))
    return Import(model, taken, left, scaling)


def _twin(path, program, arrays):
    twin = TWINS[program]
    if not twin.variables:
        raise ValueError(
            f"{program} wrote a checkpoint for each of its graphs. Load one after the "
            f'other with program="{AUTO}".'
        )
    missing = [name for name in twin.variables if name not in arrays]
    others = [name for name in arrays if name not in twin.variables]
    if missing or others:
        raise ValueError(
            f"{path} is not a checkpoint of {program}. Not in it: "
            f"{', '.join(missing) or 'none'}. Not of that program: "
            f"{', '.join(others) or 'none'}. Choose another `program`, such as {AUTO}."
        )
    recipe = twins.recipe_of(program)
    first = twin.variables[0]
    if arrays[first].ndim != 2:
        raise ValueError(
            f"{path} holds shapes that do not fit: {first} {arrays[first].shape} where "
            f"{program} has a matrix. Choose another `program`, such as {AUTO}."
        )
    model = twins.build(program, recipe, arrays[first].shape[:1])
    twins.compile_model(program, model, recipe)
    return model, twin.variables, recipe.scaling


def _check_shapes(path, arrays, names, weights):
    wrong = [
        f"{name} {arrays[name].shape} for {weight.path} {tuple(weight.shape)}"
        for name, weight in zip(names, weights, strict=True)
        if arrays[name].shape != tuple(weight.shape)
    ]
    if wrong:
        raise ValueError(
            f"{path} holds shapes that do not fit: {'; '.join(wrong)}. Choose another "
            f"`program`, such as {AUTO}."
        )
    for name in names:
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{path} holds NaN or infinite values in {name}.")
