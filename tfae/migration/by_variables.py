"""Models from only the variables of a checkpoint: a program's twin, or a stack."""

import numpy as np

from tfae.migration import twins
from tfae.migration.twins import TWINS

AUTO = "auto"
IMAGE_SHAPE = (28, 28, 1)  # of MNIST


def load(path, program, arrays, options):
    """The twin of a program, or a stack of layers, with the variables' values.

    Args:
        path: Path of the checkpoint, for messages.
        program: Name of a program of `legacy_tf1_ports`, or `"auto"`.
        arrays: Dict from names of variables to arrays.
        options: Dict of arguments of `tfae.migration.stacks.build`; for a program, only
            `image_shape`.

    Returns:
        The model, a tuple of `(variable, shape, weight)`, and how the program scaled
        its features, or `None`.

    Raises:
        ValueError: If the variables are not those of the program, or their shapes do
            not fit.
    """
    scaling = None
    if program == AUTO:
        from tfae.migration import stacks

        try:
            model, assignments, _ = stacks.build(arrays, **options)
        except ValueError as error:
            raise ValueError(f"{_programs_of(arrays)}{error}") from error
        return model, _taken(assignments), None
    elif program in TWINS:
        model, names, scaling = _twin(path, program, arrays, **options)
        weights = twins.weights(program, model)
    else:
        raise ValueError(
            f"There is no legacy program {program!r}. Programs: {', '.join(TWINS)}, "
            f"{AUTO}"
        )
    _check_shapes(path, arrays, names, weights)
    for name, weight in zip(names, weights, strict=True):
        weight.assign(arrays[name])
    # Otherwise loading a saved model warns that its optimizer is empty.
    model.optimizer.build(model.trainable_variables)
    return model, _taken(zip(names, weights, strict=True)), scaling


def _taken(assignments):
    return tuple((name, tuple(one.shape), one.path) for name, one in assignments)


def _programs_of(arrays):
    """Advice that names the programs with these variables, or an empty string."""
    found = [name for name, twin in TWINS.items() if {*twin.variables} == {*arrays}]
    if not found:
        return ""
    names = " or ".join(found)
    return (
        f"The variables have the names of {names}: give program={names.split()[0]!r}. "
        "Otherwise: "
    )


def _twin(path, program, arrays, image_shape=None):
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
    if arrays[first].ndim != (4 if recipe.keep_shape else 2):
        kernel = "the kernel of a convolution" if recipe.keep_shape else "a matrix"
        raise ValueError(
            f"{path} holds shapes that do not fit: {first} {arrays[first].shape} where "
            f"{program} has {kernel}. Choose another `program`, such as {AUTO}."
        )
    if image_shape is not None and not recipe.keep_shape:
        raise ValueError(
            f"{program} takes rows, not images. Received: image_shape="
            f"{image_shape!r}. Leave it out."
        )
    shape = arrays[first].shape[:1]
    if recipe.keep_shape:
        shape = IMAGE_SHAPE if image_shape is None else _checked(image_shape)
    model = twins.build(program, recipe, shape)
    twins.compile_model(program, model, recipe)
    return model, twin.variables, recipe.scaling


def _checked(image_shape):
    from tfae.migration import stack_arguments

    if not stack_arguments.is_image_shape(image_shape):
        raise ValueError(
            "`image_shape` must be height, width and channels. Received: image_shape="
            f"{image_shape!r}"
        )
    return tuple(image_shape)


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
