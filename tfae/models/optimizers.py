"""Further optimizers of a model, in addition to the one given to `compile`."""

import weakref

import keras

from tfae.types import Config


def get(given, names):
    """Dict of the optimizers given to a constructor, in the order of `names`.

    Args:
        given: Dict from some of `names` to optimizers, their names or configs; or
            `None`.
        names: Sequence of names.

    Raises:
        ValueError: If a name is unknown.
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
    """The arguments of `get` in a form for JSON."""
    return {
        name: keras.optimizers.serialize(inner(optimizer))
        for name, optimizer in optimizers.items()
    }


def inner(optimizer):
    """The optimizer itself, without Keras' wrapper for loss scaling."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def renewed(optimizer):
    """A copy of the optimizer without its state."""
    return type(optimizer).from_config(optimizer.get_config())


def complete(given, names, compiled):
    """Optimizers for all of `names`; missing ones are copies of the compiled one.

    Each scales its loss if the compiled one does, as in half precision.
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


class SeveralOptimizers:
    """Mixin for a model that trains its parts with separate optimizers.

    It precedes `keras.Model` among the base classes.
    """

    optimizer_names = ()

    def take_optimizers(self, given):
        """Stores the optimizers given to the constructor, as `get` returns them."""
        self.optimizers = get(given, self.optimizer_names)
        self._given_optimizers = tuple(self.optimizers)
        self._completed_for = None  # the compiled one that the others were made for

    def optimized_variables(self) -> Config:
        """Dict from each of `optimizer_names` to the variables that it trains."""
        return {}

    def build_optimizers(self):
        """Creates the variables of all optimizers, if the model has further ones."""
        if not (self.compiled and self.built) or self.optimizer is None:
            return
        if self._completed_for is None or self._completed_for() is not self.optimizer:
            given = {name: self.optimizers[name] for name in self._given_optimizers}
            self.optimizers = complete(given, self.optimizer_names, self.optimizer)
            self._completed_for = weakref.ref(self.optimizer)
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        variables = self.optimized_variables()
        for name, optimizer in self.optimizers.items():
            if not optimizer.built:
                optimizer.build(variables[name])

    def renew_optimizer(self):
        """Resets the optimizers if the variables have changed."""
        super().renew_optimizer()
        for name in self._given_optimizers:
            self.optimizers[name] = renewed(self.optimizers[name])
        self.build_optimizers()

    def compile_from_config(self, config):
        super().compile_from_config(config)
        self.build_optimizers()

    def optimizers_config(self) -> Config:
        """The optimizers given to the constructor, if any, for the config."""
        given = {name: self.optimizers[name] for name in self._given_optimizers}
        return {"optimizers": serialize(given)} if given else {}
