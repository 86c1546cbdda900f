"""The optimizers of a model that has several, beside the one that `compile` gets."""

import keras


def get(given, names):
    """Dict of the optimizers that a constructor was given, in the order of `names`.

    Args:
        given: Dict from some of `names` to optimizers, their names or configs; or
            `None`.
        names: Sequence of names.

    Raises:
        ValueError: If there is another name.
    """
    given = given or {}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(
            f"There is no further optimizer {unknown[0]!r}. The model has: "
            f"{', '.join(names) or 'none'}"
        )
    return {name: keras.optimizers.get(given[name]) for name in names if name in given}


def serialize(optimizers):
    """What `get` takes, as JSON can hold it."""
    return {
        name: keras.optimizers.serialize(inner(optimizer))
        for name, optimizer in optimizers.items()
    }


def inner(optimizer):
    """The optimizer itself where Keras has wrapped it to scale losses."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def renewed(optimizer):
    """The same optimizer without its state."""
    return type(optimizer).from_config(optimizer.get_config())


def complete(given, names, compiled):
    """Optimizers for all of `names`: where none is given, one of the compiled kind.

    Each scales its loss where the compiled one does, as in half precision.
    """
    scaling = keras.optimizers.LossScaleOptimizer
    scales, kind = isinstance(compiled, scaling), inner(compiled)
    found = {}
    for name in names:
        optimizer = given.get(name)
        if optimizer is None:
            optimizer = type(kind).from_config({**kind.get_config(), "name": name})
        if scales and not isinstance(optimizer, scaling):
            optimizer = scaling(optimizer, name=f"loss_scale_{name}")
        found[name] = optimizer
    return found
